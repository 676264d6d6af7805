"""The clock that `bin/test --on MOMENT` gives to every process of the tests."""

import os
import subprocess
import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.local_postgres import inherited_clock
from tests import programs, wall_clock

ROOT = Path(__file__).resolve().parent.parent
MOMENT = datetime(2031, 5, 31, 21, 30, tzinfo=UTC)
# What a process and its Postgres take for now; and whether both of them still time out.
PROGRAM = """
import threading, time
from datetime import UTC, datetime
import psycopg
from config.local_postgres import throwaway
with throwaway() as url, psycopg.connect(url, autocommit=True) as connection:
    print(datetime.now(UTC).isoformat(), datetime.fromtimestamp(time.time(), UTC).isoformat(), sep="\\n")
    print(connection.execute("select clock_timestamp()").fetchone()[0].isoformat())
    connection.execute("set statement_timeout = 50")
    try:
        connection.execute("select pg_sleep(600)")
    except psycopg.errors.QueryCanceled:
        print("canceled")
print(threading.Event().wait(0.05))
"""


@pytest.mark.parametrize("text", ["tomorrow", "2027-01-01", "2027-01-01T00:30", "01.01.2027 00:30+03:00"])
def test_a_moment_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"as in 2027-01-01T00:30\+03:00"):
        wall_clock.parse_moment(text)


def test_a_moment_is_read_with_its_offset() -> None:
    assert wall_clock.parse_moment("2031-06-01T00:30+03:00") == MOMENT


@pytest.mark.skipif(programs.c_compiler() is None, reason="no C compiler is installed")
def test_python_and_postgres_live_at_that_moment_and_time_out() -> None:
    with wall_clock.shifted_to(MOMENT) as shifted:
        command, own = [sys.executable, "-c", PROGRAM], os.environ | shifted
        said = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=True)
    *clocks, statement, wait = said.stdout.split()
    assert len(clocks) == 3
    assert all(timedelta(0) <= datetime.fromisoformat(each) - MOMENT < timedelta(minutes=1) for each in clocks)
    assert (statement, wait) == ("canceled", "False")


def test_children_inherit_a_shifted_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    shifted = {"LD_PRELOAD": "wall_clock.so", "WALL_CLOCK_SHIFT": "60"}
    for name, value in shifted.items():
        monkeypatch.setenv(name, value)
    assert inherited_clock() == shifted


def test_another_library_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WALL_CLOCK_SHIFT", raising=False)
    monkeypatch.setenv("LD_PRELOAD", "libjemalloc.so")
    assert inherited_clock() == {}


def test_without_a_compiler_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "c_compiler", lambda: None)
    with pytest.raises(FileNotFoundError, match="install the packages gcc"), wall_clock.shifted_to(MOMENT):
        pass
