"""Two that migrate at once, as two containers that start together do, both succeed; and requests go on meanwhile."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection

from integrations.management.commands import migrate as ours
from tests import databases
from tests.environment import ENVIRONMENT
from tests.server import serving

AT_ONCE = 2


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
