"""Each enquiry reaches the bank's own system once it takes it, and its phone number nobody else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from integrations import journal
from integrations.applications import leads
from integrations.applications.models import Lead, LeadCursor
from integrations.models import JournalEntry, Kind, MonthKey
from tests.integrations.applications.conftest import asked_again
from tests.integrations.yandex.conftest import SEARCH_ID, Api

PHONE = "9330445040"


class Crm:
    """Takes what it is told with the status that it is told to answer."""

    def __init__(self) -> None:
        self.status, self.taken = 200, list[tuple[dict[str, str], Any]]()
        crm = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                crm.taken.append((dict(self.headers), json.loads(body)))
                self.send_response(crm.status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/leads"


@pytest.fixture
def crm(settings: Any, ref: str) -> Iterator[Crm]:
    """After one enquiry, which was answered before leads were switched on."""
    running = Crm()
    thread = Thread(target=running.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.LEADS_URL, settings.LEADS_TOKEN = running.address, "secret of the crm"
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


@pytest.fixture
def lead(crm: Crm, yandex: Api) -> Lead:
    asked_again(yandex, search_id="7e4e0c1a-4f0a-4f7e-9d0f-3c1f0f6f9a11")
    entry = JournalEntry.objects.order_by("received_at").last()
    assert entry
    return Lead.objects.create(id=entry.id, received_at=entry.received_at, next_try_at=datetime.now(UTC))


def test_it_works(crm: Crm, lead: Lead) -> None:
    assert leads.deliver(Event()) == 1

    ((headers, taken),) = crm.taken
    assert headers["Authorization"] == "Bearer secret of the crm"
    assert headers["Idempotency-Key"] == taken["lead_id"] == str(lead.id)
    assert (taken["phone_number"], taken["amount"], taken["decision"]) == (PHONE, 500000, "has_approve")
    assert [offer["offer"] for offer in taken["offers"]] == ["cash"]
    lead.refresh_from_db()
    assert (lead.attempts, lead.next_try_at, lead.failure) == (1, None, "")
    assert leads.deliver(Event()) == 0


def test_the_opening_is_journalled(crm: Crm, lead: Lead) -> None:
    leads.deliver(Event())

    opened = JournalEntry.objects.get(kind=Kind.OPENED)
    told = journal.details(bytes(opened.answer))
    assert told == {"entry": str(lead.id), "recipient": "leads", "attempt": 1}


@pytest.mark.parametrize("status", [301, 302, 400, 403, 500, 503])
def test_what_is_not_taken_is_tried_again_and_nowhere_else(status: int, crm: Crm, lead: Lead) -> None:
    crm.status = status
    assert leads.deliver(Event()) == 0

    lead.refresh_from_db()
    assert lead.failure == f"HTTP {status}"
    assert lead.next_try_at
    assert timedelta(seconds=50) < lead.next_try_at - datetime.now(UTC) < timedelta(seconds=70)
    assert len(crm.taken) == 1
    crm.status = 204
    assert leads.deliver(Event(), datetime.now(UTC) + timedelta(minutes=2)) == 1


def test_it_gives_up_some_day(crm: Crm, lead: Lead) -> None:
    crm.status, lead.attempts = 500, leads.ATTEMPTS_MAX - 1
    lead.save()
    leads.deliver(Event())

    lead.refresh_from_db()
    assert (lead.next_try_at, lead.delivered_at) == (None, None)


def test_who_is_not_there_is_tried_again(settings: Any, crm: Crm, lead: Lead, caplog: pytest.LogCaptureFixture) -> None:
    settings.LEADS_URL = "http://127.0.0.1:1/"
    leads.deliver(Event())

    lead.refresh_from_db()
    assert lead.failure == "ConnectError"
    assert PHONE not in caplog.text


def test_what_can_be_opened_no_more_is_no_lead(crm: Crm, lead: Lead) -> None:
    MonthKey.objects.update(wrapped=None)
    leads.deliver(Event())

    lead.refresh_from_db()
    assert (lead.failure, lead.next_try_at) == (leads.GONE, None)
    assert not crm.taken
    assert not JournalEntry.objects.filter(kind=Kind.OPENED).exists()


def test_leads_are_taken_from_the_journal_once(ref: str) -> None:
    """Within a test's transaction nothing is final yet, so the cursor is turned back by hand."""
    assert leads.collect() == 0
    assert LeadCursor.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("select min(xact) from integrations_journalentry")
        assert cursor.fetchone()[0] >= LeadCursor.objects.get().xact
    assert leads.collect() == 0
    assert JournalEntry.objects.filter(search_id=SEARCH_ID).exists()


def test_off_by_default(ref: str) -> None:
    leads.work(Event())
    assert not LeadCursor.objects.exists()
