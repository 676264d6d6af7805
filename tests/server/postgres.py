"""A Postgres of a test's own, to which everything may happen that happens to one."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import psycopg

from config import local_postgres
from tests.server import serving
from tests.server.waiting import wait_until


class Postgres:
    """A cluster of its own that is stopped, frozen and started again, always at the same address."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.address = directory / "sockets"
        self.uri = f"postgresql://{local_postgres.NAME}@/{local_postgres.NAME}?host={quote(str(self.address), safe='')}"
        self.running = ExitStack()

    def start(self) -> None:
        uri = self.running.enter_context(local_postgres.running(self.data))
        [sockets] = parse_qs(urlsplit(uri).query)["host"]
        self.address.unlink(missing_ok=True)
        self.address.symlink_to(sockets)

    def stop(self) -> None:
        self.running.close()

    @property
    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """As for an upgrade: sessions are ended, nothing is lost."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def stopped_at_once(self) -> Iterator[None]:
        """It writes nothing more, and recovers when it starts."""
        self._end(signal.SIGQUIT)
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def crashed(self) -> Iterator[None]:
        """The postmaster is killed; its children notice."""
        self._end(signal.SIGKILL)
        try:
            yield
        finally:
            self.start()

    def _end(self, by: signal.Signals) -> None:
        pid = self.postmaster
        os.kill(pid, by)
        self.running.close()

    @contextmanager
    def a_session_killed(self) -> Iterator[None]:
        """Postgres ends all sessions and recovers by itself, in a moment."""
        victims = self.sessions()
        if victims:
            with suppress(ProcessLookupError):
                os.kill(victims[0], signal.SIGKILL)
        yield
        wait_until(self.answers, within=serving.PATIENCE)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes whatever is sent and says nothing."""
        pids = [*self.sessions(), self.postmaster]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """As a standby is, or a disk that filled up makes it."""
        with self.as_superuser() as superuser:
            superuser.execute("alter system set default_transaction_read_only = on")
            superuser.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            with self.as_superuser() as superuser:
                superuser.execute("alter system reset default_transaction_read_only")
                superuser.execute("select pg_reload_conf()")
            wait_until(self.takes_writes, within=serving.PATIENCE)

    @contextmanager
    def out_of_connections(self) -> Iterator[None]:
        with self.as_superuser() as superuser:
            superuser.execute(f"alter role {local_postgres.NAME} connection limit 0")
            superuser.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [local_postgres.NAME]
            )
        try:
            yield
        finally:
            with self.as_superuser() as superuser:
                superuser.execute(f"alter role {local_postgres.NAME} connection limit -1")

    @contextmanager
    def journal_locked(self) -> Iterator[None]:
        """By a migration that nobody should have run now."""
        with self.as_superuser() as superuser, superuser.transaction():
            superuser.execute("lock table integrations_journalentry in access exclusive mode")
            yield

    def sessions(self) -> list[int]:
        with self.as_superuser() as superuser:
            query = "select pid from pg_stat_activity where usename = %s"
            return [row["pid"] for row in superuser.execute(query, [local_postgres.NAME])]

    def answers(self) -> bool:
        with suppress(psycopg.OperationalError), serving.connect(self.uri) as connection:
            return connection.execute("select true as up").fetchone() is not None
        return False

    def takes_writes(self) -> bool:
        with serving.connect(self.uri) as connection:
            row: dict[str, Any] | None = connection.execute("show default_transaction_read_only").fetchone()
            return row == {"default_transaction_read_only": "off"}

    def as_superuser(self) -> psycopg.Connection[dict[str, Any]]:
        uri = urlsplit(self.uri)
        return serving.connect(uri._replace(netloc="postgres@").geturl())
