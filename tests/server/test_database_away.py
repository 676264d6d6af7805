"""Promise 2: while Postgres is away, callers are told at once to come again; when it is back, they are answered."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import httpx
import pytest
from django.core.management import call_command

from config import local_postgres, logs
from tests import factories
from tests.server import contract, serving
from tests.server.serving import question

# Promised, and what a busy machine needs on top of it; in seconds.
AT_ONCE, LONGEST, BUSY = 0.1, 2.0, 1.5


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

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes whatever is sent and says nothing."""
        with serving.connect(self.uri) as own:
            pids = [row["pid"] for row in own.execute("select pid from pg_stat_activity where usename = current_user")]
            pids = [pid for pid in pids if pid != own.info.backend_pid]
        pids.append(int((self.data / "postmaster.pid").read_text().splitlines()[0]))
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    cluster = Postgres(tmp_path)
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def token(postgres: Postgres, django_db_blocker: Any) -> str:
    """Postgres runs, with all that an answer needs; the token to ask with."""
    postgres.start()
    with django_db_blocker.unblock(), serving.orm_on(local_postgres.NAME, HOST=str(postgres.address)):
        call_command("migrate", verbosity=0)
        factories.LoanFactory()
        factories.publish()
        return serving.issue_token()


def check_told_to_come_again(response: httpx.Response, spool: Path, *, within: float) -> None:
    assert response.status_code == 503
    assert response.headers["Retry-After"].isdigit()
    contract.check_error(contract.loads(response.content))
    assert response.elapsed.total_seconds() < within + BUSY
    entry = spool / f"{UUID(response.headers['X-Request-Id'])}.entry"
    assert entry.exists()
    assert serving.PHONE_NUMBER.encode() not in entry.read_bytes()


def test_it_goes_and_comes_back(postgres: Postgres, token: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    spool = log.with_suffix(".spool")
    with (
        serving.gunicorn(log, DATABASE_URL=postgres.uri, WEB_CONCURRENCY="1", THREADS="8") as port,
        httpx.Client(
            base_url=f"http://{serving.HOST}:{port}", headers={"Authorization": f"Bearer {token}"}, trust_env=False
        ) as client,
    ):
        asked = question()
        answer = client.post(serving.PATH, json=asked)
        assert answer.status_code == 200

        postgres.stop()
        check_told_to_come_again(client.post(serving.PATH, json=question()), spool, within=AT_ONCE)
        check_told_to_come_again(client.post(serving.PATH, json=asked), spool, within=AT_ONCE)
        check_told_to_come_again(client.get(f"{serving.PATH}?search_id={asked['search_id']}"), spool, within=AT_ONCE)
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503

        postgres.start()
        assert client.post(serving.PATH, json=question()).status_code == 200
        assert client.post(serving.PATH, json=asked).content == answer.content
        assert client.get("/readyz").status_code == 200

        with postgres.frozen():
            check_told_to_come_again(client.post(serving.PATH, json=question()), spool, within=LONGEST)
        assert client.post(serving.PATH, json=question()).status_code == 200

    said = log.read_text()
    assert logs.mask(said) == said
    assert token not in said


def test_it_starts_without_it(postgres: Postgres, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        serving.gunicorn(log, DATABASE_URL=postgres.uri, WEB_CONCURRENCY="1") as port,
        httpx.Client(base_url=f"http://{serving.HOST}:{port}", trust_env=False) as client,
    ):
        assert client.get("/livez").status_code == 200
        refused = client.post(serving.PATH, json=question(), headers={"Authorization": "Bearer unknown"})
        check_told_to_come_again(refused, log.with_suffix(".spool"), within=AT_ONCE)

    assert all(json.loads(line) for line in log.read_text().splitlines())
