"""A real browser before a real server, on a database of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, Playwright, expect

from tests import databases, factories
from tests.server import serving
from tests.server.serving import Server

# Once started, Playwright keeps an event loop in this thread, which Django would take for its own in every later test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "on"

expect.set_options(timeout=serving.PATIENCE * 1000)  # a machine may be busy; five seconds are Playwright's own

HERE = Path(__file__).parent
PASSWORD = "for the tests only"
# Nothing of a browser's own may reach out while it is watched.
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db)  # so that pytest-django makes the database that is copied


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    template = connection.settings_dict["NAME"]
    with databases.copied(template, f"{template}_journeys") as database:

        @contextmanager
        def orm() -> Iterator[None]:
            with django_db_blocker.unblock(), serving.orm_on(database):
                yield

        log, uri = tmp_path_factory.mktemp("journeys") / "log", serving.uri_of(database)
        with orm():
            token = serving.issue_token()
        bounds = {
            "DATABASE_LOCK_TIMEOUT": f"{serving.PATIENCE:.0f}s"
        }  # for who holds something up to look at it meanwhile
        with (
            serving.connect(uri) as sql,
            serving.gunicorn(log, **bounds, DATABASE_URL=uri, WEB_CONCURRENCY="1") as port,
        ):
            serving.wait_until_it_answers(port)
            yield Server(port, token, sql, orm, log, processes=1)


@pytest.fixture(scope="session")
def playwright(server: Server, playwright: Playwright, django_db_blocker: Any) -> Iterator[Playwright]:
    """Started only after the database is copied, and stopped only after this thread has let go of it.

    While Playwright runs, Django keeps another connection for this thread than before, and forgets neither.
    """
    yield playwright
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    return server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"args": [*browser_type_launch_args.get("args", []), *QUIET]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "en-US", "timezone_id": "Europe/Moscow"}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """No script on any page may fail unseen."""
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda said: failures.append(said.text) if said.type == "error" else None)
    yield page
    assert failures == []


def log_in_on(page: Page, server: Server, make: Callable[[], Any]) -> Page:
    """Log a new person in, as `factories.product_manager` and its like make one."""
    with server.orm():
        person = make()
        person.set_password(PASSWORD)
        person.save()
    page.goto("/")
    page.get_by_label("Имя пользователя").fill(person.username)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page).to_have_url("/admin/")
    return page


@pytest.fixture
def log_in(page: Page, server: Server) -> Callable[[Callable[[], Any]], Page]:
    """On the test's own page."""
    return lambda make: log_in_on(page, server, make)


@pytest.fixture
def manager(log_in: Callable[[Callable[[], Any]], Page]) -> Page:
    return log_in(factories.product_manager)
