"""Gunicorn on a Postgres that it has for itself, so that everything may happen to both."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.core.management import call_command

from config import local_postgres
from tests import factories
from tests.server import disks, serving
from tests.server.postgres import Postgres
from tests.server.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Service:
    postgres: Postgres
    port: int
    token: str
    log: Path
    spool: Path
    pid_file: Path
    start: Callable[[], None]

    def stop(self) -> None:
        """As a deployment does: it ends what is under way and goes, within its grace."""
        os.kill(self.master(), signal.SIGTERM)
        wait_until(lambda: not self.pid_file.exists(), within=serving.PATIENCE)

    def master(self) -> int:
        return int(self.pid_file.read_text())

    def workers(self) -> list[int]:
        pid = self.master()
        with suppress(OSError):
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def memory(self) -> int:
        """Of the largest worker, in bytes."""
        return max(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in self.workers())

    def is_drained(self) -> bool:
        return not any(self.spool.glob("*.entry"))

    @contextmanager
    def spool_unusable(self) -> Iterator[None]:
        """A file stands in its place: like a full disk it takes nothing, and unlike rights it stops root as well."""
        with self._spool_aside():
            while True:
                try:
                    self.spool.touch(exist_ok=False)
                    break
                except FileExistsError:  # the service, still looking whether it is empty, made it anew
                    self.spool.rmdir()
            try:
                yield
            finally:
                self.spool.unlink()

    @contextmanager
    def spool_on_a_disk(self, kilobytes: int) -> Iterator[None]:
        """Of that size. It must be empty again at the end of the block."""
        with self._spool_aside():
            self.spool.mkdir(exist_ok=True)
            with disks.small(self.spool, kilobytes):
                yield

    @contextmanager
    def _spool_aside(self) -> Iterator[None]:
        wait_until(self.is_drained, within=serving.PATIENCE)
        aside = self.spool.with_suffix(".aside")
        self.spool.rename(aside)
        try:
            yield
        finally:
            aside.rename(self.spool)  # over an empty directory, if there is one

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://{serving.HOST}:{self.port}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=serving.PATIENCE,
            trust_env=False,
        )

    def ask(self) -> httpx.Response:
        with self.client() as client:
            return client.post(serving.PATH, json=serving.question())


@contextmanager
def running(
    directory: Path,
    unblocked: Callable[[], AbstractContextManager[None]],
    *,
    data: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """`unblocked`: lets the test's own process use databases, as pytest-django wants it. `data`: Postgres's own."""
    postgres = Postgres(data or directory)
    postgres.start()
    try:
        with unblocked(), serving.orm_on(local_postgres.NAME, HOST=str(postgres.address)):
            call_command("migrate", verbosity=0)
            factories.LoanFactory(code="a-loan")
            factories.CreditCardFactory(code="a-card")
            factories.publish()
            token = serving.issue_token()
        log, pid_file = directory / "log", directory / "pid"
        options = {"WEB_CONCURRENCY": "2", "THREADS": "8", "GUNICORN_CMD_ARGS": f"--pid {pid_file}"}
        own = {"DATABASE_URL": postgres.uri} | options | dict(environment or {})
        with serving.listening() as listener, ExitStack() as started:

            def start() -> None:
                started.enter_context(serving.gunicorn_on(listener, log, **own))

            start()
            port = serving.port_of(listener)
            serving.wait_until_it_answers(port)
            yield Service(postgres, port, token, log, log.with_suffix(".spool"), pid_file, start)
    finally:
        postgres.stop()
