from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config import logs
from integrations import clients
from integrations.clients import Issued
from tests import databases, leaks
from tests.leaks import Search
from tests.server import lines, serving
from tests.server import service as services
from tests.server.lines import Line
from tests.server.service import Service
from tests.server.serving import Server

HERE = Path(__file__).parent
PROCESSES = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.server)
            item.add_marker(pytest.mark.django_db)  # so that pytest-django makes the database that is copied


@pytest.fixture(scope="session")
def served_database(django_db_setup: None) -> Iterator[str]:
    """A copy of the tests' database that commits are made in: the journal and the releases let nobody empty them."""
    template = connection.settings_dict["NAME"]
    with databases.copied(template, f"{template}_served") as name:
        yield name


@pytest.fixture(scope="session")
def line(served_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with serving.connect(serving.uri_of(served_database)) as own:
        yield lines.lead(tmp_path_factory.mktemp("line"), served_database, own)


@pytest.fixture(scope="session")
def server(
    served_database: str, line: Line, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    @contextmanager
    def orm() -> Iterator[None]:
        with django_db_blocker.unblock(), serving.orm_on(served_database):
            yield

    log = tmp_path_factory.mktemp("server") / "log"
    uri = serving.uri_of(served_database)
    with ExitStack() as stack:
        with orm():
            token = serving.issue_token()
        sql_connection = stack.enter_context(serving.connect(uri))
        concurrency = {"WEB_CONCURRENCY": str(PROCESSES), "THREADS": "8"}
        port = stack.enter_context(serving.gunicorn(log, DATABASE_URL=line.uri, **concurrency))
        serving.wait_until_it_answers(port)
        with secrets_noted() as confidential:
            yield Server(port, token, sql_connection, orm, log, PROCESSES, confidential)
        search = Search(leaks.EXAMPLE, token, *confidential)
        assert leaks.first(leaks.tables(sql_connection, search)) == []
    said = log.read_text()
    assert logs.mask(said) == said, "a number long enough for a phone's stands in what gunicorn said"
    assert search.found_in(said.encode()) == []


@contextmanager
def secrets_noted() -> Iterator[list[str]]:
    """Every secret that a client is given meanwhile."""
    noted, set_secret = list[str](), clients.set_secret

    def noting(client_id: str, slot: int, secret: str) -> Issued:
        noted.append(secret)
        return set_secret(client_id, slot, secret)

    with pytest.MonkeyPatch.context() as here:
        here.setattr(clients, "set_secret", noting)
        yield noted


@pytest.fixture(scope="session")
def service(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with services.running(tmp_path_factory.mktemp("service"), django_db_blocker.unblock) as running:
        yield running
