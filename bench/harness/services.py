"""The competitors: how each is started, with a database of its own, and asked."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.harness import processes
from bench.harness.cluster import Cluster
from bench.harness.load import PATH, Result
from config.children import child
from config.local_postgres import NAME

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = ("gunicorn", "-c", "config/gunicorn.py")
PEERS_GUNICORN = ("gunicorn", "-c", "bench/peers/gunicorn.py")
# As many processes, and connections to Postgres, as gunicorn's workers and threads.
UVICORN = (
    *("uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
    *("--workers", "2", "--timeout-keep-alive", "75", "--host", "127.0.0.1"),
)
PATIENCE = 30.0
# How long asking may take beyond its time: making the questions, the last answers, looking at them.
ASKING_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Competitor:
    name: str  # as in the figures
    title: str
    command: tuple[str, ...]  # of a module; the port is added
    database: str


COMPETITORS = (
    Competitor("ours", "Ours: Django, a DRF view, gunicorn, psycopg", (*GUNICORN, "config.wsgi:application"), NAME),
    Competitor("floor", "Floor: bare WSGI, gunicorn, psycopg", (*PEERS_GUNICORN, "bench.peers.floor"), "floor"),
    Competitor("fastapi", "FastAPI, asyncpg", (*UVICORN, "bench.peers.fastapi_asyncpg:app"), "fastapi"),
    Competitor(
        "starlette",
        "Starlette, msgspec, asyncpg",
        (*UVICORN, "bench.peers.starlette_msgspec:app"),
        "starlette",
    ),
    Competitor(
        "usual_drf", "The usual DRF build, gunicorn", (*PEERS_GUNICORN, "bench.peers.usual_drf.wsgi"), "usual_drf"
    ),
)


@dataclass(slots=True)
class Service:
    """A competitor that runs."""

    competitor: Competitor
    pid: int
    port: int
    token: str
    cluster: Cluster
    log: Path
    start_seconds: float  # from the start of the process to the first answer
    asked: int = 0

    def ask(self, connections: int, seconds: float, *, count: int | None = None, seed: int = 1) -> tuple[Result, float]:
        """Ask over so many connections for so long; and the CPU seconds of service and Postgres meanwhile."""
        roots = self.pid, self.cluster.pid
        before = processes.cpu_seconds(*roots)
        result = ask(self.port, self.token, connections, seconds, count=count, seed=seed)
        used = processes.cpu_seconds(*roots) - before
        self.asked += result.answers
        return result, used

    def rows(self) -> "Rows":
        return rows(self.cluster, self.competitor.database)

    def resident_mb(self) -> float:
        return processes.largest_resident_mb(self.pid)


class Rows(NamedTuple):
    enquiries: int
    entries: int
    bytes_a_request: float


def rows(cluster: Cluster, database: str) -> Rows:
    with cluster.connect(database) as connection:
        row = connection.execute(
            "select (select count(*) from integrations_enquiry), count(*), coalesce(avg(pg_column_size(j.*)), 0)"
            "+ coalesce((select avg(pg_column_size(e.*)) from integrations_enquiry e), 0) "
            "from integrations_journalentry j"
        ).fetchone()
    if row is None:
        raise RuntimeError("counting rows gave none")
    return Rows(int(row[0]), int(row[1]), float(row[2]))


def ask(port: int, token: str, connections: int, seconds: float, *, count: int | None = None, seed: int = 1) -> Result:
    command = [sys.executable, "-m", "bench.harness.load", f"--port={port}", f"--connections={connections}"]
    command += [f"--seconds={seconds}", f"--token={token}", f"--seed={seed}"]
    command += [f"--count={count}"] if count else []
    with child(
        command, stop=signal.SIGTERM, patience=5, cwd=ROOT, stdout=subprocess.PIPE, env=_environment({})
    ) as process:
        output, _ = process.communicate(timeout=seconds + ASKING_PATIENCE)
    return Result(**json.loads(output))


@contextmanager
def serving(
    competitor: Competitor, cluster: Cluster, token: str, facts: Path, *, settings: Mapping[str, str] | None = None
) -> Iterator[Service]:
    port = free_port()
    where = f"127.0.0.1:{port}"
    listen = ["-b", where] if competitor.command[0] == "gunicorn" else ["--port", str(port)]
    environment = _environment(
        {
            "DATABASE_URL": cluster.url(competitor.database),
            "BENCH_FACTS": str(facts),
            "BENCH_SOCKETS": str(cluster.sockets),
            "BENCH_DATABASE": competitor.database,
            **(settings or {}),
        }
    )
    module, *arguments = competitor.command
    start = time.monotonic()
    command = [sys.executable, "-m", module, *listen, *arguments]
    log = facts.with_name(f"{competitor.name}.log")
    with (
        log.open("wb") as output,
        child(
            command, stop=signal.SIGTERM, patience=10, cwd=ROOT, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        _wait(port, process, log)
        yield Service(competitor, process.pid, port, token, cluster, log, time.monotonic() - start)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until it answers HTTP, whatever it answers: the question is nobody's, and is refused."""
    question = f"GET {PATH}x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                connection.sendall(question)
                if connection.recv(1024).startswith(b"HTTP/1.1 "):
                    return
        except ConnectionError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"a competitor did not start:\n{log.read_text()[-5000:]}")
        time.sleep(0.02)
