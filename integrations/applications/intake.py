"""Take in what is told of applications: each piece of news once, in whatever order it comes.

A call is one transaction: its journal entry, the news for good, and where each application stands now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Field

from integrations.applications import matching, news, rows
from integrations.applications.matching import Proposal
from integrations.applications.models import Application, ApplicationEvent
from integrations.applications.news import News, Refused
from integrations.applications.states import Effect, State, effect
from integrations.ids import uuid7
from integrations.yandex.errors import Problem, bad_fields

# What later news may add to what is known, and never take away.
DETAILS = ("amount", "term", "rate", "reason", "metrica_client_id")
NAMES = ("ref", "search_id", "offer")  # of its proposal, until that is found
CHANGING = ("state", "state_at", *(f"{state}_at" for state in State), "ref", *DETAILS, *matching.PROPOSAL)
NEW = ("id", "client", "application_id", "state", "state_at", "made_at")
EVENT = tuple(field.attname for field in ApplicationEvent._meta.get_fields() if isinstance(field, Field))
CONFLICT = "поле state должно следовать из состояния {current}, а {told} из него не следует"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item."""

    application_id: str | None
    effect: Effect | None  # None: refused
    state: State | None  # of the application, now
    matched: bool  # whether the proposal that it came of is known
    problem: Problem | None = None


class Told:
    """What is known of one application while a call is taken in."""

    __slots__ = ("application", "digests")

    def __init__(self, application: Application, digests: set[bytes]) -> None:
        self.application, self.digests = application, digests


def take(client: str, items: Sequence[News | Refused], entry: UUID, now: datetime) -> list[Result]:
    """A result for each item, in their order. In the transaction that is open."""
    readable = [item for item in items if isinstance(item, News)]
    known = _known(client, readable, now)
    proposals = matching.proposals(item for item in readable if _wants_match(item, known))
    events: list[ApplicationEvent] = []
    results = [
        Result(item.application_id, None, None, matched=False, problem=item.problem)
        if isinstance(item, Refused)
        else _take(item, known, proposals, events, (client, entry, now))
        for item in items
    ]
    _keep(known.values(), events)
    return results


def _known(client: str, items: Sequence[News], now: datetime) -> dict[str, Told]:
    """The applications that are told of, locked, in one order for all: two calls never wait for each other.

    Of an unknown one a row is made at once: of two calls that tell of it the second waits for the first.
    """
    firsts = {item.application_id: item for item in reversed(items)}
    naming = {item.application_id: item for item in reversed(items) if matching.names_any(item)}
    ids = sorted(firsts)
    found = _locked(client, ids)
    digests = _digests([application.id for application in found.values()])
    if missing := [name for name in ids if name not in found and name in naming]:
        made = [_new(client, firsts[name], now) for name in missing]
        rows.insert(made, NEW)
        locked = _locked(client, missing)
        # Another call may have been quicker.
        others = {row.id for row in locked.values()} - {row.id for row in made}
        found, digests = found | locked, digests | _digests(list(others))
    return {name: Told(row, digests.get(row.id, set())) for name, row in found.items()}


def _locked(client: str, ids: list[str]) -> dict[str, Application]:
    found = Application.objects.filter(client=client, application_id__in=ids).order_by("application_id")
    return {row.application_id: row for row in found.select_for_update()}


def _new(client: str, item: News, now: datetime) -> Application:
    return Application(
        id=uuid7(now),
        client=client,
        application_id=item.application_id,
        state=item.state,
        state_at=item.occurred_at,
        made_at=now,
    )


def _digests(applications: list[UUID]) -> dict[UUID, set[bytes]]:
    told: dict[UUID, set[bytes]] = {}
    found = ApplicationEvent.objects.filter(application__in=applications).values_list("application", "digest")
    for application, digest in found if applications else ():
        told.setdefault(application, set()).add(bytes(digest))
    return told


def _wants_match(item: News, known: Mapping[str, Told]) -> bool:
    return item.application_id in known and known[item.application_id].application.enquiry is None


def _take(
    item: News,
    known: Mapping[str, Told],
    proposals: Mapping[tuple[Any, ...], Proposal],
    events: list[ApplicationEvent],
    call: tuple[str, UUID, datetime],
) -> Result:
    told = known.get(item.application_id)
    if told is None:
        return Result(item.application_id, None, None, matched=False, problem=_without_reference())
    row, digest = told.application, item.digest
    told_before, is_new = getattr(row, f"{item.state}_at") is not None, not told.digests
    if told_before or digest in told.digests:
        became = Effect.REPEATED
    else:
        became = effect(None if is_new else State(row.state), item.state)
    if digest not in told.digests:
        told.digests.add(digest)
        events.append(_event(item, digest, row, became, call))
    _learn(row, item, became, proposals)
    return Result(
        item.application_id,
        became,
        State(row.state),
        matched=row.enquiry is not None,
        problem=_conflict(row, item, became),
    )


def _event(
    item: News, digest: bytes, row: Application, became: Effect, call: tuple[str, UUID, datetime]
) -> ApplicationEvent:
    client, entry, now = call
    said = {field.name: getattr(item, field.name) for field in fields(News)}
    return ApplicationEvent(
        id=uuid7(now), application=row.id, entry=entry, received_at=now, client=client, effect=became,
        digest=digest, **said,
    )  # fmt: skip


def _learn(row: Application, item: News, became: Effect, proposals: Mapping[tuple[Any, ...], Proposal]) -> None:
    """Late news fills gaps; what is known stays, but for what an accepted state says anew."""
    if became in (Effect.ACCEPTED, Effect.LATE):
        setattr(row, f"{item.state}_at", item.occurred_at)
        for name in DETAILS if row.enquiry else (*DETAILS, *NAMES):
            said, had = getattr(item, name), getattr(row, name)
            if said is not None and (had is None or became is Effect.ACCEPTED):
                setattr(row, name, said)
    if became is Effect.ACCEPTED:
        row.state, row.state_at = item.state, item.occurred_at
    if row.enquiry is None and (found := proposals.get(matching.key(item))) is not None:
        matching.attach(row, found)


def _without_reference() -> Problem:
    return bad_fields({"ref": news.REFERENCE_MISSING}, None)


def _conflict(row: Application, item: News, became: Effect) -> Problem | None:
    if became is not Effect.CONFLICT:
        return None
    return bad_fields({"state": CONFLICT.format(current=row.state, told=item.state)}, None)


def _keep(known: Iterable[Told], events: list[ApplicationEvent]) -> None:
    rows.insert(events, EVENT)
    changed = {event.application for event in events}
    rows.update([told.application for told in known if told.application.id in changed], CHANGING)
