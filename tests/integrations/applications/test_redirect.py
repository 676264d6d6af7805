"""A click reaches the bank's page, and is noted on its way."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import OperationalError

from integrations import database, ids, references, spool
from integrations.models import Kind
from offers import catalogue
from tests import statements
from tests.api_client import ApiClient
from tests.factories import LoanFactory, publish
from tests.integrations.applications.conftest import COUNTED, asked_again, click
from tests.integrations.yandex.conftest import SEARCH_ID, Api, entries

FALLBACK = "https://bank.example/credits"


@pytest.fixture(autouse=True)
def fallback(settings: Any) -> None:
    settings.FALLBACK_URL = FALLBACK


def test_it_works(ref: str) -> None:
    response = click(ref)

    assert response.headers["Location"] == f"https://bank.example/cash?ref={ref}"
    assert response.headers["Cache-Control"] == "no-store"
    asked, clicked = entries()
    assert (clicked.kind, clicked.status, clicked.search_id) == (Kind.CLICK, 302, UUID(SEARCH_ID))
    assert (clicked.amount, clicked.term, clicked.release) == (asked.amount, asked.term, asked.release)
    assert clicked.decision is None
    assert json.loads(bytes(clicked.answer))["enquiry"] == str(asked.id)


def test_a_later_publication_changes_nothing_for_links_shown_before(ref: str) -> None:
    LoanFactory._meta.model.objects.update(link="https://elsewhere.example/")
    publish()

    assert click(ref).headers["Location"].startswith("https://bank.example/cash")


def test_the_id_of_the_question_is_filled_in(yandex: Api) -> None:
    publish(LoanFactory(link="https://bank.example/{search_id}/{offer}/{release}", counted_link=COUNTED, code="cash"))

    assert click(asked_again(yandex)).headers["Location"] == f"https://bank.example/{SEARCH_ID}/cash/1"


def test_a_link_is_looked_up_beforehand_without_being_a_click(ref: str) -> None:
    assert click(ref, method="head").headers["Location"]
    assert entries()[-1].kind == Kind.UNREAD


def test_only_people_come_here(ref: str) -> None:
    assert click(ref, method="post", expect=405).headers["Allow"] == "GET, HEAD"


def of(days_ago: int = 0, release: int = 1, place: int = 0) -> str:
    enquiry = ids.uuid7(datetime.now(UTC) - timedelta(days=days_ago))
    return references.write(settings.REF_KEY.secret, enquiry, release, place)


@pytest.mark.parametrize("broken", ["x", "A" * 40, "https:%2F%2Fevil.example", "evil.example"])
def test_what_names_nothing_leads_to_the_page_that_the_bank_has_set(broken: str, ref: str) -> None:
    assert click(broken).headers["Location"] == FALLBACK
    assert entries()[-1].kind == Kind.UNREAD


@pytest.mark.parametrize("outdated", [{"days_ago": 31}, {"release": 99}, {"place": 99}])
def test_what_can_be_opened_no_more_leads_there_as_well(outdated: dict[str, int], ref: str) -> None:
    assert click(of(**outdated)).headers["Location"] == FALLBACK


def test_without_such_a_page_it_says_so(ref: str, settings: Any) -> None:
    settings.FALLBACK_URL = ""

    assert "больше не действует" in click("x", expect=404).content.decode()


@pytest.mark.parametrize("path", ["/go", "/go/", "/go/a/b", "/go/?to=https://evil.example", "/go/%0A", "/go/%00"])
def test_nothing_else_is_below(path: str, ref: str) -> None:
    assert ApiClient().get(path).headers["Location"] == FALLBACK


class TestWithoutDatabase:
    @pytest.fixture(autouse=True)
    def away(self, ref: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise OperationalError

        settings.SPOOL_DIR = str(tmp_path)
        monkeypatch.setattr(spool, "replay_later", lambda: None)
        self.release = catalogue.release(1)
        monkeypatch.setattr(database, "_done", fail)

    def test_people_get_there_and_the_click_is_kept(self, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
        assert click(ref).headers["Location"].startswith("https://bank.example/cash")
        assert len(spool.waiting()) == 1
        monkeypatch.undo()

        assert spool.replay() == 1
        clicked = entries()[-1]
        assert (clicked.kind, clicked.search_id) == (Kind.CLICK, UUID(SEARCH_ID))

    def test_where_the_page_is_not_known_they_get_to_the_other(self, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_number: int) -> None:
            raise OperationalError

        monkeypatch.setattr(catalogue, "release", fail)
        assert click(ref).headers["Location"] == FALLBACK


def test_one_statement_does(ref: str) -> None:
    with statements.sent() as messages:
        click(ref)
    assert len(messages) == 1
