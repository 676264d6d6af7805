"""The API and the admin in processes of their own, each on a port and a database role of its own."""

import http.client
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from integrations.roles import Role
from tests.factories import LoanFactory, UserFactory
from tests.server import serving
from tests.server.serving import Server
from tests.server.waiting import wait_until

ASK = serving.PATH
PASSWORD = "for the tests only"


@contextmanager
def serving_only(part: str, role: Role, server: Server, log: Path) -> Iterator[int]:
    """A gunicorn that serves this part and logs into the database as a member of this role alone."""
    name = f"serve_{part}_{secrets.token_hex(4)}"
    server.sql.execute(f"create role {name} login in role {role_name(role)}")
    address = urlsplit(serving.uri_of(str(server.sql.info.dbname)))
    uri = address._replace(netloc=f"{name}@{address.netloc.rpartition('@')[2]}").geturl()
    try:
        with serving.gunicorn(log, SERVE=part, DATABASE_URL=uri, WEB_CONCURRENCY="1") as port:
            # On a busy machine the first connection may take longer than a request may wait for it.
            wait_until(lambda: get(port, "/readyz").status == 200, within=serving.PATIENCE)
            yield port
    finally:
        server.sql.execute(f"drop role {name}")


def role_name(role: Role) -> str:
    return psycopg.sql.Identifier(role.full_name).as_string()


@pytest.fixture(scope="module")
def published(server: Server) -> None:
    server.publish(LoanFactory.build(code="cash"))


@pytest.fixture(scope="module")
def api(server: Server, published: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving_only("api", Role.SERVICE, server, tmp_path_factory.mktemp("api") / "log") as port:
        yield port


@pytest.fixture(scope="module")
def admin(server: Server, published: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving_only("admin", Role.ADMIN, server, tmp_path_factory.mktemp("admin") / "log") as port:
        yield port


def ask(port: int, server: Server) -> http.client.HTTPResponse:
    with serving.http_connection(port) as connection:
        connection.request("POST", ASK, serving.body(), server.authorization)
        response = connection.getresponse()
        response.read()
        return response


def get(port: int, path: str) -> http.client.HTTPResponse:
    with serving.http_connection(port) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response


def entries(server: Server) -> int:
    [row] = server.sql.execute("select count(*) from integrations_journalentry").fetchall()
    return int(row["count"])


def test_the_public_port_answers_the_api(api: int, server: Server) -> None:
    answer = ask(api, server)
    assert answer.status == 200
    assert server.entry_of(answer.headers)["status"] == 200
    assert get(api, "/readyz").status == 200


@pytest.mark.parametrize("path", ["/", "/admin", "/admin/", "/admin/login/", "/i18n/setlang/", "/static/admin/x.css"])
def test_the_public_port_knows_no_admin(api: int, path: str) -> None:
    answer = get(api, path)
    assert answer.status == 404
    assert answer.headers["Set-Cookie"] is None


def test_the_admins_port_answers_the_admin(admin: int) -> None:
    assert get(admin, "/").headers["Location"] == "/admin/"
    assert get(admin, "/admin/login/").status == 200
    assert get(admin, "/readyz").status == 200


@pytest.mark.parametrize("path", [ASK, f"{ASK}/", "/integrations/", "/api/banking/", "/go/abc", "/docs/openapi.json"])
def test_the_admins_port_neither_answers_nor_journals_the_api(admin: int, server: Server, path: str) -> None:
    before = entries(server)
    answer = get(admin, path)
    assert answer.status == 404
    assert answer.headers["X-Request-Id"] is None
    assert entries(server) == before


def test_people_work_with_the_admins_role(admin: int, server: Server) -> None:
    with server.orm():
        person = UserFactory(is_superuser=True)
        person.set_password(PASSWORD)
        person.save()
    with serving.browsing(admin) as browser:
        assert browser.log_in(person.username, PASSWORD).headers["Location"] == "/admin/"
        for page in ("", "offers/loan/", "offers/loan/add/", "offers/release/", "auth/user/", "integrations/client/"):
            assert browser.get(f"/admin/{page}").status_code == 200, page


def test_where_the_api_is_served_nothing_of_the_admin_is_loaded() -> None:
    """DRF itself imports the library that Django's admin is, but no site is made of it."""
    load = "import sys, config.wsgi, django.urls; django.urls.get_resolver().url_patterns"
    modules = set(serving.python("-c", f"{load}; print(*sys.modules)", SERVE="api").split())
    assert "integrations.yandex.exit" in modules
    ours = ("offers.admin", "integrations.admin", "config.admin_urls", "config.navigation")
    others = ("unfold", "django.contrib.sessions.middleware", "django.contrib.sessions.backends.db", "whitenoise")
    assert modules.isdisjoint([*ours, *others])


def test_a_spool_that_can_not_be_opened_keeps_no_process_from_starting(
    server: Server, published: None, tmp_path: Path
) -> None:
    """A process that does not start ends all of gunicorn."""
    spool = tmp_path / "spool"
    spool.touch()
    uri = serving.uri_of(str(server.sql.info.dbname))
    settings = {"DATABASE_URL": uri, "WEB_CONCURRENCY": "1", "SPOOL_DIR": str(spool)}
    with serving.gunicorn(tmp_path / "log", **settings) as port:
        wait_until(lambda: get(port, "/readyz").status == 200, within=serving.PATIENCE)
        assert ask(port, server).status == 200
