"""Who may call, on the real server: secrets change hands without a failed request, and nobody outstays a refusal."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from integrations import clients
from integrations.models import Client, Scope
from tests import factories
from tests.server import serving
from tests.server.serving import Server
from tests.server.test_publication import streaming

TOKEN = "/integrations/oauth/token"
# Promised is a second; what a busy machine needs on top of it.
PROMISED, BUSY = 1.0, 2.0


@pytest.fixture(autouse=True)
def _published(server: Server) -> None:
    server.publish(factories.LoanFactory.build())


@pytest.fixture
def bank(server: Server) -> Iterator[str]:
    """A client that things may be done to; its first secret, which every process knows."""
    with server.orm():
        Client.objects.filter(id="bank").delete()
        secret = clients.issue("bank").secret
        wait_until_served(server, secret)
        yield secret


def got(server: Server, secret: str) -> str:
    answer = httpx.post(
        server.url + TOKEN,
        data={"grant_type": "client_credentials", "client_id": "bank", "client_secret": secret},
        trust_env=False,
        timeout=serving.PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    token = str(answer.json()["access_token"])
    server.confidential.append(token)
    return token


def wait_for(server: Server, bearer: str, expected: int) -> None:
    """All answers have that status. What counts is when those were asked for that still had another."""
    since = asked_at = time.monotonic()
    while (now := time.monotonic()) < since + serving.PATIENCE and all_statuses(server, bearer) != {expected}:
        asked_at = now
    assert asked_at < since + PROMISED + BUSY


def all_statuses(server: Server, bearer: str) -> set[int]:
    """Of every process of the server."""
    headers = {"Authorization": f"Bearer {bearer}"}
    with server.client_of_each_process() as clients_of_each:
        return {
            client.post(serving.PATH, json=serving.question(), headers=headers).status_code
            for client in clients_of_each
        }


def wait_until_served(server: Server, bearer: str) -> None:
    """At once, unless somebody has just spent the looks at what nobody knows; then within a second."""
    wait_for(server, bearer, 200)


def switched_off(_secret: str) -> None:
    Client.objects.filter(id="bank").update(active=False)


def replaced(_secret: str) -> None:
    clients.replace_secret("bank", 1)


def revoked(_secret: str) -> None:
    clients.revoke_tokens("bank")


@pytest.mark.parametrize(
    ("done", "refused", "served"),
    [
        (switched_off, ("secret", "token"), ()),
        (replaced, ("secret", "token"), ()),
        (revoked, ("token",), ("secret",)),
    ],
)
def test_who_is_refused_is_refused_within_a_second(
    done: Callable[[str], None], refused: tuple[str, ...], served: tuple[str, ...], server: Server, bank: str
) -> None:
    held = {"secret": bank, "token": got(server, bank)}
    assert all_statuses(server, held["token"]) == all_statuses(server, bank) == {200}

    done(bank)
    for kind in refused:
        wait_for(server, held[kind], 403)

    for kind in served:
        assert all_statuses(server, held[kind]) == {200}


def test_a_rotation_fails_no_request(server: Server, bank: str) -> None:
    """As docs/callers.md tells it: a second secret, the caller changes over, the first one ends. Requests stream in."""
    with streaming(server) as stream:
        for slot in (2, 1, 2):
            secret = clients.replace_secret("bank", slot).secret
            wait_until_served(server, secret)
            stream.client.headers["Authorization"] = f"Bearer {secret}"
            stream.wait_for_more(60)
            stream.client.headers["Authorization"] = f"Bearer {got(server, secret)}"
            stream.wait_for_more(60)

    statuses = [asked.response.status_code for asked in stream.answered]
    assert len(statuses) >= 360
    assert set(statuses) == {200}


def test_a_token_serves_every_process(server: Server, bank: str) -> None:
    token = got(server, bank)
    assert all_statuses(server, token) == {200}


def test_a_client_just_made_is_let_in(server: Server) -> None:
    with server.orm():
        Client.objects.filter(id="branch").delete()
        secret = clients.issue("branch", scopes=[Scope.LOAN_APPROVAL]).secret
    wait_until_served(server, secret)
