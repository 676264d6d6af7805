"""The journal's only writer: an exchange as it goes by, and its entry.

An entry is committed before the answer leaves. It holds nothing from which the phone number, a credential or a query
string could be read.
"""

import json
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings

from integrations import database, keys, privacy
from integrations.ids import made_at, uuid7
from integrations.models import Kind
from offers.domain.decide import Enquiry, Reason

# Of an unauthenticated request less is kept: anybody can send one.
KEPT_BYTES = 64 * 1024
KEPT_BYTES_UNAUTHENTICATED = 4 * 1024
PATH_LENGTH = 300
METHOD_LENGTH = 20
OK = 200
LARGEST_LENGTH = 2**31 - 1  # anybody can announce more

# There is one of each offer in every entry, and `str` of a member of an enumeration is slow.
REASON_NUMBERS = {why: str(int(why)) for why in Reason}

# What is no exchange; few, and indexed by the time.
EVENTS = (Kind.OPENED, Kind.FORGOTTEN, Kind.PURGED)

COLUMNS = (
    "id",
    "received_at",
    "kind",
    "client",
    "remote_addr",
    "request_id",
    "method",
    "path",
    "status",
    "latency_us",
    "search_id",
    "product_type",
    "amount",
    "term",
    "phone_hash",
    "phone_mask",
    "phone_key",
    "decision",
    "release",
    "reasons",
    "decided_at",
    "repeated",
    "known",
    "request_sealed",
    "request_length",
    "seal_key",
    "answer",
    "salt",
    "commitment",
)


PARAMETERS = {"request_id": "%(id)s"}  # see `Exchange.request_id`


def insert(source: str = "", **expressions: str) -> str:
    """SQL that writes an entry: from parameters named as its columns, but for the columns given as expressions.

    An entry is written once, however often it is tried: its id was made before.
    """
    values = ", ".join(expressions.get(name, PARAMETERS.get(name, f"%({name})s")) for name in COLUMNS)
    columns = ", ".join(COLUMNS)
    return f"insert into integrations_journalentry ({columns}) select {values} {source} on conflict do nothing"


INSERT = insert()

# What follows from an enquiry says of itself what was asked, and by whom; the id says when that was, and so in which
# partition.
FOLLOWED = {
    name: f"asked.{name}" for name in ("client", "search_id", "product_type", "amount", "term", "release", "decided_at")
}
INSERT_FOLLOWING = insert(
    """from (select 1) as one left join integrations_journalentry asked on asked.id = %(follows)s
        and asked.received_at >= %(asked_at)s and asked.received_at < %(asked_at)s + interval '2 ms'""",
    **FOLLOWED,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided, and what it was decided on."""

    decision: str  # DecisionCode
    release: int
    reasons: tuple[Reason, ...]
    decided_at: datetime
    known: str | None = None  # of the person, as JSON; None: nothing was asked
    holds_until: datetime | None = None  # what was known; None: no sooner than the answer
    repeated: bool = False  # the answer was given before


@dataclass(slots=True)
class Exchange:
    """An HTTP request under the API's paths, and what has become of it so far."""

    id: UUID
    received_at: datetime
    method: str
    path: str
    remote_addr: str | None
    body: bytes  # as much as was read
    length: int  # bytes, as sent or as announced
    started: int = field(default_factory=time.monotonic_ns)
    kind: Kind = Kind.UNREAD
    client: str | None = None
    on_trial: bool = False  # the client only tests
    search_id: UUID | None = None
    enquiry: Enquiry | None = None
    phone_hash: bytes | None = None
    phone_mask: str | None = None
    outcome: Outcome | None = None
    follows: UUID | None = None  # the entry of the enquiry that led to it
    latency_us: int | None = None  # where its entry is written later than its answer
    recorded: bool = False

    @property
    def request_id(self) -> UUID:
        """Sent back as X-Request-Id; the entry's id, so that either finds the other."""
        return self.id

    @property
    def elapsed_us(self) -> int:
        """Microseconds since it was received."""
        return (time.monotonic_ns() - self.started) // 1000

    @property
    def caller(self) -> str:
        """The authenticated client; whoever asks before it is known has gone past authentication."""
        if self.client is None:
            raise PermissionError("nobody is authenticated")
        return self.client

    def asked(self, search_id: UUID, enquiry: Enquiry, phone_hash: bytes, phone_mask: str) -> None:
        self.search_id, self.enquiry = search_id, enquiry
        self.phone_hash, self.phone_mask = phone_hash, phone_mask


def append(exchange: Exchange, status: int, answer: bytes) -> None:
    """Write the exchange's entry by itself, durably."""
    columns = entry(exchange, status, answer)
    if exchange.follows is None:
        database.write(INSERT, columns)
    else:
        asked_at = made_at(exchange.follows)
        database.write(INSERT_FOLLOWING, {**columns, "follows": exchange.follows, "asked_at": asked_at})
    exchange.recorded = True


def entry(exchange: Exchange, status: int, answer: bytes) -> dict[str, Any]:
    """The entry's columns by name. The personal parts are those that can be forgotten: see `privacy.commit`."""
    kept = exchange.body[: KEPT_BYTES if exchange.client else KEPT_BYTES_UNAUTHENTICATED]
    seal_key = keys.seal_key(exchange.received_at)
    sealed = privacy.seal(seal_key.cipher, kept, exchange.id.bytes) if kept else None
    salt = os.urandom(privacy.SALT_BYTES)
    outcome = exchange.outcome if status == OK else None  # what was decided and not answered is no decision
    enquiry = exchange.enquiry
    return {
        "id": exchange.id,
        "received_at": exchange.received_at,
        "kind": exchange.kind,
        "client": exchange.client,
        "remote_addr": exchange.remote_addr,
        "method": exchange.method[:METHOD_LENGTH],
        "path": _kept_path(exchange.path),
        "status": status,
        "latency_us": exchange.elapsed_us if exchange.latency_us is None else exchange.latency_us,
        "search_id": exchange.search_id,
        "product_type": enquiry and enquiry.product,
        "amount": enquiry and enquiry.amount,
        "term": enquiry and enquiry.term,
        "phone_hash": exchange.phone_hash,
        "phone_mask": exchange.phone_mask,
        "phone_key": exchange.phone_hash and settings.PHONE_KEY.id,
        "decision": outcome and outcome.decision,
        "release": outcome and outcome.release,
        "reasons": outcome and database.array([REASON_NUMBERS[why] for why in outcome.reasons]),
        "decided_at": outcome and outcome.decided_at,
        "repeated": bool(outcome and outcome.repeated),
        "known": outcome and outcome.known,
        "request_sealed": sealed,
        "request_length": min(exchange.length, LARGEST_LENGTH),
        "seal_key": sealed and seal_key.id,
        "answer": answer,
        "salt": salt,
        "commitment": privacy.commit(
            salt,
            exchange.phone_hash,
            exchange.phone_mask.encode() if exchange.phone_mask is not None else None,
            exchange.remote_addr.encode() if exchange.remote_addr is not None else None,
            sealed,
        ),
    }


def record(kind: Kind, **details: Any) -> UUID:
    """Write an entry of what is no exchange: what happened, as JSON where an exchange has its answer. Returns its id.

    In the transaction that is open, so that the deed and its entry are committed together. No personal data here!
    """
    moment = datetime.now(UTC)
    answer = json.dumps(details, ensure_ascii=False, default=str).encode()
    event = Exchange(
        id=uuid7(moment), received_at=moment, method="", path="", remote_addr=None, body=b"", length=0, kind=kind,
        latency_us=0,
    )  # fmt: skip
    database.write(INSERT, entry(event, 0, answer))
    return event.id


def details(answer: bytes) -> dict[str, Any]:
    """What `record` wrote."""
    read: dict[str, Any] = json.loads(answer)
    return read


@lru_cache(maxsize=64)  # a few paths are asked for all the time
def _kept_path(path: str) -> str:
    return privacy.hide_numbers(quote(path))[:PATH_LENGTH]
