"""Two that migrate at once, as two containers that start together do, both succeed."""

import os
import subprocess
import sys

import pytest

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
