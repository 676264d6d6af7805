import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.local_postgres import PostgresError, remove, running

# Stands in for a demo: serves the data named in its argument until it is killed.
OTHER_PROCESS = """
import signal, sys
from pathlib import Path
from config import children, local_postgres
if "unguarded" in sys.argv:
    children._GUARD = "read -r _"
with local_postgres.running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    signal.pause()
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A place that is hard to serve from: spaces, letters, too long for a socket, and parents closed to others."""
    place = tmp_path / "состояние с пробелами" / ("long" * 30) / "postgres"
    yield place
    remove(place)


def start_other_process(data: Path, *how: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-c", OTHER_PROCESS, str(data), *how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return row and row[0]


def write(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table note as select 'kept' as text")


def test_it_works_under_a_locale_that_the_machine_lacks(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "xx_XX.UTF-8")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    monkeypatch.setenv("PGPORT", "1")

    with running(data) as url, psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("select upper('ёж'), current_setting('fsync')").fetchone() == ("ЁЖ", "on")
        assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)
        connection.execute("create database another")
        connection.execute("create role vitrina_somebody")


def test_data_are_kept_and_nothing_is_left_running(data: Path) -> None:
    with running(data) as first:
        write(first)

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first)
    with running(data) as second:
        assert ask(second, "select text from note") == "kept"


def test_only_its_own_user_reaches_it(data: Path) -> None:
    before = data.parents[2].stat().st_mode

    with running(data) as url, psycopg.connect(url) as connection:
        assert Path(connection.info.host).stat().st_mode & 0o777 == 0o700
        assert data.stat().st_mode & 0o777 == 0o700
        assert ask(url, "show listen_addresses") == ""

    assert data.parents[2].stat().st_mode == before


def test_one_place_is_served_once(data: Path) -> None:
    with running(data), pytest.raises(PostgresError, match="is in use"), running(data):
        pass


def test_data_of_another_major_are_refused(data: Path) -> None:
    with running(data):
        pass
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(PostgresError, match="made by Postgres 17"), running(data):
        pass


def test_a_failure_shows_what_postgres_said(data: Path) -> None:
    with running(data):
        pass
    (data / "postgresql.conf").write_text("nonsense = on\n")

    with pytest.raises(PostgresError, match="unrecognized configuration parameter"), running(data):
        pass


def test_it_starts_after_a_crash_though_the_number_of_the_dead_server_is_taken(data: Path) -> None:
    pid_file = data / "postmaster.pid"
    with running(data) as url:
        write(url)
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    dead, rest = pid_file.read_text().split("\n", 1)
    pid_file.write_text(f"{os.getppid()}\n{rest}")

    with running(data) as url:
        assert ask(url, "select text from note") == "kept"
        assert pid_file.read_text().split()[0] not in (dead, str(os.getppid()))


def test_it_ends_when_the_process_that_started_it_is_killed(data: Path) -> None:
    process, url = start_other_process(data)

    with psycopg.connect(url) as connection:
        kill(process)
        assert select.select([connection.fileno()], [], [], 30)[0], "the server did not close the connection"

    with running(data) as url:
        assert ask(url, "select 1") == 1


def test_one_that_was_left_behind_is_stopped_before_the_next(data: Path) -> None:
    process, url = start_other_process(data, "unguarded")
    write(url)
    kill(process)
    assert ask(url, "select text from note") == "kept"  # It lives.

    with running(data) as next_url:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        assert ask(next_url, "select text from note") == "kept"
