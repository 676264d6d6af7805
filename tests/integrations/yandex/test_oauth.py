"""Access tokens by RFC 6749, section 4.4: its form, its errors, and nothing kept of a secret or a token."""

import base64
import json
import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth2 import OAuth2Error

from integrations import clients, database, spool
from integrations.models import Client, JournalEntry
from integrations.yandex import auth, oauth
from tests.api_client import ApiClient
from tests.factories import LoanFactory, publish
from tests.integrations.yandex.conftest import SEARCH_ID, Api, entry, question

TOKEN = "/integrations/oauth/token"
FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def ask(
    fields: Any = None, *, expect: int, path: str = TOKEN, method: str = "POST", form: str = FORM, **headers: str
) -> Any:
    """`fields`: of the form beside the grant's type; or the very bytes of the body."""
    body = fields if isinstance(fields, bytes) else urlencode(GRANT | (fields or {}))
    response = ApiClient().generic(method, path, body, content_type=form, headers=headers)
    assert response.status_code == expect, response.content.decode()
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/json", "no-store")
    assert response["X-Request-Id"]
    return response


def check_refused(error: str, fields: Any = None, *, status: int = 400, **how: Any) -> None:
    """In RFC 6749's own form, and journalled so."""
    response = ask(fields, expect=status, **how)
    answer = json.loads(response.content)
    assert answer.pop("error") == error
    assert set(answer) <= {"error_description"}
    kept = JournalEntry.objects.get(request_id=response["X-Request-Id"])
    assert (kept.kind, kept.status, bytes(kept.answer)) == ("token", status, response.content)
    assert kept.request_sealed is None


def credentials(api: Api) -> dict[str, str]:
    return {"client_id": "yandex", "client_secret": api.secret}


@pytest.fixture
def by_body(yandex: Api) -> dict[str, str]:
    return credentials(yandex)


def test_it_works(yandex: Api) -> None:
    answer = json.loads(ask(credentials(yandex), expect=200).content)
    token = answer.pop("access_token")
    assert answer == {"token_type": "Bearer", "expires_in": 3600, "scope": "loan_approval"}

    publish(LoanFactory())
    assert b"has_approve" in Api(token).ask()
    assert JournalEntry.objects.get(search_id=SEARCH_ID).client == "yandex"


@pytest.mark.parametrize("path", [TOKEN, f"{TOKEN}/"])
def test_by_http_basic(path: str, yandex: Api) -> None:
    assert ask(expect=200, path=path, Authorization=basic("yandex", yandex.secret))["Pragma"] == "no-cache"


def test_the_id_may_stand_beside_http_basic(yandex: Api) -> None:
    ask({"client_id": "yandex"}, expect=200, Authorization=basic("yandex", yandex.secret))
    check_refused("invalid_client", {"client_id": "crm"}, status=401, Authorization=basic("yandex", yandex.secret))


def test_a_secret_may_be_encoded_as_rfc_6749_wants_it_or_not(yandex: Api) -> None:
    clients.set_secret("yandex", 2, "a+b%c д")
    for secret in ("a+b%c д", quote("a+b%c д"), quote("a+b%c д").replace("%20", "+")):
        ask(expect=200, Authorization=basic("yandex", secret))
    ask({"client_id": "yandex", "client_secret": "a+b%c д"}, expect=200)


def test_it_is_journalled_without_secret_and_token(yandex: Api) -> None:
    body = urlencode(GRANT | credentials(yandex)).encode()
    token = json.loads(ask(body, expect=200).content)["access_token"]
    kept = entry()
    assert (kept.kind, kept.client, kept.status, kept.path) == ("token", "yandex", 200, TOKEN)
    assert (kept.request_sealed, kept.request_length) == (None, len(body))
    assert json.loads(bytes(kept.answer)) == {"token_type": "Bearer", "expires_in": 3600, "scope": "loan_approval"}
    everything = str(
        [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in JournalEntry.objects.values_list()]
    )
    assert token not in everything
    assert yandex.secret not in everything


@pytest.mark.parametrize("path", ["/integrations/oauth", "/integrations/oauth/tokens", "/integrations/oauth/token/x"])
def test_beside_its_path_no_secret_is_kept_either(path: str, yandex: Api) -> None:
    ask(credentials(yandex), expect=403, path=path)
    assert entry().request_sealed is None


def test_without_the_database_nothing_of_it_is_on_disk(
    by_body: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("away")

    settings.SPOOL_DIR = tmp_path
    monkeypatch.setattr(spool, "replay_later", lambda: None)
    monkeypatch.setattr(database, "_done", away)
    assert ask(by_body, expect=503)["Retry-After"] == "1"
    (kept,) = spool.waiting()
    assert spool._opened(kept).exchange.body == b""


class TestScopes:
    @pytest.fixture
    def both(self, db: None) -> dict[str, str]:
        secret = clients.issue("bank", scopes=("loan_approval", "applications")).secret
        return {"client_id": "bank", "client_secret": secret}

    @pytest.mark.parametrize(
        ("asked", "got"),
        [
            ({}, "applications loan_approval"),
            ({"scope": ""}, "applications loan_approval"),
            ({"scope": "loan_approval"}, "loan_approval"),
            ({"scope": "loan_approval applications"}, "applications loan_approval"),
        ],
    )
    def test_it_is_what_was_asked_for_or_all(self, asked: dict[str, str], got: str, both: dict[str, str]) -> None:
        assert json.loads(ask(both | asked, expect=200).content)["scope"] == got

    @pytest.mark.parametrize(
        "scope", ["admin", "loan_approval admin", "LOAN_APPROVAL", " ", "loan_approval,applications", "\x00", "~", "+"]
    )
    def test_it_refuses_others(self, scope: str, both: dict[str, str]) -> None:
        check_refused("invalid_scope", both | {"scope": scope})

    def test_it_refuses_what_the_client_may_not(self, by_body: dict[str, str]) -> None:
        check_refused("invalid_scope", by_body | {"scope": "applications"})
        Client.objects.update(scopes=[])
        clients.forget()
        check_refused("invalid_scope", by_body)

    def test_a_token_of_less_may_less(self, both: dict[str, str]) -> None:
        token = json.loads(ask(both | {"scope": "applications"}, expect=200).content)["access_token"]
        assert "этому Client ID" in Api(token).post(question(), expect=403)["message"]


class TestStrangers:
    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"client_id": "yandex"},
            {"client_secret": "x"},
            {"client_id": "yandex", "client_secret": ""},
            {"client_id": "yandex", "client_secret": "wrong"},
            {"client_id": "nobody", "client_secret": "wrong"},
            {"client_id": "яндекс", "client_secret": "секрет"},
            {"client_id": "yandex\x00", "client_secret": "\x00"},
            {"client_id": "yandex", "client_secret": "a" * 7000},
            b"grant_type=client_credentials&client_id=yandex&client_secret=%FF%FE",
            b"grant_type=client_credentials&client_id=yandex&client_secret=%ED%A0%80",
        ],
    )
    def test_who_is_unknown_is_challenged(self, fields: Any, yandex: Api) -> None:
        check_refused("invalid_client", fields, status=401)
        assert ask(fields, expect=401)["WWW-Authenticate"].startswith("Basic realm=")
        assert JournalEntry.objects.filter(client__isnull=True).count() == 2

    @pytest.mark.parametrize(
        "authorization",
        [
            "Basic",
            "Basic ",
            "Basic Og==",
            "Basic !",
            "Basic eWFuZGV4",
            "Bearer x",
            "Digest x",
            "x",
            "Basic " + "A" * 8000,
        ],
    )
    def test_an_odd_header_is_a_stranger(self, authorization: str, by_body: dict[str, str]) -> None:
        """Also with the right secret in the body: who authenticates by a header is known by it or not at all."""
        check_refused("invalid_client", status=401, Authorization=authorization)
        check_refused("invalid_client", by_body, status=401, Authorization="Bearer x")

    def test_bytes_beyond_ascii_in_the_header(self, yandex: Api) -> None:
        for raw in ("Basic \xff\xfe", "Basic \xd1\x8f:\xd1\x8f", "\x00"):
            response = ApiClient().generic("POST", TOKEN, urlencode(GRANT), content_type=FORM, HTTP_AUTHORIZATION=raw)
            assert response.status_code == 401

    def test_neither_another_clients_secret_nor_a_token(self, yandex: Api, crm: Api) -> None:
        check_refused("invalid_client", {"client_id": "yandex", "client_secret": crm.secret}, status=401)
        token = json.loads(ask(credentials(yandex), expect=200).content)["access_token"]
        check_refused("invalid_client", {"client_id": "yandex", "client_secret": token}, status=401)
        check_refused("invalid_client", status=401, Authorization=f"Bearer {token}")

    def test_nor_a_client_that_is_switched_off(self, by_body: dict[str, str]) -> None:
        Client.objects.update(active=False)
        check_refused("invalid_client", by_body, status=401)

    def test_nor_one_that_calls_from_elsewhere(self, by_body: dict[str, str]) -> None:
        Client.objects.update(networks=["192.0.2.0/24"])
        check_refused("invalid_client", by_body, status=401)

    def test_they_are_held_up(self, by_body: dict[str, str], monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        monkeypatch.setattr(auth, "STRANGERS_BURST", 1)
        settings.STRANGERS_RATE, settings.PROCESSES = 1, 1
        ask(expect=401)
        check_refused("temporarily_unavailable", status=429)
        assert ask(expect=429)["Retry-After"] == "1"
        ask(by_body, expect=200)  # who is known is not

    def test_who_is_known_has_a_limit_as_well(self, by_body: dict[str, str], settings: Any) -> None:
        settings.PROCESSES = 1
        Client.objects.update(rate=1, burst=1)
        ask(by_body, expect=200)
        assert ask(by_body, expect=429)["Retry-After"] == "1"
        assert JournalEntry.objects.get(status=429).client == "yandex"


class TestForms:
    @pytest.mark.parametrize(
        ("error", "body"),
        [
            ("invalid_request", b""),
            ("invalid_request", b"grant_type"),
            ("invalid_request", b"grant_type="),
            ("invalid_request", b"x=grant_type"),
            ("invalid_request", b'{"grant_type": "client_credentials"}'),
            ("invalid_request", b"grant_type=client_credentials&grant_type=client_credentials"),
            ("invalid_request", b"grant_type=client_credentials&scope=a&scope=b"),
            ("invalid_request", b"grant_type=client_credentials&client_id=a&client_id=b"),
            ("invalid_request", b"grant_type=client_credentials&client_secret=a&client_secret=b"),
            ("invalid_request", b"grant_type=client_credentials&x=1&x=1"),
            ("invalid_request", b"grant_type=client_credentials&client_secret=%"),
            ("invalid_request", b"grant_type=client_credentials&client_secret=%G0"),
            ("invalid_request", b"grant_type=client_credentials\x00"),
            ("invalid_request", b"grant_type=client_credentials&x=\xff"),
            ("invalid_request", "grant_type=client_credentials&x=я".encode()),
            ("invalid_request", b"grant_type=client_credentials&x=" + b"a" * 8192),
            ("invalid_request", b"\xef\xbb\xbfgrant_type=client_credentials"),
            ("unsupported_grant_type", b"grant_type=password"),
            ("unsupported_grant_type", b"grant_type=CLIENT_CREDENTIALS"),
            ("unsupported_grant_type", b"grant_type=client_credentials%00"),
            ("unsupported_grant_type", b"grant_type=client_credentials+"),
            ("unsupported_grant_type", b"grant_type=authorization_code&code=x"),
            ("unsupported_grant_type", b"grant_type=refresh_token&refresh_token=x"),
            ("unsupported_grant_type", b"grant_type=%ED%A0%80"),
        ],
        ids=range(24),
    )
    def test_it_refuses_a_bad_form(self, error: str, body: bytes, yandex: Api) -> None:
        check_refused(error, body, Authorization=basic("yandex", yandex.secret))

    @pytest.mark.parametrize("form", ["", "application/json", "multipart/form-data; boundary=x", "text/plain", "\xff"])
    def test_it_refuses_another_type_of_content(self, form: str, by_body: dict[str, str]) -> None:
        check_refused("invalid_request", by_body, form=form)

    @pytest.mark.parametrize("form", [f"{FORM}; charset=UTF-8", FORM.upper(), f" {FORM} "])
    def test_it_takes_the_right_one_however_it_is_written(self, form: str, by_body: dict[str, str]) -> None:
        ask(by_body, expect=200, form=form)

    @pytest.mark.parametrize("query", ["grant_type=client_credentials", "x", "%", "client_secret=9330445040"])
    def test_it_refuses_parameters_in_the_address(self, query: str, by_body: dict[str, str]) -> None:
        check_refused("invalid_request", by_body, path=f"{TOKEN}?{query}")
        assert entry().path == TOKEN

    def test_one_way_to_authenticate_is_enough(self, by_body: dict[str, str], yandex: Api) -> None:
        check_refused("invalid_request", by_body, Authorization=basic("yandex", yandex.secret))

    def test_further_parameters_mean_nothing_and_do_not_come_back(self, by_body: dict[str, str]) -> None:
        """Some would be attributes of the library's own."""
        odd = {
            "state": "9330445040",
            "client": "crm",
            "user": "x",
            "scopes": "admin",
            "extra_credentials": "x",
            "expires_in": "1",
        }
        assert json.loads(ask(by_body | odd, expect=200).content)["expires_in"] == 3600
        assert b"9330445040" not in ask({"client_secret": "wrong", **odd}, expect=401).content

    def test_a_body_that_announces_too_much(self, by_body: dict[str, str]) -> None:
        check_refused("invalid_request", b"x" * 70_000)

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
    def test_it_takes_post_alone(self, method: str, by_body: dict[str, str]) -> None:
        check_refused("invalid_request", by_body, status=405, method=method)
        assert ask(by_body, expect=405, method=method)["Allow"] == "POST"

    def test_a_head_has_no_body(self, by_body: dict[str, str]) -> None:
        assert ask(by_body, expect=405, method="HEAD").content == b""


@given(body=st.binary(max_size=200), header=st.text(max_size=60))
def test_no_bytes_are_a_crash(body: bytes, header: str) -> None:
    exchange: Any = SimpleNamespace(remote_addr=None, client=None, length=len(body))
    request: Any = SimpleNamespace(META={"CONTENT_TYPE": FORM, "HTTP_AUTHORIZATION": header}, unkept=body)
    with pytest.MonkeyPatch.context() as here:
        here.setattr(clients, "find_by_basic", lambda *_: None)
        here.setattr(auth, "stranger_must_wait", lambda _: 0.0)
        with pytest.raises(OAuth2Error):
            oauth._granted(request, exchange)


def test_no_log_says_a_token_at_any_level(by_body: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = json.loads(ask(by_body, expect=200).content)["access_token"]
    ask(by_body | {"scope": "x"}, expect=400)
    assert token not in caplog.text
    assert by_body["client_secret"] not in caplog.text


def test_a_token_runs_out(by_body: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    token = json.loads(ask(by_body, expect=200).content)["access_token"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3601)
    Api(token).post(question(), expect=403)
