"""A Postgres of one's own for a benchmark: as durable as a bank's, in a directory that is gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from config.local_postgres import NAME, PORT, running

# Commits are as durable as Postgres makes them: fsync, full_page_writes and synchronous_commit stay on, by default.
# The rest keeps what belongs to no request (a checkpoint, a vacuum) from falling into one competitor's round.
SETTINGS = {
    "max_connections": "400",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    sockets: Path
    pid: int  # of the postmaster

    def url(self, database: str = NAME) -> str:
        return f"postgresql://{NAME}@:{PORT}/{database}?host={quote(str(self.sockets), safe='')}"

    def connect(self, database: str = NAME, user: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), port=PORT, user=user, dbname=database, autocommit=True)

    def copy(self, database: str) -> None:
        """A database with the same tables and rows as the first; nobody may be connected to that one."""
        with self.connect("postgres") as connection:
            connection.execute(f"create database {database} template {NAME} owner {NAME}".encode())

    def settle(self) -> None:
        """Write out what earlier rounds have left behind."""
        with self.connect("postgres") as connection:
            connection.execute("checkpoint")


@contextmanager
def durable() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="vitrina-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        data = Path(name, "data")
        with running(data):
            cluster = _running(data)
            with cluster.connect("postgres") as connection:
                for setting, value in SETTINGS.items():
                    connection.execute(f"alter system set {setting} = '{value}'".encode())
        with running(data):
            cluster = _running(data)
            _require_durable(cluster)
            yield cluster
        if data.is_symlink():  # It had to go elsewhere: see config.local_postgres.
            shutil.rmtree(data.resolve().parent, ignore_errors=True)


def _running(data: Path) -> Cluster:
    lines = (data / "postmaster.pid").read_text().splitlines()
    return Cluster(sockets=Path(lines[4]), pid=int(lines[0]))


def _require_durable(cluster: Cluster) -> None:
    with cluster.connect("postgres") as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute("select current_setting(%s)", [setting]).fetchone()
            if row != ("on",):
                raise RuntimeError(f"{setting} is not on: what is measured would not be durable")
