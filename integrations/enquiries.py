"""Remember answers and recall them: the same question gets the same answer.

The table of enquiries settles who was first. Whoever finds the question answered already gets no row back, and asks
for the stored answer with a second statement; so does whoever decided on a release that is live no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from integrations import database, journal
from integrations.journal import Exchange, Outcome
from integrations.questions import ANSWER_HEAD, Question, SearchId
from offers import catalogue
from offers.catalogue import LIVE_NUMBER
from offers.domain.catalogue import Content, Product
from offers.domain.decide import Decision, Enquiry, Reason, available

# The stored answer, with the id spelt as it was sent this time.
RESPELT = f"overlay(known.answer placing %(spelling)s from {len(ANSWER_HEAD) + 1})"

# A stored answer is void once it has outlived its time, or an offer in it is available no more.
VOID = "(known.decided_at <= %(oldest)s or not known.offered <@ %(available)s::varchar[])"


def _remember(on_conflict: str) -> str:
    return f"""
with live as ({LIVE_NUMBER}), e as (
    insert into integrations_enquiry as known (
        id, client, search_id, fields_digest, asked_at, product_type, amount, term, phone_hash, phone_mask,
        decided_at, release, decision, reasons, offered, known, answer)
    select %(id)s, %(client)s, %(search_id)s, %(fields_digest)s, %(received_at)s, %(product_type)s, %(amount)s,
        %(term)s, %(phone_hash)s, %(phone_mask)s, %(decided_at)s, %(release)s, %(decision)s, %(reasons)s, %(offered)s,
        %(known)s, %(answer)s
    from live where live.number = %(release)s
    on conflict (client, search_id, fields_digest) do {on_conflict}
    returning 1)
{journal.insert("from e")} returning id"""


REMEMBER = _remember("nothing")
REPLACE = _remember(f"""update set
        id = excluded.id, asked_at = excluded.asked_at, decided_at = excluded.decided_at, release = excluded.release,
        decision = excluded.decision, reasons = excluded.reasons, offered = excluded.offered, known = excluded.known,
        answer = excluded.answer
    where {VOID}""")

RECALLED = {
    "decision": "e.decision",
    "release": "e.release",
    "reasons": "e.reasons",
    "decided_at": "e.decided_at",
    "repeated": "true",
    "known": "e.known",
    "answer": "coalesce(e.respelt, %(answer)s)",
}
RECALL = f"""
with live as ({LIVE_NUMBER}), e as (
    update integrations_enquiry as known set asked_at = greatest(known.asked_at, %(received_at)s)
    from live
    where known.client = %(client)s and known.search_id = %(search_id)s and known.fields_digest = %(fields_digest)s
        and live.number = %(release)s and {VOID} is not true
    returning known.*, {RESPELT} as respelt
), j as ({journal.insert("from e", **RECALLED)})
select coalesce(e.respelt, %(answer)s) from e"""

REVISION = (
    "client", "fields_digest", "product_type", "amount", "term", "phone_hash", "phone_mask",
    "decision", "release", "reasons", "decided_at", "offered", "known",
)  # fmt: skip
LATEST = f"""
select ({LIVE_NUMBER}), {RESPELT}, {", ".join(f"known.{name}" for name in REVISION)}
from integrations_enquiry as known
where known.client = %(client)s and known.search_id = %(search_id)s
    and (known.decided_at > %(oldest)s or known.decided_at is null)
order by known.asked_at desc, known.id desc limit 1"""


@dataclass(frozen=True, slots=True)
class Stored:
    """The revision that was asked last."""

    question: Question
    enquiry: Enquiry
    phone_hash: bytes
    phone_mask: str
    outcome: Outcome | None  # None: pending
    offered: frozenset[str]
    answer: bytes | None

    def is_void(self, content: Content, now: datetime) -> bool:
        """Whether an offer in the answer has been paused or has ended since."""
        return not self.offered.issubset(available(content, now))


def remember(
    exchange: Exchange, question: Question, decision: Decision, answer: bytes, *, void_by: Content | None = None
) -> bool:
    """Store the answer and its entry, in one statement; whether this was the first, on the live release.

    `exchange.outcome` says what was decided. With `void_by` also over a stored answer that is void by that content.
    """
    parameters = {
        **journal.entry(exchange, 200, answer),
        **_parameters(question),
        "offered": database.array([proposal.offer.code for proposal in decision.proposals]),
        **(_validity(exchange, void_by) if void_by else {}),
    }
    exchange.recorded = bool(database.execute(REPLACE if void_by else REMEMBER, parameters))
    return exchange.recorded


def recall(exchange: Exchange, question: Question, content: Content, *, pending: bytes) -> bytes | None:
    """The stored answer, its entry written; None where the release of that content is live no more.

    `pending`: what to say of a question that is not decided yet.
    """
    parameters = {
        **journal.entry(exchange, 200, pending),
        **_parameters(question),
        **_validity(exchange, content),
        "spelling": question.search_id.spelling.encode(),
    }
    rows = database.execute(RECALL, parameters)
    exchange.recorded = bool(rows)
    return bytes(rows[0][0]) if rows else None


def latest(exchange: Exchange, search_id: SearchId) -> Stored | None:
    """The revision of that id that this client asked last, if its answer has not outlived its time.

    Brings the live release up to date in passing: whether the answer still stands depends on it.
    """
    parameters = {
        "client": exchange.caller,
        "search_id": search_id.value,
        "spelling": search_id.spelling.encode(),
        "oldest": _oldest(exchange),
    }
    rows = database.execute(LATEST, parameters)
    if not rows:
        return None
    live, answer, *revision = rows[0]
    catalogue.go_live(live)
    return _stored(search_id, answer, dict(zip(REVISION, revision, strict=True)))


def _stored(search_id: SearchId, answer: memoryview | None, revision: dict[str, Any]) -> Stored:
    return Stored(
        question=Question(revision["client"], search_id, bytes(revision["fields_digest"])),
        enquiry=Enquiry(Product(revision["product_type"]), revision["amount"], revision["term"]),
        phone_hash=bytes(revision["phone_hash"]),
        phone_mask=revision["phone_mask"],
        outcome=None if answer is None else _outcome(revision),
        offered=frozenset(revision["offered"] or ()),
        answer=None if answer is None else bytes(answer),
    )


def _outcome(revision: dict[str, Any]) -> Outcome:
    reasons = tuple(map(Reason, revision["reasons"]))
    return Outcome(
        revision["decision"], revision["release"], reasons, revision["decided_at"], revision["known"], repeated=True
    )


def _parameters(question: Question) -> dict[str, Any]:
    return {
        "client": question.client,
        "search_id": question.search_id.value,
        "fields_digest": question.fields_digest,
    }


def _validity(exchange: Exchange, content: Content) -> dict[str, Any]:
    """By what a stored answer is void or not."""
    return {"oldest": _oldest(exchange), "available": list(available(content, exchange.received_at))}


def _oldest(exchange: Exchange) -> datetime:
    return exchange.received_at - timedelta(hours=settings.ANSWERS_LIFETIME_HOURS)
