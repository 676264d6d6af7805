"""Two that migrate at once, as two containers that start together do, both succeed; and requests go on meanwhile.

Whoever migrates step by step meets no error at any of them, and is told what has to wait.
"""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from integrations import roles
from integrations.management.commands import migrate as ours
from tests import databases
from tests.environment import ENVIRONMENT
from tests.server import serving

AT_ONCE = 2
STEPS = sorted(name for app, name in MigrationLoader(None).disk_migrations if app == "integrations")


@pytest.mark.django_db
def test_two_at_once() -> None:
    with databases.copied("template1", f"vitrina_migrated_{os.getpid()}") as name:
        environment = os.environ | ENVIRONMENT | {"DATABASE_URL": serving.uri_of(name)}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        running = [subprocess.Popen(command, cwd=serving.ROOT, env=environment) for _ in range(AT_ONCE)]
        assert [each.wait(60) for each in running] == [0] * AT_ONCE
        with serving.connect(serving.uri_of(name)) as sql:
            twice = "select app, name from django_migrations group by app, name having count(*) > 1"
            assert not sql.execute(twice).fetchall()


@pytest.mark.django_db
def test_who_works_with_a_table_is_let_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reads the table until the third attempt; the first two give up."""
    template = connection.settings_dict["NAME"]
    attempts = []
    with (
        databases.copied(template, f"{template}_migrated") as name,
        serving.connect(serving.uri_of(name)) as reader,
        serving.orm_on(name),
    ):

        def alter(*_arguments: Any, **_options: Any) -> None:
            attempts.append(1)
            if len(attempts) == 3:
                reader.execute("commit")
            with connection.cursor() as cursor:
                cursor.execute("alter table integrations_enquiry add column later int")

        monkeypatch.setattr(migrate.Command, "handle", alter)
        monkeypatch.setattr(ours, "PAUSE", 0)
        reader.execute("begin")
        reader.execute("select from integrations_enquiry")
        call_command("migrate")

    assert len(attempts) == 3


@pytest.mark.django_db
def test_step_by_step_rights_come_as_there_is_something_to_have_them_on(capsys: pytest.CaptureFixture[str]) -> None:
    with databases.copied("template1", f"vitrina_steps_{os.getpid()}") as name, serving.orm_on(name):
        told = {}
        for step in STEPS:
            call_command("migrate", "integrations", step)
            told[step] = capsys.readouterr().out
            assert ("later migrations bring" in told[step]) is bool(roles.not_there_yet())
        call_command("migrate", "integrations", STEPS[0])
        assert "later migrations bring" in capsys.readouterr().out
        call_command("migrate")
        assert "later migrations bring" not in capsys.readouterr().out
        assert roles.not_there_yet() == []
        with connection.cursor() as cursor:
            may = "select has_column_privilege(%s, 'integrations_application', 'forgotten_at', 'update')"
            cursor.execute(may, [roles.Role.ERASER.full_name])
            assert cursor.fetchone() == (True,)
    assert "integrations_application," in told["0005_exports"]
    assert "integrations_application.forgotten_at" in told["0012_lists"]
    assert "forgotten_at" not in told["0013_applications_end"]
