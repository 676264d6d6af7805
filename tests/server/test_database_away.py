"""Promise 2: while Postgres is away, callers are told at once to come again; when it is back, they are answered."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.core.management import call_command

from config import local_postgres, logs
from integrations import spool
from tests import factories
from tests.server import contract, serving
from tests.server.postgres import Postgres
from tests.server.serving import question

# Promised, and what a busy machine needs on top of it; in seconds.
AT_ONCE, LONGEST, BUSY = 0.1, 2.0, 1.5


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


def client_of(port: int, token: str) -> httpx.Client:
    """Patient, as the first request waits for the server to start."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://{serving.HOST}:{port}"
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=serving.PATIENCE)


def check_told_to_come_again(response: httpx.Response, directory: Path, *, within: float) -> UUID:
    """Told in time, and the entry is on disk meanwhile; its id."""
    assert response.status_code == 503
    assert response.headers["Retry-After"].isdigit()
    contract.check_error(contract.loads(response.content))
    assert response.elapsed.total_seconds() < within + BUSY
    request_id = UUID(response.headers["X-Request-Id"])
    entry = directory / f"{request_id}.entry"
    assert entry.exists()
    assert serving.PHONE_NUMBER.encode() not in entry.read_bytes()
    return request_id


def journalled(postgres: Postgres, request_ids: list[UUID]) -> set[tuple[int, str | None]]:
    """Status and decision of these requests, of which each has one entry."""
    query = "select request_id, status, decision from integrations_journalentry where request_id = any(%s)"
    with serving.connect(postgres.uri) as connection:
        entries = connection.execute(query, [request_ids]).fetchall()
    assert sorted(entry["request_id"] for entry in entries) == sorted(request_ids)
    return {(entry["status"], entry["decision"]) for entry in entries}


@pytest.fixture
def replay(postgres: Postgres, settings: Any, django_db_blocker: Any) -> Callable[[Path], None]:
    """Empties a spool at once; the server does it by itself, a little later."""

    def replay(directory: Path) -> None:
        settings.SPOOL_DIR = str(directory)
        with django_db_blocker.unblock(), serving.orm_on(local_postgres.NAME, HOST=str(postgres.address)):
            spool.replay()

    return replay


def test_it_goes_and_comes_back(postgres: Postgres, token: str, tmp_path: Path, replay: Callable[[Path], None]) -> None:
    log = tmp_path / "log"
    directory = log.with_suffix(".spool")
    with (
        serving.gunicorn(log, DATABASE_URL=postgres.uri, WEB_CONCURRENCY="1", THREADS="8") as port,
        client_of(port, token) as client,
    ):
        asked = question()
        answer = client.post(serving.PATH, json=asked)
        assert answer.status_code == 200
        assert {client.get("/readyz").status_code for _ in range(32)} == {200}

        postgres.stop()
        refused = [
            check_told_to_come_again(response, directory, within=AT_ONCE)
            for response in (
                client.post(serving.PATH, json=question()),
                client.post(serving.PATH, json=asked),
                client.get(f"{serving.PATH}?search_id={asked['search_id']}"),
            )
        ]
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503

        postgres.start()
        assert client.post(serving.PATH, json=question()).status_code == 200
        assert client.post(serving.PATH, json=asked).content == answer.content
        # Every thread's connection has died, which says nothing of the database.
        assert {client.get("/readyz").status_code for _ in range(32)} == {200}

        with postgres.frozen():
            response = client.post(serving.PATH, json=question())
            cut_off = check_told_to_come_again(response, directory, within=LONGEST)
            assert client.get("/readyz").status_code == 503
        assert client.post(serving.PATH, json=question()).status_code == 200
        replay(directory)
        assert journalled(postgres, refused) == {(503, None)}
        # What Postgres had been told before it froze it does when it wakes: an answer that nobody heard.
        assert journalled(postgres, [cut_off]) <= {(503, None), (200, "has_approve")}

    said = log.read_text()
    assert logs.mask(said) == said
    assert token not in said


def test_it_starts_without_it(postgres: Postgres, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        serving.gunicorn(log, DATABASE_URL=postgres.uri, WEB_CONCURRENCY="1") as port,
        client_of(port, "unknown") as client,
    ):
        assert client.get("/livez").status_code == 200
        refused = client.post(serving.PATH, json=question())
        check_told_to_come_again(refused, log.with_suffix(".spool"), within=AT_ONCE)

    assert all(json.loads(line) for line in log.read_text().splitlines())
