"""The whole wait is visible: how long, where, and what came of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser

from integrations.analytics import waiting
from integrations.models import Client
from offers.models import Offer
from tests.factories import LoanFactory, analyst, publish
from tests.integrations.scoring.conftest import Scorer
from tests.integrations.yandex import conftest, test_scoring
from tests.integrations.yandex.conftest import SEARCH_ID, Api, question
from tests.integrations.yandex.test_scoring import FAILING, LATER, POLL, REFUSED, go_on, granted, set_policy

# Fixtures.
scorer, fresh, scored, loan = test_scoring.scorer, test_scoring.fresh, test_scoring.scored, test_scoring.loan
yandex = conftest.yandex

LIST = "/admin/integrations/journalentry/"
ENQUIRY = f"{LIST}enquiry/{SEARCH_ID}/"
DASHBOARD = f"{LIST}dashboard/"
OTHER_ID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def reader(client: Browser, db: None) -> Browser:
    client.force_login(analyst())
    return client


def shown(reader: Browser, address: str) -> Any:
    answer = reader.get(address)
    assert answer.status_code == 200
    return answer


def block(answer: Any, name: str) -> str:
    """The text of that part of the page; empty where there is none."""
    _before, _id, rest = answer.content.decode().partition(f'id="{name}"')
    return str(rest.partition("</section>")[0])


def test_who_waits_for_longest_is_told(yandex: Api, scored: None, scorer: Scorer) -> None:
    scorer.answers = [LATER]
    yandex.post(question())
    yandex.post(question(search_id=OTHER_ID))

    waits = waiting.now_waiting(datetime.now(UTC) + timedelta(seconds=20))

    assert waits
    assert (waits.count, waits.search_id) == (2, UUID(SEARCH_ID))
    assert timedelta(seconds=20) <= waits.longest < timedelta(seconds=60)
    Client.objects.update(on_trial=True)
    assert waiting.now_waiting(datetime.now(UTC)) is None


def test_the_wait_of_one_enquiry_is_on_its_page(yandex: Api, scored: None, scorer: Scorer, reader: Browser) -> None:
    scorer.answers = [LATER, LATER, granted()]
    yandex.post(question())
    go_on()

    [pending] = shown(reader, ENQUIRY).context["waiting"]
    assert pending.attempts == 2
    assert pending.since <= datetime.now(UTC) < pending.due_at + timedelta(seconds=15)
    assert "ждёт решения" in block(shown(reader, ENQUIRY), "waits")

    go_on()
    page = shown(reader, ENQUIRY)
    assert page.context["waiting"] == []
    [step] = page.context["scored"]
    assert (step.entry.kind, step.verdict, step.known.scored.attempts) == ("decided", "одобрено", 3)
    assert step.seconds * 1000 >= step.known.scored.waited_ms - 1
    told = block(page, "waits")
    assert "Решено позже" in told
    assert "ждёт решения" not in told


def test_what_the_scoring_said_is_told(yandex: Api, scored: None, scorer: Scorer, reader: Browser) -> None:
    scorer.answers = [REFUSED]
    yandex.post(question())
    yandex.post(POLL)
    told = block(shown(reader, ENQUIRY), "waits")
    assert told.count("отказано") == told.count("low_score") == 1


def test_where_nothing_waits_and_nothing_scores_nothing_is_said(yandex: Api, loan: Offer, reader: Browser) -> None:
    yandex.post(question())
    assert not block(shown(reader, ENQUIRY), "waits")
    assert not block(shown(reader, DASHBOARD), "waiting")


def test_the_dashboard_tells_what_waits_and_what_was_decided_later(
    yandex: Api, loan: Offer, scorer: Scorer, reader: Browser, settings: Any
) -> None:
    set_policy("scoring_with_fallback")
    assert block(shown(reader, DASHBOARD), "waiting")
    scorer.answers = [FAILING]
    yandex.post(question())
    settings.SCORING_GIVE_UP_SECONDS = 0
    go_on()
    yandex.post(question(search_id=OTHER_ID))

    page = shown(reader, DASHBOARD)

    told = page.context
    assert (told["waiting"].count, told["left_open"], told["without_scoring"]) == (1, 2, 1)
    assert f"enquiry/{OTHER_ID}/" in block(page, "waiting")


@pytest.mark.django_db
def test_an_unpublished_catalogue_is_no_failure(reader: Browser) -> None:
    LoanFactory()
    assert not block(shown(reader, DASHBOARD), "waiting")
    publish()
    assert not block(shown(reader, DASHBOARD), "waiting")
