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

    answers, pending, _without = dashboard.latency(WINDOW, 800)
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

    _answers, pending, _without = dashboard.latency(WINDOW, 800)

    assert (pending.count, pending.p50_seconds) == (1, 300)
    assert dashboard.left_open(WINDOW) == 1


@pytest.mark.django_db
def test_what_was_decided_for_want_of_the_scoring_is_counted_once_an_enquiry() -> None:
    publish(LoanFactory(), LoanFactory(code="other"))
    for kind, reasons, repeated in (
        ("approval", [17, 17], False),
        ("decided", [14, 5], False),
        ("poll", [14, 5], True),
        ("approval", [0, 5], False),
    ):
        JournalEntryFactory(kind=kind, received_at=NOON, release=1, reasons=reasons, repeated=repeated)
    assert dashboard.latency(WINDOW, 800)[2].count == 2


@pytest.mark.django_db
def test_a_decision_made_later_is_counted_and_is_no_request() -> None:
    asked = JournalEntryFactory(received_at=NOON, decision=None, release=None, decided_at=None)
    JournalEntryFactory(kind="decided", search_id=asked.search_id, received_at=NOON + timedelta(seconds=9))
    JournalEntryFactory(kind="poll", search_id=asked.search_id, received_at=NOON + timedelta(seconds=20), repeated=True)

    (point,) = dashboard.points(WINDOW, "hour")

    assert (point.requests, point.approved, point.polls) == (2, 1, 1)
    assert sum(dashboard.by_hour_of_day(WINDOW)) == 2
    assert dashboard.latency(WINDOW, 800)[1].p50_seconds == 9


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
