"""What came of the questions of a week, in counts, money and time; and whether "pre-approved" was true."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from integrations.analytics import tallies
from integrations.applications import funnel, honesty, timeline
from integrations.applications.funnel import By, Step
from integrations.applications.honesty import Verdict
from tests.integrations.applications.conftest import Bank, click, item
from tests.integrations.applications.factories import ApplicationFactory
from tests.integrations.yandex.conftest import SEARCH_ID

HOUR = timedelta(hours=1)


def window() -> tallies.Window:
    now = datetime.now(UTC)
    return tallies.window(now - HOUR, now + HOUR)


@pytest.fixture
def whole_way(ref: str, bank: Bank) -> None:
    """One person who went all the way, clicking twice; another application that came of nothing known."""
    click(ref)
    click(ref)
    now = datetime.now(UTC)
    bank.tell(
        item(ref=ref, occurred_at=now.isoformat()),
        item(ref=ref, state="approved", occurred_at=now.isoformat()),
        item(ref=ref, state="issued", occurred_at=now.isoformat(), amount=300000),
        item(application_id="A-2"),
    )


@pytest.mark.parametrize("by", By)
def test_it_works(by: By, whole_way: None) -> None:
    (line,) = funnel.lines(window(), by)

    later = {Step.APPROVED: 1, Step.CLICKED: 1, Step.FILED: 1, Step.AGREED: 1, Step.ISSUED: 1}
    assert line.counts == later | ({} if by is By.OFFER else {Step.ASKED: 1})
    assert line.money[Step.CLICKED] == Decimal(500000)
    assert line.money[Step.ISSUED] == Decimal(300000)
    assert line.share(Step.ISSUED, Step.APPROVED) == 100
    key = {By.PRODUCT: "loan", By.OFFER: "cash", By.RELEASE: 1, By.AMOUNT: 500_000}.get(by)
    assert key in (None, line.key)


def test_money_is_counted_from_the_question_on(whole_way: None) -> None:
    whole = funnel.total(funnel.lines(window(), By.PRODUCT))
    assert whole.money[Step.ASKED] == whole.money[Step.APPROVED] == Decimal(500000)


def test_the_tallies_say_the_same(whole_way: None) -> None:
    """Hours that have passed are asked of the tallies."""
    before = {by: [(line.key, line.counts, line.money) for line in funnel.lines(window(), by)] for by in By}
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from analysis.funnel where step in ('clicked', 'filed', 'agreed', 'issued')")
        assert cursor.fetchone() == (4,)
    now = datetime.now(UTC)
    tallies.roll(now + 2 * HOUR)
    wide = tallies.window(now - HOUR, now + HOUR)
    assert wide.tallied_until
    assert {by: [(line.key, line.counts, line.money) for line in funnel.lines(wide, by)] for by in By} == before


def test_how_long_each_step_took(db: None) -> None:
    now = datetime.now(UTC)
    for minutes in (10, 20, 30):
        at = now + timedelta(minutes=minutes)
        ApplicationFactory(asked_at=now, filed_at=at, approved_at=at + HOUR, issued_at=at + 3 * HOUR)
    filed, agreed, issued = funnel.waits(window())

    assert (filed.count, filed.half) == (3, timedelta(minutes=20))
    assert (agreed.half, issued.half) == (HOUR, 2 * HOUR)


@pytest.mark.parametrize(
    ("agreed", "declined", "verdict"),
    [(9, 11, Verdict.FALSE), (10, 10, Verdict.TRUE), (0, 19, Verdict.UNKNOWN), (0, 0, Verdict.UNKNOWN)],
)
def test_whether_pre_approved_is_true(agreed: int, declined: int, verdict: Verdict, db: None) -> None:
    now = datetime.now(UTC)
    ApplicationFactory(filed_at=now)
    ApplicationFactory.create_batch(agreed, approved_at=now)
    ApplicationFactory.create_batch(declined, declined_at=now)
    (measured,) = honesty.measure(window())

    assert (measured.offer, measured.filed, measured.decided) == ("cash", agreed + declined + 1, agreed + declined)
    assert measured.verdict is verdict


def test_an_issued_application_was_approved(db: None) -> None:
    ApplicationFactory(issued_at=datetime.now(UTC))
    (measured,) = honesty.measure(window())
    assert (measured.agreed, measured.issued) == (1, 1)


def test_the_life_of_one_enquiry(whole_way: None, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    told = timeline.life(UUID(SEARCH_ID))

    assert [moment.application.application_id if moment.application else "" for moment in told].count("A-1") == 3
    assert told[0].detail
    assert "cash" in [moment.detail for moment in told]
    assert [moment.at for moment in told] == sorted(moment.at for moment in told)
