"""What a client that only tests has asked, and what came of it, stays out of all that analysts count."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from integrations import journal
from integrations.analytics import dashboard, tallies, unmet
from integrations.analytics.tallies import HOUR, MOSCOW
from integrations.applications import conversions, direct, funnel, honesty, leads
from integrations.applications.funnel import By
from integrations.applications.models import Lead
from integrations.applications.states import State
from integrations.ids import uuid7
from integrations.journal import Exchange
from integrations.models import Client, JournalEntry, Kind
from offers.domain.catalogue import Product
from tests.factories import LoanFactory, publish
from tests.integrations.applications.factories import ApplicationFactory
from tests.integrations.factories import ClientFactory, JournalEntryFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, tzinfo=MOSCOW)
VIEWS = (
    "exchanges", "exchange_reasons", "clicks", "applications", "application_news", "requests", "latency", "demand",
    "refused", "offer_reasons", "funnel",
)  # fmt: skip

Ask = Callable[[str], None]


@pytest.fixture
def ask() -> Ask:
    """One of everything by that client: a question left open, a refusal, an approval, a click and an application."""
    publish(LoanFactory(code="cash"))

    def by(client: str) -> None:
        common: dict[str, Any] = {"client": client, "received_at": NOON, "release": 1}
        JournalEntryFactory(client=client, received_at=NOON, decision=None, decided_at=None)
        JournalEntryFactory(**common, decision="rejected", reasons=[14])
        approved = JournalEntryFactory(**common, reasons=[0])
        JournalEntryFactory(client=client, received_at=NOON, status=503, decision=None)
        click(approved)
        ApplicationFactory(
            enquiry=approved.id, asked_at=NOON, asked_by=client, state_at=NOON, filed_at=NOON, offer="cash"
        )

    return by


def click(approved: JournalEntry) -> None:
    moment = NOON + timedelta(minutes=1)
    exchange = Exchange(
        id=uuid7(moment), received_at=moment, method="GET", path="/go/ref", remote_addr=None, body=b"", length=0,
        kind=Kind.CLICK, follows=approved.id,
    )  # fmt: skip
    journal.append(exchange, 302, f'{{"offer": "cash", "release": 1, "enquiry": "{approved.id}"}}'.encode())


def counted() -> dict[str, Any]:
    """What the pages show of that day."""
    window = tallies.window(NOON - 2 * HOUR, NOON + 5 * HOUR)
    return {
        "points": dashboard.points(window, "hour"),
        "hours": dashboard.by_hour_of_day(window),
        "demand": dashboard.demand(window),
        "offers": dashboard.offers(window),
        "latency": dashboard.latency(window, 800),
        "failures": dashboard.failures(window),
        "left open": dashboard.left_open(window),
        "map": unmet.demand_map(window, Product.LOAN),
        "refused": unmet.refused(window, Product.LOAN),
        **{f"by {by}": funnel.lines(window, by) for by in By},
        "waits": funnel.waits(window),
        "honesty": honesty.measure(window),
        "conversions": len(conversions.waiting(direct.NAME, window.start, window.end, list(State))),
        **{view: _rows(view) for view in VIEWS},
    }


def _rows(view: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from analysis.{view}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("is_tallied", [True, False])
def test_it_is_left_out_everywhere(ask: Ask, is_tallied: bool) -> None:  # noqa: FBT001  (a case)
    ClientFactory(id="yandex")
    ClientFactory(id="yandex-test", on_trial=True)
    ask("yandex")
    before = _rolled(is_tallied=is_tallied)
    assert before["points"][0].requests == 4
    assert {view for view in VIEWS if before[view]} >= {"exchanges", "exchange_reasons", "clicks", "applications"}

    ask("yandex-test")

    assert _rolled(is_tallied=is_tallied) == before
    Client.objects.update(on_trial=False)
    assert _rolled(is_tallied=is_tallied) != before


def _rolled(*, is_tallied: bool) -> dict[str, Any]:
    if is_tallied:
        tallies.roll(NOON + 3 * HOUR)
    return counted()


def test_strangers_are_counted(ask: Ask) -> None:
    ClientFactory(id="yandex-test", on_trial=True)
    JournalEntryFactory(client=None, kind="unread", status=403, decision=None, received_at=NOON)
    assert counted()["points"][0].errors == 1


def test_a_mark_set_later_reaches_back_a_day_in_what_is_tallied(ask: Ask) -> None:
    ClientFactory(id="yandex-test")
    ask("yandex-test")
    tallies.roll(NOON + 2 * HOUR)
    Client.objects.update(on_trial=True)

    tallies.roll(NOON + 26 * HOUR)
    assert counted()["points"] != []
    tallies.roll(NOON + 24 * HOUR)
    assert counted()["points"] == []


def test_no_lead_comes_of_it() -> None:
    ClientFactory(id="yandex-test", on_trial=True)
    leads.collect()
    kept, _left_out = (JournalEntryFactory(client=client) for client in ("yandex", "yandex-test"))
    with connection.cursor() as cursor:  # as if other transactions had followed
        cursor.execute(leads.TAKE.replace("xact < cursor.xmin", "true"), {"since": 0})
    assert [lead.id for lead in Lead.objects.all()] == [kept.id]
