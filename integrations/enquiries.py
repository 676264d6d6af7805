"""Remember answers and recall them: the same question gets the same answer.

The table of enquiries settles who was first. Whoever finds the question answered already gets no row back, and asks
for the stored answer with a second statement; so does whoever decided on a release that is live no more.

What can't be decided at once is claimed first, so that one alone asks the scoring; a claim is an enquiry without an
answer, and itself the order to decide it: whoever made it may die, and another goes on when it is due.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from integrations import database, journal
from integrations.ids import made_at
from integrations.journal import Exchange, Outcome
from integrations.questions import ANSWER_HEAD, Question, SearchId
from offers import catalogue
from offers.catalogue import LIVE_NUMBER
from offers.domain.catalogue import Content, Product, Release
from offers.domain.decide import Decision, Enquiry, Reason, available

# The stored answer, with the id spelt as it was sent this time.
RESPELT = f"overlay(known.answer placing %(spelling)s from {len(ANSWER_HEAD) + 1})"

# A stored answer is void once it has outlived its time, or terms that lists granted have ended, or an offer in it is
# available no more.
VOID = """(known.decided_at <= %(oldest)s or known.holds_until <= %(received_at)s
    or not known.offered <@ %(available)s::varchar[])"""


def _remember(on_conflict: str) -> str:
    return f"""
with live as ({LIVE_NUMBER}), e as (
    insert into integrations_enquiry as known (
        id, client, search_id, fields_digest, asked_at, product_type, amount, term, phone_hash, phone_mask,
        decided_at, release, decision, reasons, offered, known, holds_until, answer)
    select %(id)s, %(client)s, %(search_id)s, %(fields_digest)s, %(received_at)s, %(product_type)s, %(amount)s,
        %(term)s, %(phone_hash)s, %(phone_mask)s, %(decided_at)s, %(release)s, %(decision)s, %(reasons)s, %(offered)s,
        %(known)s, %(holds_until)s, %(answer)s
    from live where live.number = %(release)s
    on conflict (client, search_id, fields_digest) do {on_conflict}
    returning 1)
{journal.insert("from e")}"""


REMEMBER = _remember("nothing")
REPLACE = _remember(f"""update set
        id = excluded.id, asked_at = excluded.asked_at, decided_at = excluded.decided_at, release = excluded.release,
        decision = excluded.decision, reasons = excluded.reasons, offered = excluded.offered, known = excluded.known,
        holds_until = excluded.holds_until, answer = excluded.answer
    where {VOID}""")


def _claim(on_conflict: str) -> str:
    return f"""
with live as ({LIVE_NUMBER})
insert into integrations_enquiry as known (
    id, client, search_id, fields_digest, asked_at, product_type, amount, term, phone_hash, phone_mask, known,
    due_at, phone_sealed, seal_key)
select %(id)s, %(client)s, %(search_id)s, %(fields_digest)s, %(received_at)s, %(product_type)s, %(amount)s, %(term)s,
    %(phone_hash)s, %(phone_mask)s, %(known)s, %(due_at)s, %(phone_sealed)s, %(seal_key)s
from live where live.number = %(release)s
on conflict (client, search_id, fields_digest) do {on_conflict}"""


CLAIM = _claim("nothing")
RECLAIM = _claim(f"""update set
        id = excluded.id, asked_at = excluded.asked_at, known = excluded.known, due_at = excluded.due_at,
        phone_sealed = excluded.phone_sealed, seal_key = excluded.seal_key, attempts = 0,
        decided_at = null, release = null, decision = null, reasons = null, offered = null, holds_until = null,
        answer = null
    where {VOID}""")

# What was claimed is answered, on the live release, if nobody has answered it meanwhile.
SETTLE = f"""
with live as ({LIVE_NUMBER}), e as (
    update integrations_enquiry as known set
        id = %(id)s, decided_at = %(decided_at)s, release = %(release)s, decision = %(decision)s, reasons = %(reasons)s,
        offered = %(offered)s, known = %(known)s, answer = %(answer)s,
        due_at = null, phone_sealed = null, seal_key = null
    from live
    where known.id = %(claimed)s and known.answer is null and live.number = %(release)s
    returning 1)
{journal.insert("from e")}"""

# The person waits no longer for it here; whoever finds it goes on.
LEAVE = f"""
with e as (
    update integrations_enquiry set due_at = %(due_at)s, attempts = attempts + 1
    where id = %(claimed)s and answer is null
    returning 1)
{journal.insert("from e")}"""

# One that is due is taken for a while: its taker may die as well.
TAKE = """
update integrations_enquiry set due_at = %(until)s, attempts = attempts + 1
where id = (
    select id from integrations_enquiry where answer is null and due_at <= %(now)s
    order by due_at limit 1 for update skip locked)
returning id, client, search_id, fields_digest, product_type, amount, term, phone_hash, phone_mask, known, attempts,
    phone_sealed, seal_key"""
PUT_OFF = """
update integrations_enquiry set due_at = %(due_at)s where id = %(claimed)s and answer is null"""

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

_REASONS = {int(why): why for why in Reason}  # there is one of each offer, and finding a member by calling is slow

REVISION = (
    "client", "fields_digest", "product_type", "amount", "term", "phone_hash", "phone_mask",
    "decision", "release", "reasons", "decided_at", "offered", "known", "holds_until",
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
    known: str | None
    answer: bytes | None

    def is_void(self, content: Content, now: datetime) -> bool:
        """Whether an offer in the answer has been paused or has ended since, or what was known of the person has."""
        return self.has_ended(now) or not self.offered.issubset(available(content, now))

    def has_ended(self, now: datetime) -> bool:
        """Whether terms that lists granted have, so that what was known is not to be decided on again."""
        ends = self.outcome.holds_until if self.outcome else None
        return ends is not None and ends <= now


@dataclass(frozen=True, slots=True)
class Claim:
    """A question about to be kept as one that waits. `due_at`: when another may go on with it."""

    exchange: Exchange
    question: Question
    known: str | None
    due_at: datetime
    phone_sealed: bytes | None = field(default=None, repr=False)
    seal_key: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """An enquiry that waits for its decision. `id`: of the entry that asked."""

    id: UUID
    question: Question
    enquiry: Enquiry
    phone_hash: bytes
    phone_mask: str
    known: str | None
    attempts: int
    phone_sealed: bytes | None = field(default=None, repr=False)
    seal_key: str | None = None

    @property
    def asked_at(self) -> datetime:
        return made_at(self.id)


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
        "holds_until": exchange.outcome and exchange.outcome.holds_until,
        **(_validity(exchange, void_by) if void_by else {}),
    }
    exchange.recorded = bool(database.write(REPLACE if void_by else REMEMBER, parameters))
    return exchange.recorded


def claim(claimed: Claim, release: int, *, void_by: Content | None = None) -> bool:
    """Keep the question as one that waits; whether this was the first, on the live release.

    With `void_by` also over a stored answer that is void by that content.
    """
    exchange, enquiry = claimed.exchange, claimed.exchange.enquiry
    parameters = {
        **_parameters(claimed.question),
        "id": exchange.id,
        "received_at": exchange.received_at,
        "product_type": enquiry and enquiry.product,
        "amount": enquiry and enquiry.amount,
        "term": enquiry and enquiry.term,
        "phone_hash": exchange.phone_hash,
        "phone_mask": exchange.phone_mask,
        "known": claimed.known,
        "due_at": claimed.due_at,
        "phone_sealed": claimed.phone_sealed,
        "seal_key": claimed.seal_key,
        "release": release,
        **(_validity(exchange, void_by) if void_by else {}),
    }
    return bool(database.write(RECLAIM if void_by else CLAIM, parameters))


def settle(exchange: Exchange, claimed: UUID, decision: Decision, answer: bytes) -> bool:
    """Answer what was claimed, its entry written; False where somebody has, or the release is live no more."""
    parameters = {
        **journal.entry(exchange, 200, answer),
        "claimed": claimed,
        "offered": database.array([proposal.offer.code for proposal in decision.proposals]),
    }
    exchange.recorded = bool(database.write(SETTLE, parameters))
    return exchange.recorded


def leave(exchange: Exchange, claimed: UUID, answer: bytes, *, due_at: datetime) -> bool:
    """Let another go on with it from that moment, the entry of this answer written; False where it is settled."""
    parameters = {**journal.entry(exchange, 200, answer), "claimed": claimed, "due_at": due_at}
    exchange.recorded = bool(database.write(LEAVE, parameters))
    return exchange.recorded


def take(now: datetime, *, until: datetime) -> Claimed | None:
    """The one that has been due for longest, if there is any; nobody else takes it until then."""
    rows = database.execute(TAKE, {"now": now, "until": until})
    if not rows:
        return None
    claimed, client, search_id, digest, product, amount, term, phone_hash, mask, known, attempts, sealed, key = rows[0]
    return Claimed(
        claimed,
        Question(client, SearchId(search_id, str(search_id)), bytes(digest)),
        Enquiry(Product(product), amount, term),
        bytes(phone_hash),
        mask,
        known,
        attempts,
        None if sealed is None else bytes(sealed),
        key,
    )


def put_off(claimed: UUID, *, due_at: datetime) -> None:
    database.write(PUT_OFF, {"claimed": claimed, "due_at": due_at})


def recall(exchange: Exchange, question: Question, release: Release, *, pending: bytes) -> bytes | None:
    """The stored answer, its entry written; None where that release is live no more.

    `pending`: what to say of a question that is not decided yet.
    """
    parameters = {
        **journal.entry(exchange, 200, pending),
        **_parameters(question),
        **_validity(exchange, release.content),
        "release": release.number,
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
        known=revision["known"],
        answer=None if answer is None else bytes(answer),
    )


def _outcome(revision: dict[str, Any]) -> Outcome:
    reasons = tuple(map(_REASONS.__getitem__, revision["reasons"]))
    plain = {name: revision[name] for name in ("decision", "release", "decided_at", "known", "holds_until")}
    return Outcome(reasons=reasons, repeated=True, **plain)


def _parameters(question: Question) -> dict[str, Any]:
    return {
        "client": question.client,
        "search_id": question.search_id.value,
        "fields_digest": question.fields_digest,
    }


def _validity(exchange: Exchange, content: Content) -> dict[str, Any]:
    """By what a stored answer is void or not."""
    return {"oldest": _oldest(exchange), "available": _array(available(content, exchange.received_at))}


_array = lru_cache(maxsize=4)(database.array)  # of the offers that are live, all of which every repeat sends


def _oldest(exchange: Exchange) -> datetime:
    return exchange.received_at - timedelta(hours=settings.ANSWERS_LIFETIME_HOURS)
