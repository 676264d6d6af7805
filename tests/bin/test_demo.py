import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from config.local_postgres import remove
from tests import programs, wall_clock

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "BASE_URL TOKEN CLIENT_ID CLIENT_SECRET CRM_TOKEN DATABASE_URL "
    "ADMIN_USER ADMIN_PASSWORD PM_USER PM_PASSWORD ANALYST_USER ANALYST_PASSWORD"
)

pytestmark = pytest.mark.server


class Demo:
    """bin/demo as a terminal runs it: leader of its process group."""

    def __init__(self, state: Path, port: int) -> None:
        self.state = state
        self.environment = os.environ | {"STATE_DIR": str(state), "PORT": str(port)}
        self.said = ""

    def start(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [ROOT / "bin" / "demo", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C stops" in line:
                return
        pytest.fail(f"The demo did not start: {self.said}")

    def interrupt(self) -> int:
        os.killpg(self.process.pid, signal.SIGINT)
        return self._end()

    def terminate(self) -> int:
        self.process.terminate()
        return self._end()

    def _end(self) -> int:
        self.said += self.process.communicate()[0]
        return self.process.returncode

    def values(self) -> Mapping[str, str]:
        return dict(line.split("=", 1) for line in (self.state / "demo.env").read_text().splitlines())

    def manage(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "bin" / "manage"), *arguments]
        return subprocess.run(command, env=self.environment, input=stdin, capture_output=True, text=True, check=False)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number: int = server.getsockname()[1]
        return number


@pytest.fixture
def demo(tmp_path: Path, port: int) -> Iterator[Demo]:
    demo = Demo(tmp_path / "a state", port)
    yield demo
    if hasattr(demo, "process") and demo.process.poll() is None:
        demo.terminate()
    remove(demo.state / "postgres")  # As root it is elsewhere, since pytest's folders are closed to Postgres.


def test_a_stranger_starts_it_asks_it_and_stops_it(demo: Demo) -> None:
    demo.start()
    values = demo.values()

    assert set(NAMES.split()) <= set(values)
    assert (demo.state / "demo.env").stat().st_mode & 0o777 == 0o600
    curl = next(line for line in demo.said.splitlines() if line.startswith("curl "))
    assert '"decision":"has_approve"' in typed(curl)
    with psycopg.connect(values["DATABASE_URL"]) as connection:
        assert connection.execute(
            "select count(*) from integrations_journalentry where kind = 'approval'"
        ).fetchone() == (1,)
    assert demo.manage("shell", "-v0", "-c", "import sys; print(sys.stdin.read())", stdin="passed on").stdout == (
        "passed on\n"
    )
    assert demo.manage("no_such_command").returncode == 1

    assert demo.interrupt() == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(values["DATABASE_URL"])
    with pytest.raises(httpx.ConnectError):
        httpx.get(values["BASE_URL"])

    demo.start()
    again = demo.values()
    assert {name for name in values if values[name] != again[name]} == {"DATABASE_URL"}
    assert demo.terminate() == 0


def test_with_scoring_an_answer_is_pending_and_then_comes(demo: Demo, port: int) -> None:
    demo.start("--scoring")
    first, second = (line for line in demo.said.splitlines() if line.startswith("curl "))

    assert '"status":"pending"' in typed(first)
    deadline = time.monotonic() + 20
    while '"pending"' in (answer := typed(second)):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert '"decision":"has_approve"' in answer
    assert '"rate":{"min":24.9,"max":24.9}' in answer  # the scoring's
    assert "SCORING_URL" not in demo.values()

    assert demo.interrupt() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port + 1}/")

    demo.start()
    assert '"decision":"has_approve"' in typed(next(line for line in demo.said.splitlines()[::-1] if "curl " in line))


IN_SHORT = ("a new year in Moscow, the old one in UTC", "years from now")  # The others take --faults.
DAYS = [
    pytest.param(moment, id=name, marks=() if name in IN_SHORT else pytest.mark.faults)
    for name, moment in wall_clock.MOMENTS.items()
]


@pytest.mark.skipif(programs.c_compiler() is None, reason="no C compiler is installed")
@pytest.mark.parametrize("moment", DAYS)
def test_it_starts_and_answers_on_any_day(moment: str, demo: Demo) -> None:
    there = wall_clock.parse_moment(moment)
    with wall_clock.shifted_to(there) as shifted:
        demo.environment |= shifted
        demo.start()

        curl = next(line for line in demo.said.splitlines() if line.startswith("curl "))
        assert '"decision":"has_approve"' in typed(curl)
        with psycopg.connect(demo.values()["DATABASE_URL"]) as connection:
            query = "select received_at, now() from integrations_journalentry where kind = 'approval'"
            [moments] = connection.execute(query).fetchall()
        assert all(timedelta(0) <= moment - there < timedelta(minutes=5) for moment in moments)
        assert demo.terminate() == 0


def typed(line: str) -> str:
    return subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True).stdout.replace(" ", "")


def test_it_says_so_when_the_database_ends_by_itself(demo: Demo) -> None:
    demo.start()
    os.kill(int((demo.state / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    assert demo._end() == 1
    assert "Postgres ended by itself" in demo.said
    with pytest.raises(httpx.ConnectError):
        httpx.get(demo.values()["BASE_URL"])


def test_a_port_in_use_is_named_before_anything_starts(demo: Demo, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)), pytest.raises(pytest.fail.Exception, match=f"Port {port} can't"):
        demo.start()

    assert demo._end() == 1
    assert not demo.state.exists()


def test_without_a_demo_manage_says_what_to_do(demo: Demo) -> None:
    ended = demo.manage("check")

    assert ended.returncode == 2
    assert "bin/demo" in ended.stderr
