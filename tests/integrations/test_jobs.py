"""Jobs take turns, in one process at a time, until told to stop."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from integrations import jobs
from integrations.jobs import Job

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db(transaction=False)


class Counting:
    """A job that counts how often it is done, and stops everything in the end."""

    def __init__(self, times: int = 1, *, fail: Exception | None = None) -> None:
        self.times, self.fail, self.done = times, fail, 0

    def __call__(self, stop: threading.Event) -> None:
        self.done += 1
        if self.done >= self.times:
            stop.set()
        if self.fail:
            raise self.fail


@pytest.fixture(autouse=True)
def own_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test's connection is not to be closed, and nobody waits for long."""
    with monkeypatch.context() as patched:
        patched.setattr(connection, "close", lambda: None)
        patched.setattr(jobs, "PATIENCE", 0.01)
        yield
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_unlock_all()")


@pytest.fixture
def other() -> Any:
    settings = connection.settings_dict
    with psycopg.connect(
        dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"], port=settings["PORT"] or 5432
    ) as session:
        yield session


def run(*every: Job) -> None:
    stop = threading.Event()
    guard = threading.Timer(20, stop.set)
    guard.start()
    jobs.run(stop, every)
    guard.cancel()


def test_each_is_done_at_once_and_then_at_its_intervals() -> None:
    often, rarely = Counting(4), Counting(99)
    run(Job("rarely", 3600, rarely), Job("often", 0.01, often))
    assert (often.done, rarely.done) == (4, 1)


def test_one_that_fails_does_not_stop_the_others(caplog: Any) -> None:
    failing, working = Counting(99, fail=ValueError("no")), Counting(3)
    run(Job("failing", 0.01, failing), Job("working", 0.02, working))
    assert working.done == 3
    assert failing.done > 1


def test_the_database_is_waited_for() -> None:
    working = Counting(3, fail=OperationalError("away"))
    run(Job("working", 0.01, working))
    assert working.done == 3


def test_only_the_leader_works(other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other.execute("select pg_advisory_lock(%s)", [jobs.LEADER_LOCK])
    working, stop = Counting(), threading.Event()
    tries: list[bool] = []
    leads = jobs._leads

    def count(lock: int) -> bool:
        tries.append(leads(lock))
        if len(tries) == 3:
            other.execute("select pg_advisory_unlock(%s)", [jobs.LEADER_LOCK])
        return tries[-1]

    monkeypatch.setattr(jobs, "_leads", count)
    jobs.run(stop, (Job("working", 60, working),))
    assert tries == [False, False, False, True]
    assert working.done == 1


def test_it_wants_a_key(settings: Any) -> None:
    settings.SIGNING_KEY = None
    with pytest.raises(CommandError, match="SIGNING_KEY"):
        call_command("run_jobs")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_process_stops_when_told(how: signal.Signals) -> None:
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}&port={settings['PORT'] or 5432}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_jobs"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        assert "leading" in process.stderr.readline()
        process.send_signal(how)
        rest = process.stderr.read()
    assert (process.wait(10), "Traceback" in rest) == (0, False), rest
