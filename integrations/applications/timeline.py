"""The whole life of one enquiry, from the question to the issue, in the order in which it happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from integrations import journal
from integrations.applications.models import Application, ApplicationEvent
from integrations.models import JournalEntry, Kind
from offers import wording

# Somebody who polls for ever shall not make the page endless.
MOST = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. `entry`: where the journal tells it; `application`: what it is about."""

    at: datetime
    what: str
    detail: str
    entry: UUID | None = None
    application: Application | None = None


def life(search_id: UUID) -> list[Moment]:
    """Questions, polls, clicks, and what the bank told of its applications. A state stands where it came about."""
    return sorted([*_exchanges(search_id), *_news(search_id)], key=lambda moment: moment.at)


def _exchanges(search_id: UUID) -> list[Moment]:
    entries = JournalEntry.objects.filter(search_id=search_id).order_by("received_at", "id")
    told = entries.only("id", "received_at", "kind", "status", "decision", "repeated", "answer")[:MOST]
    return [Moment(entry.received_at, entry.get_kind_display(), _told(entry), entry=entry.id) for entry in told]


def _told(entry: JournalEntry) -> str:
    if entry.kind == Kind.CLICK:
        return str(journal.details(bytes(entry.answer)).get("offer", ""))
    if entry.decision is None:
        return str(entry.status)
    return f"{entry.get_decision_display()} ({_('given again')})" if entry.repeated else entry.get_decision_display()


def _news(search_id: UUID) -> list[Moment]:
    applications = {row.id: row for row in Application.objects.filter(search_id=search_id)[:MOST]}
    events = ApplicationEvent.objects.filter(application__in=applications).order_by("occurred_at", "id")[:MOST]
    return [
        Moment(event.occurred_at, event.get_state_display(), _of(event), event.entry, applications[event.application])
        for event in events
    ]


def _of(event: ApplicationEvent) -> str:
    parts: list[Any] = [event.application_id]
    parts += [wording.money(event.amount)] if event.amount is not None else []
    parts += [event.reason] if event.reason else []
    parts += [event.get_effect_display()] if event.effect != "accepted" else []
    return ", ".join(map(str, parts))
