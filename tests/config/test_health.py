"""Whether the process lives, and whether it can do its work."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from offers import catalogue
from tests import factories


@pytest.fixture(autouse=True)
def nothing_in_memory() -> Iterator[None]:
    catalogue.forget()
    yield
    catalogue.forget()


@pytest.fixture
def published(db: None) -> None:
    factories.LoanFactory()
    factories.publish()


def says(response: Any, status: int, text: str) -> bool:
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    return (response.status_code, response.content.decode()) == (status, text)


def test_it_lives_without_the_database(client: Client) -> None:
    """No mark of this test lets it use the database."""
    assert says(client.get("/livez"), 200, "ok\n")


def test_it_is_ready_once_something_is_published(client: Client, published: None) -> None:
    assert says(client.get("/readyz"), 200, "ok\n")


def test_it_is_not_ready_before_something_is_published(client: Client, db: None) -> None:
    assert says(client.get("/readyz"), 503, "nothing is published: manage.py publish\n")


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
def test_it_is_not_ready_without_the_database(
    failure: type[Exception], client: Client, published: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(catalogue, "live_number", Mock(side_effect=failure("secret of the connection")))

    assert says(client.get("/readyz"), 503, "the database is away\n")


def test_it_asks_the_database_every_time(client: Client, published: None, django_assert_num_queries: Any) -> None:
    client.get("/readyz")

    with django_assert_num_queries(1):
        client.get("/readyz")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_it_is_asked_over_plain_http(path: str, client: Client, published: None, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path).status_code == 200
    assert client.get(f"{path}/other").status_code == 301


def test_whoever_probes_needs_no_name_and_no_tls(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["bank.example"], True
    assert says(client.get("/livez", headers={"host": "192.0.2.1:8000"}), 200, "ok\n")
