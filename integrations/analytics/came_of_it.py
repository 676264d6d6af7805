"""What came of invented answers: clicks on their offers, applications at the bank, and the news that told of them.

States follow each other as they do at a bank, and news of what has not happened yet is not told.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.encoding import iri_to_uri

from integrations import links, privacy, references
from integrations.analytics.invention import Asked, Past, Session, Told, bytea, text
from integrations.applications.intake import DETAILS
from integrations.applications.news import News
from integrations.applications.states import Effect, State
from integrations.models import Kind
from integrations.yandex import render
from offers.domain.catalogue import Offer

PATH: Final = "/integrations/api/banking/applications"
CLIENT: Final = "crm"
APPLICATION: Final = (
    "id", "client", "application_id", "state", "state_at", "made_at", *(f"{state}_at" for state in State), "enquiry",
    "release", "product_type", "asked_amount", "asked_at", "asked_by", "ref", "search_id", "offer", *DETAILS,
)  # fmt: skip
SAID: Final = tuple(field.name for field in fields(News))
NEWS: Final = ("id", "application", "entry", "received_at", "client", "effect", "digest", *SAID)

# Shares: of who was shown something, of who clicked, of who filed, of whom the bank approved.
CLICKED, AGAIN, FILED = 0.16, 0.08, 0.4
DECLINED, APPROVED, WITHDRAWN = 0.28, 0.6, 0.05  # the rest wait
ISSUED, DECLINED_AFTER_ALL, WITHDRAWN_AFTER_ALL = 0.7, 0.03, 0.12
WITH_METRICA: Final = 0.7
LESS: Final = 0.2  # are approved for less than they asked
REASONS: Final = ("income", "history", "history", "debts", "documents", "age")
# Lines of the journal that an approval brings, as the shares have it.
LINES: Final = CLICKED * (1 + AGAIN + FILED * (1 + DECLINED + WITHDRAWN + APPROVED * 1.85))
HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """One offer that a person was shown, and took."""

    asked: Asked
    told: Told
    offer: Offer
    ref: str


def follow(session: Session, moment: datetime, asked: Asked, told: Told) -> None:
    """Perhaps a click on one of the offers, the first more often than others, and perhaps an application."""
    past, shown = session.past, told.answered.shown
    if not shown or past.random.random() >= CLICKED:
        return
    clicked = past.after(moment, 15, 240)
    if clicked >= past.end:
        return
    place = shown[min(int(past.random.expovariate(1.1)), len(shown) - 1)]
    offer = told.release.content.offers[place]
    proposal = Proposal(asked, told, offer, references.write(past.keys.ref, told.entry, told.release.number, place))
    if offer.counted_link:
        _click(session, clicked, proposal)
        if past.random.random() < AGAIN and (again := past.after(clicked, 30, 600)) < past.end:
            _click(session, again, proposal)
    if past.random.random() < FILED:
        _apply(session, clicked, proposal)


def _click(session: Session, moment: datetime, proposal: Proposal) -> None:
    """As `applications.redirect` notes it."""
    told, code = proposal.told, proposal.offer.code
    names = links.Names(proposal.ref, proposal.asked.search_id, code, told.release.number)
    location = iri_to_uri(links.fill(proposal.offer.link, names))
    answer = {"offer": code, "release": told.release.number, "enquiry": str(told.entry), "location": location}
    session.add(
        moment,
        kind=Kind.CLICK,
        client=proposal.asked.client,
        method="GET",
        path=privacy.hide_numbers(f"/go/{proposal.ref}"),
        status=302,
        asked=proposal.asked,
        told=told,
        answer=json.dumps(answer, ensure_ascii=False).encode(),
        follows=True,
    )


def _apply(session: Session, clicked: datetime, proposal: Proposal) -> None:
    """An application, and a call for each piece of news of it, but for what has not come about yet."""
    past = session.past
    application = past.id(clicked)
    told: list[News] = []
    heard: datetime | None = None
    for news in _life(past, f"past-{application.hex}", past.after(clicked, 60, 900), proposal):
        received_at = past.after(news.occurred_at, 1, 90)
        if received_at >= past.end:
            break
        answer = render.encode({"results": [_result(news)]}).encode()
        entry = session.add(received_at, kind=Kind.INTAKE, client=CLIENT, path=PATH, answer=answer)
        said = [getattr(news, name) for name in SAID]
        kept = (past.id(received_at), application, entry, received_at, CLIENT, Effect.ACCEPTED.value)
        session.news.append(text((*kept, bytea(news.digest), *said)))
        told.append(news)
        heard = heard or received_at
    if heard:
        session.applications.append(text(_row(application, proposal, told, heard)))


def _result(news: News) -> dict[str, Any]:
    """As the caller is answered."""
    return {"application_id": news.application_id, "result": Effect.ACCEPTED, "state": news.state, "matched": True}


def _row(application: UUID, proposal: Proposal, told: list[News], heard: datetime) -> tuple[Any, ...]:
    """The application as all that was told leaves it: see `applications.intake`."""
    told_at = {news.state: news.occurred_at for news in told}
    known = {name: value for news in told for name in DETAILS if (value := getattr(news, name)) is not None}
    asked, decided = proposal.asked.enquiry, proposal.told
    return (
        application, CLIENT, told[0].application_id, told[-1].state, told[-1].occurred_at, heard,
        *(told_at.get(state) for state in State), decided.entry, decided.release.number, asked.product.value,
        asked.amount, decided.decided_at, proposal.asked.client, proposal.ref, proposal.asked.search_id,
        proposal.offer.code, *(known.get(name) for name in DETAILS),
    )  # fmt: skip


def _life(past: Past, name: str, filed_at: datetime, proposal: Proposal) -> Iterator[News]:
    """How it goes on from state to state."""
    random, offer, asked = past.random, proposal.offer, proposal.asked.enquiry
    amount = offer.amount.nearest(asked.amount or offer.amount.min)
    term = None if offer.term is None else offer.term.nearest(asked.term or offer.term.min)
    rate = offer.rate.min + (offer.rate.max - offer.rate.min) * random.randrange(11) / 10
    metrica = f"16{random.randrange(10**17):017}" if random.random() < WITH_METRICA else None
    terms = {"amount": amount, "term": term, "metrica_client_id": metrica}
    yield News(name, State.FILED, filed_at, ref=proposal.ref, **terms)  # type: ignore[arg-type]
    luck, decided_at = random.random(), past.after(filed_at, 600, 9 * HOUR)
    if luck < DECLINED:
        yield News(name, State.DECLINED, decided_at, reason=random.choice(REASONS))
    elif luck < DECLINED + WITHDRAWN:
        yield News(name, State.CANCELLED, decided_at, reason="by_client")
    elif luck < DECLINED + WITHDRAWN + APPROVED:
        less = Decimal("0.8") if random.random() < LESS else Decimal(1)
        granted = offer.amount.nearest((amount * less).quantize(Decimal("0.01")))
        yield News(name, State.APPROVED, decided_at, amount=granted, rate=rate.quantize(Decimal("0.001")))
        luck, ended_at = random.random(), past.after(decided_at, HOUR, 40 * HOUR)
        if luck < ISSUED:
            yield News(name, State.ISSUED, ended_at, amount=granted)
        elif luck < ISSUED + DECLINED_AFTER_ALL:
            yield News(name, State.DECLINED, ended_at, reason=random.choice(REASONS))
        elif luck < ISSUED + DECLINED_AFTER_ALL + WITHDRAWN_AFTER_ALL:
            yield News(name, State.CANCELLED, ended_at, reason="by_client")
