"""Whatever becomes of a request, it is journalled before its answer leaves."""

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from integrations import database, journal, spool
from integrations.journal import Exchange
from integrations.yandex import views
from integrations.yandex.exit import ApiRequest, is_api, receive
from tests.api_client import ApiClient
from tests.factories import LoanFactory, publish
from tests.integrations.yandex.conftest import PATH, SEARCH_ID, Api, entry, question


@pytest.mark.parametrize(
    "path",
    ["/integrations/", "/integrations", "/integrations/x/y", "/api/banking/", "/api/banking", "/integrations//x"],
)
def test_an_unknown_path_of_the_api_is_a_404(yandex: Api, path: str) -> None:
    answer = json.loads(yandex.raw("POST", path, b"x", expect=404).content)
    assert answer == {"search_id": None, "message": "Такого адреса в API нет"}
    assert (entry().status, entry().path, entry().client) == (404, path, "yandex")


@pytest.mark.parametrize("path", ["/", "/integrationsx", "/api/", "/api/bankingx", "/admin/", "/INTEGRATIONS/"])
def test_other_paths_are_none_of_its_business(path: str) -> None:
    assert not is_api(path)


@pytest.mark.parametrize("path", ["/integrations/%00", "/integrations/%0A", "/integrations/%FF", PATH + "%0A"])
def test_odd_paths_are_a_404(yandex: Api, path: str) -> None:
    yandex.raw("GET", path, expect=404)
    assert entry().status == 404


def test_the_request_id_finds_the_entry(yandex: Api) -> None:
    response = yandex.raw("PUT", PATH, expect=405)
    assert response["X-Request-Id"] == str(entry().request_id)


def test_an_answer_is_not_to_be_kept_by_anybody_on_the_way(yandex: Api) -> None:
    response = yandex.raw("PUT", PATH, expect=405)
    assert (response["Cache-Control"], response["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert response["Content-Length"] == str(len(response.content))


def test_nothing_of_a_question_waits_for_the_garbage_collector(yandex: Api) -> None:
    LoanFactory()
    publish()
    yandex.ask()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yandex.ask(amount=400000)
        yandex.get(f"search_id={SEARCH_ID}")
        yandex.post(b"{}", expect=400)
        gc.collect()
        found = {type(each) for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert not found & {ApiRequest, views.LoanApprovalView, Exchange}


def test_a_query_is_not_journalled(yandex: Api) -> None:
    yandex.get(f"search_id={SEARCH_ID}&phone=9330445040", expect=404)
    assert entry().path == PATH


def test_a_crash_of_our_own_is_a_500_in_the_documented_form(
    yandex: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(views, "parse_post", crash)
    answer = yandex.post(question(), expect=500)
    assert answer == {"search_id": None, "message": "Внутренняя ошибка сервиса, о ней уже известно"}
    assert (entry().status, entry().client) == (500, "yandex")
    assert "boom" in caplog.text


def test_a_body_that_announces_too_much_is_not_read() -> None:
    class Unreadable:
        def read(self, _size: int) -> bytes:
            raise AssertionError

    announced = {"CONTENT_LENGTH": "65537", "wsgi.input": Unreadable()}
    exchange = receive(ApiRequest({**RequestFactory().post(PATH).META, **announced}))
    assert (exchange.body, exchange.length) == (b"", 65537)


@pytest.mark.parametrize(("remote", "kept"), [("::1", "::1"), ("192.0.2.1", "192.0.2.1"), ("", None), ("x", None)])
def test_an_address_is_kept_where_there_is_one(remote: str, kept: str | None) -> None:
    assert receive(ApiRequest(RequestFactory().get(PATH, REMOTE_ADDR=remote).META)).remote_addr == kept


def test_it_passes_none_of_the_admins_middleware(yandex: Api, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["elsewhere"]
    response = ApiClient().get(PATH)
    assert response.status_code == 403
    assert not response.cookies


class TestWithoutTheDatabase:
    @pytest.fixture(autouse=True)
    def _spool(self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.SPOOL_DIR = tmp_path
        monkeypatch.setattr(spool, "replay_later", lambda: None)

    @pytest.fixture
    def fail(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
        """Lets the n-th statement from now on fail, and all that follow."""
        done = database._done

        def failing_from(nth: int) -> None:
            left = iter(range(1, nth))

            def failing(*arguments: Any) -> Any:
                if next(left, None) is None:
                    raise OperationalError("gone, and here is what was asked: 9330445040")
                return done(*arguments)

            monkeypatch.setattr(database, "_done", failing)

        yield failing_from
        monkeypatch.undo()

    def test_it_asks_to_come_again_and_keeps_the_entry(
        self, yandex: Api, fail: Callable[[int], None], caplog: pytest.LogCaptureFixture
    ) -> None:
        LoanFactory()
        publish()
        yandex.ask()
        fail(1)
        response = yandex.raw("POST", PATH, json.dumps(question(term=37)), expect=503)
        assert response["Retry-After"] == "1"
        assert json.loads(response.content)["message"] == "Сервис временно недоступен, повторите запрос"
        assert "9330445040" not in caplog.text
        (kept,) = spool.waiting()
        assert kept.stem == response["X-Request-Id"]

    @pytest.mark.parametrize("nth", [1, 2, 3])
    def test_the_nth_failure_loses_nothing(self, yandex: Api, fail: Callable[[int], None], nth: int) -> None:
        """Of a first approval: the clients are read, then the statement; a refusal needs two as well."""
        LoanFactory()
        publish()
        fail(nth)
        response = yandex.raw("POST", PATH, json.dumps(question()), expect=200 if nth == 3 else 503)
        assert len(spool.waiting()) == (0 if nth == 3 else 1)
        assert response["X-Request-Id"]

    def test_a_spool_that_is_full_loses_the_entry_and_says_so(
        self,
        yandex: Api,
        fail: Callable[[int], None],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(spool, "keep", full)
        fail(1)
        response = yandex.raw("PUT", PATH, expect=503)
        assert f"an entry is lost, the spool does not take it: {response['X-Request-Id']}" in caplog.text

    def test_a_refusal_without_an_entry_is_not_given(self, yandex: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*_: Any) -> None:
            raise OperationalError

        monkeypatch.setattr(journal, "append", away)
        yandex.raw("PUT", PATH, expect=503)
        assert len(spool.waiting()) == 1
