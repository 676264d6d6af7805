"""Gunicorn on a Postgres that it has for itself, so that everything may happen to both."""

import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.core.management import call_command

from config import local_postgres
from tests import factories
from tests.server import disks, serving
from tests.server.postgres import Postgres
from tests.server.waiting import wait_until


@dataclass(slots=True)
class Service:
    postgres: Postgres
    port: int
    token: str
    log: Path
    spool: Path
    launch: Callable[[], subprocess.Popen[bytes]]
    master: subprocess.Popen[bytes]

    def restart(self) -> None:
        """As a deployment does: the old processes finish their requests, then new ones start."""
        self.master.terminate()
        self.master.wait(serving.PATIENCE)
        self.master = self.launch()

    def reload(self) -> None:
        self.master.send_signal(signal.SIGHUP)

    def workers(self) -> list[int]:
        return serving.workers_of(self.master)

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
        log, options = directory / "log", {"WEB_CONCURRENCY": "2", "THREADS": "8"}
        own = {"DATABASE_URL": postgres.uri} | options | dict(environment or {})
        with serving.listening() as listener, ExitStack() as started:

            def launch() -> subprocess.Popen[bytes]:
                return started.enter_context(serving.gunicorn_on(listener, log, **own))

            master = launch()
            port = serving.port_of(listener)
            serving.wait_until_it_answers(port)
            yield Service(postgres, port, token, log, log.with_suffix(".spool"), launch, master)
    finally:
        postgres.stop()
