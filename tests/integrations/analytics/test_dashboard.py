from datetime import datetime, timedelta

import pytest

from integrations.analytics import dashboard, tallies
from integrations.analytics.past import Filled
from integrations.analytics.tallies import MOSCOW
from integrations.models import JournalEntry
from tests.factories import LoanFactory, publish
from tests.integrations.factories import JournalEntryFactory

NOON = datetime(2026, 3, 10, 12, tzinfo=MOSCOW)
WINDOW = tallies.Window(NOON, NOON + timedelta(hours=8), None)


@pytest.mark.django_db
def test_releases_are_marked_from_their_first_decision_on() -> None:
    publish(LoanFactory())
    publish(LoanFactory())
    for hour, release in ((0, 1), (3, 2), (5, 2)):
        JournalEntryFactory(received_at=NOON + timedelta(hours=hour), release=release, reasons=[0])
    JournalEntryFactory(received_at=NOON + timedelta(hours=6), release=7, repeated=True)

    (change,) = dashboard.changes(WINDOW, "hour")

    assert (change.at, change.release, change.author) == (NOON + timedelta(hours=3), 2, "tests")


@pytest.mark.django_db
def test_quantiles_and_the_deadline() -> None:
    for latency in (*[2_000] * 90, *[20_000] * 9, 800_000):
        JournalEntryFactory(received_at=NOON, latency_us=latency)

    answers, pending = dashboard.latency(WINDOW, 800)
    (point,) = dashboard.latency_points(WINDOW, "hour")

    assert (answers.p50, answers.p95, answers.p99, answers.late) == (2, 20, 20, 1)
    assert answers.late_percent == 1
    assert (point.p50, point.p95, point.p99) == (2, 20, 20)
    assert pending.count == 0


@pytest.mark.django_db
def test_time_until_done_runs_from_the_question_left_open() -> None:
    asked = JournalEntryFactory(received_at=NOON, decision=None, release=None, decided_at=None)
    for seconds, decision, repeated in ((60, None, False), (300, "rejected", False), (400, "rejected", True)):
        JournalEntryFactory(
            kind="poll",
            search_id=asked.search_id,
            received_at=NOON + timedelta(seconds=seconds),
            decision=decision,
            repeated=repeated,
        )

    _answers, pending = dashboard.latency(WINDOW, 800)

    assert (pending.count, pending.p50_seconds) == (1, 300)
    assert dashboard.left_open(WINDOW) == 1


def test_splits_and_hours_add_up(filled: Filled) -> None:
    window = tallies.window(filled.start, filled.end + timedelta(minutes=1))
    decided = JournalEntry.objects.filter(decision__isnull=False, repeated=False)

    found = dashboard.demand(window)

    assert sum(split.total for split in found.products) == decided.count()
    assert sum(split.total for split in found.amounts["loan"]) == decided.filter(product_type="loan").count()
    assert sum(split.total for split in found.terms) == decided.filter(product_type="loan").count()
    assert sum(dashboard.by_hour_of_day(window)) == JournalEntry.objects.exclude(kind="intake").count()


def test_offers_are_counted_apart_from_other_products(filled: Filled) -> None:
    found = dashboard.offers(tallies.window(filled.start, filled.end + timedelta(minutes=1)))

    assert {offer.offer for offer in found} == {"loan-small", "loan-large", "card"}
    loans = JournalEntry.objects.filter(decision__isnull=False, repeated=False, product_type="loan").count()
    for offer in found:
        if offer.offer.startswith("loan"):
            assert offer.shown + sum(offer.left_out.values()) == loans
