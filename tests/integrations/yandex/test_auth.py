"""From where a client calls, and how often."""

import json
from typing import Any

import pytest

from integrations import clients
from integrations.models import Client, JournalEntry
from integrations.yandex import auth
from tests import statements
from tests.api_client import ApiClient
from tests.factories import LoanFactory, publish
from tests.integrations.yandex.conftest import PATH, Api, entries, entry, question

HERE, ELSEWHERE = "203.0.113.9", "198.51.100.7"


def ask(api: Api, *, expect: int, socket: str = "127.0.0.1", **headers: str) -> Any:
    response = ApiClient(REMOTE_ADDR=socket).generic(
        "GET", f"{PATH}/x", headers={"Authorization": f"Bearer {api.secret}", **headers}
    )
    assert response.status_code == expect, response.content.decode()
    return response


def only_from(*networks: str) -> None:
    Client.objects.update(networks=list(networks))
    clients.forget()


class TestNetworks:
    @pytest.mark.parametrize("socket", [HERE, "::1", ""])
    def test_from_anywhere_where_none_is_stated(self, socket: str, yandex: Api) -> None:
        ask(yandex, expect=404, socket=socket)

    @pytest.mark.parametrize("allowed", ["203.0.113.0/24", "203.0.113.9/32", "0.0.0.0/0"])
    def test_from_a_network_that_is_stated(self, allowed: str, yandex: Api) -> None:
        only_from("2001:db8::/32", allowed)
        ask(yandex, expect=404, socket=HERE)
        ask(yandex, expect=404, socket=f"::ffff:{HERE}")

    @pytest.mark.parametrize("socket", [ELSEWHERE, "::1", "", "unix:"])
    def test_from_elsewhere_it_is_refused_in_the_documented_form(self, socket: str, yandex: Api) -> None:
        only_from("203.0.113.0/24")
        answer = json.loads(ask(yandex, expect=403, socket=socket).content)
        assert answer == {
            "search_id": None,
            "message": "Доступ запрещён: с этого адреса этому Client ID обращаться нельзя",
        }
        assert (entry().status, entry().client) == (403, "yandex")

    def test_what_is_no_network_lets_nobody_in(self, yandex: Api) -> None:
        only_from("203.0.113.9/24")
        ask(yandex, expect=403, socket=HERE)

    def test_others_are_not_asked_for_theirs(self, yandex: Api, crm: Api) -> None:
        Client.objects.filter(id="crm").update(networks=["203.0.113.0/24"])
        ask(yandex, expect=404, socket=ELSEWHERE)
        ask(crm, expect=403, socket=ELSEWHERE)

    def test_an_approval_is_one_statement_all_the_same(self, yandex: Api) -> None:
        """By an access token, from a network that is stated, within a limit."""
        publish(LoanFactory())
        only_from("127.0.0.0/8")
        caller = clients.find_by_token(yandex.secret)
        assert caller
        by_access_token = Api(clients.grant(caller, caller.scopes).token)
        by_access_token.ask()
        with statements.sent() as messages:
            by_access_token.ask(search_id="e2b4948b-7d8a-4eec-875c-b1c11d7d8373")
        assert len(messages) == 1


class TestProxies:
    @pytest.fixture(autouse=True)
    def _proxies(self, settings: Any) -> None:
        settings.TRUSTED_PROXIES = 2

    def test_the_address_is_what_the_outermost_has_written(self, yandex: Api) -> None:
        only_from("203.0.113.0/24")
        ask(yandex, expect=404, **{"X-Forwarded-For": f"{ELSEWHERE}, {HERE}, 10.0.0.1"})
        ask(yandex, expect=403, **{"X-Forwarded-For": f"{HERE}, {ELSEWHERE}, 10.0.0.1"})
        assert [kept.remote_addr for kept in entries()] == [HERE, ELSEWHERE]

    @pytest.mark.parametrize("header", ["", HERE, "x, 10.0.0.1", ", 10.0.0.1", f"{HERE}, x, 10.0.0.1", "\x00" * 100])
    def test_what_can_not_be_told_is_nobodys_address(self, header: str, yandex: Api) -> None:
        """Although this client may call from anywhere: it has not come through the proxies."""
        ask(yandex, expect=403, **{"X-Forwarded-For": header})
        assert (entry().remote_addr, entry().client) == (None, "yandex")

    def test_whoever_is_unknown_is_counted_under_it(
        self, yandex: Api, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.STRANGERS_RATE, settings.PROCESSES = 1, 1
        monkeypatch.setattr(auth, "STRANGERS_BURST", 1)
        stranger = Api("unknown")
        ask(stranger, expect=403, **{"X-Forwarded-For": f"{HERE}, 10.0.0.1"})
        ask(stranger, expect=429, **{"X-Forwarded-For": f"{HERE}, 10.0.0.1"})
        ask(stranger, expect=403, **{"X-Forwarded-For": f"{ELSEWHERE}, 10.0.0.1"})


def test_without_trusted_proxies_the_header_is_a_strangers_word(yandex: Api) -> None:
    only_from("203.0.113.0/24")
    ask(yandex, expect=403, socket=ELSEWHERE, **{"X-Forwarded-For": HERE})
    assert entry().remote_addr == ELSEWHERE


class TestRates:
    @pytest.fixture(autouse=True)
    def _one_process(self, settings: Any) -> None:
        settings.PROCESSES = 1

    def test_who_asks_too_often_is_told_when_to_come_again(self, yandex: Api) -> None:
        publish(LoanFactory())
        Client.objects.update(rate=1, burst=2)
        yandex.ask()
        yandex.ask()
        response = yandex.raw("POST", PATH, json.dumps(question()), expect=429)
        assert response["Retry-After"] == "1"
        assert json.loads(response.content) == {
            "search_id": None,
            "message": "Слишком много запросов, повторите через 1 с",
        }
        kept = JournalEntry.objects.get(status=429)
        assert (kept.client, kept.kind, bytes(kept.answer)) == ("yandex", "unread", response.content)

    def test_others_are_not_held_up(self, yandex: Api, crm: Api) -> None:
        Client.objects.filter(id="yandex").update(rate=1, burst=1)
        ask(yandex, expect=404)
        ask(yandex, expect=429)
        ask(crm, expect=404)

    def test_the_rate_is_spread_over_the_processes(self, db: None, settings: Any) -> None:
        settings.PROCESSES = 4
        clients.issue("bank")
        Client.objects.update(rate=8, burst=8)
        caller = clients.find_by_basic("bank", clients.replace_secret("bank", 2).secret)
        assert caller
        assert [auth.must_wait(caller) > 0 for _ in range(3)] == [False, False, True]

    def test_strangers_are_held_up_by_their_address(self, yandex: Api, settings: Any) -> None:
        settings.STRANGERS_RATE = 1
        for _ in range(auth.STRANGERS_BURST):
            ask(Api("unknown"), expect=403, socket=HERE)
        response = ask(Api("unknown"), expect=429, socket=HERE)
        assert response["Retry-After"] == "1"
        assert len(entries()) == auth.STRANGERS_BURST + 1
        ask(Api("unknown"), expect=403, socket=ELSEWHERE)
        ask(yandex, expect=404, socket=HERE)  # who is known calls from there unhindered

    def test_as_it_is_installed_nobody_meets_it(self, yandex: Api) -> None:
        caller = clients.find_by_token(yandex.secret)
        assert caller
        assert not any(auth.must_wait(caller) for _ in range(1000))
        assert not any(auth.stranger_must_wait(HERE) for _ in range(1000))
