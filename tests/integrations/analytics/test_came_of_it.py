"""What an invented past tells of clicks and applications is what the service itself would have noted and taken in."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings

from integrations import journal, references
from integrations.analytics import came_of_it, past, tallies
from integrations.analytics.past import Filled
from integrations.applications import conversions, direct, funnel, intake, matching
from integrations.applications.funnel import By, Step
from integrations.applications.models import Application, ApplicationEvent
from integrations.applications.news import News
from integrations.applications.states import State, leads
from integrations.models import JournalEntry, Kind
from tests.factories import LoanFactory, publish

ROWS = 2_000
COUNTED = "https://credits.bank.example/go/{ref}"


@pytest.fixture
def came(db: None, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """Of a bank whose people click more than elsewhere."""
    monkeypatch.setattr(came_of_it, "CLICKED", 0.8)
    publish(LoanFactory(code="cash", link="https://bank.example/?ref={ref}", counted_link=COUNTED))
    return past.fill(ROWS, months=2, seed=5, now=datetime.now(UTC))


def news_of(application: Application) -> list[ApplicationEvent]:
    return list(ApplicationEvent.objects.filter(application=application.id).order_by("occurred_at"))


def test_clicks_follow_the_answer_that_showed_the_offer(came: Filled) -> None:
    clicks = JournalEntry.objects.filter(kind=Kind.CLICK)
    assert clicks.count() > 50
    for click in clicks:
        told = journal.details(bytes(click.answer))
        asked = JournalEntry.objects.get(id=told["enquiry"])
        reference = references.read(settings.REF_KEY.secret, told["location"].partition("ref=")[2])
        assert (reference.enquiry, reference.release) == (asked.id, asked.release)
        assert told["location"].encode().partition(b"ref=")[2] in bytes(asked.answer)
        assert click.received_at > asked.received_at
        assert (click.search_id, click.release, click.decided_at) == (asked.search_id, asked.release, asked.decided_at)
        assert (click.client, click.status, click.phone_hash, click.request_sealed) == (asked.client, 302, None, None)


def test_states_follow_each_other_and_the_application_is_what_was_told(came: Filled) -> None:
    applications = Application.objects.all()
    assert set(applications.values_list("state", flat=True)) == set(State)
    for application in applications:
        told = news_of(application)
        states = [State(event.state) for event in told]
        assert states[0] is State.FILED
        assert all(leads(*step) for step in pairwise(states))
        assert (application.state, application.state_at) == (states[-1], told[-1].occurred_at)
        assert {state: moment for state in State if (moment := getattr(application, f"{state}_at"))} == {
            event.state: event.occurred_at for event in told
        }
        assert application.made_at == told[0].received_at <= came.end
        assert all(event.occurred_at <= event.received_at <= came.end for event in told)


def test_applications_are_matched_as_the_service_would(came: Filled) -> None:
    applications = list(Application.objects.all())
    found = matching.proposals(applications)
    for application in applications:
        was = {name: getattr(application, name) for name in matching.PROPOSAL}
        matching.attach(application, found[matching.key(application)])
        assert {name: getattr(application, name) for name in matching.PROPOSAL} == was


def test_news_come_by_calls_that_were_answered_so(came: Filled) -> None:
    for event in ApplicationEvent.objects.all():
        call = JournalEntry.objects.get(id=event.entry)
        assert (call.kind, call.client, call.status) == (Kind.INTAKE, "crm", 200)
        assert journal.details(bytes(call.answer)) == {
            "results": [
                {
                    "application_id": event.application_id,
                    "result": "accepted",
                    "state": event.state,
                    "matched": True,
                }
            ]
        }
        assert bytes(event.digest) == _news(event).digest
    assert JournalEntry.objects.filter(kind=Kind.INTAKE).count() == ApplicationEvent.objects.count()


def test_the_last_call_has_its_event_however_many_rows_are_asked_for(came: Filled) -> None:
    """The rows asked for may end in the middle of a session."""
    for more in range(1, 9):
        past.fill(more, months=1, seed=more, now=datetime.now(UTC))
    assert JournalEntry.objects.count() == ROWS + sum(range(1, 9))
    assert JournalEntry.objects.filter(kind=Kind.INTAKE).count() == ApplicationEvent.objects.count()


def _news(event: ApplicationEvent) -> News:
    said: dict[str, Any] = {name: getattr(event, name) for name in came_of_it.SAID}
    return News(**said | {"state": State(event.state)})


def test_told_again_nothing_is_new(came: Filled) -> None:
    event = ApplicationEvent.objects.filter(state="filed")[0]
    before = ApplicationEvent.objects.count()

    (result,) = intake.take("crm", [_news(event)], event.entry, datetime.now(UTC))

    assert result.effect == "repeated"
    assert ApplicationEvent.objects.count() == before


def test_the_funnel_and_the_way_to_yandex_have_something_to_show(came: Filled) -> None:
    whole = funnel.total(funnel.lines(tallies.window(came.start, came.end), By.PRODUCT))
    counts = [whole.counts[step] for step in Step]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] > 5
    assert conversions.waiting(direct.NAME, came.start, came.end, list(State))
