"""Invented entries as lines for COPY: what is the same for all of them, and the chance that tells them apart.

A past of millions is made a line at a time, so a line is put together by hand and what can be worked out once is kept.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from config.env import Key
from integrations import privacy
from integrations.models import Kind
from offers.domain.catalogue import Release
from offers.domain.decide import Enquiry

COLUMNS: Final = (
    "id", "received_at", "kind", "client", "remote_addr", "request_id", "method", "path", "status", "latency_us",
    "search_id", "product_type", "amount", "term", "phone_hash", "phone_mask", "phone_key", "decision", "release",
    "reasons", "decided_at", "repeated", "request_sealed", "request_length", "seal_key", "answer", "salt", "commitment",
)  # fmt: skip
NULL: Final = r"\N"
SLOW: Final = 0.004


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed bytes of every request alike: they open nothing."""

    content: bytes
    text: str  # as COPY takes it
    key: str


@dataclass(frozen=True, slots=True)
class Keys:
    phone: Key
    ref: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision as the columns that tell it, and the answer in pieces between what each enquiry's own links name."""

    decision: str
    reasons: str
    shown: tuple[int, ...]  # the places of the offers that were
    pieces: list[bytes]
    named: list[int | None]  # the place of an offer whose reference stands there; None: the search_id does


@dataclass(frozen=True, slots=True)
class Asked:
    client: str
    phone: str
    search_id: str
    enquiry: Enquiry


@dataclass(frozen=True, slots=True)
class Told:
    """What was decided, by which entry."""

    answered: Answered
    release: Release
    decided_at: datetime
    entry: UUID


@dataclass
class Past:
    """What is the same for all rows, and the chance that tells them apart."""

    start: datetime
    end: datetime
    releases: list[Release]
    people: int
    random: Random
    keys: Keys
    sealed: Sealed
    answers: dict[tuple[int, int, Enquiry], Answered] = field(default_factory=dict)
    boundaries: dict[int, list[datetime]] = field(default_factory=dict)  # of releases: when offers come and go

    def release_at(self, moment: datetime) -> Release:
        """The releases there are, shared out over the whole time."""
        passed = (moment - self.start) / (self.end - self.start)
        return self.releases[min(int(passed * len(self.releases)), len(self.releases) - 1)]

    def id(self, moment: datetime) -> UUID:
        """As `ids.uuid7` makes them, with the chance of this past."""
        chance = self.random.getrandbits(74)
        milliseconds = int(moment.timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | chance >> 62 << 64 | 0b10 << 62 | chance & (1 << 62) - 1)

    def after(self, moment: datetime, least: float, mean: float) -> datetime:
        """Seconds later, `least` at least; perhaps behind the end."""
        return moment + timedelta(seconds=least + self.random.expovariate(1 / mean))

    def latency(self) -> int:
        if self.random.random() < SLOW:
            return int(self.random.uniform(200_000, 1_900_000))
        return int(self.random.lognormvariate(8.3, 0.5))  # about 4 ms


@dataclass(slots=True)
class Session:
    """One enquiry and what follows it: lines for the journal, for applications and for the news of them."""

    past: Past
    lines: list[str] = field(default_factory=list)
    applications: list[str] = field(default_factory=list)
    news: list[str] = field(default_factory=list)

    def add(  # noqa: PLR0913  (an entry has that many parts)
        self,
        moment: datetime,
        *,
        kind: Kind,
        client: str | None,
        path: str,
        answer: bytes,
        entry: UUID | None = None,
        method: str = "POST",
        status: int = 200,
        asked: Asked | None = None,
        told: Told | None = None,
        repeated: bool = False,
        follows: bool = False,
    ) -> UUID:
        """An entry in COPY's text form; its values hold neither tabs nor backslashes.

        `follows`: it came of that decision and is none, and the person who came has sent no body and no number.
        """
        past, entry = self.past, entry or self.past.id(moment)
        address = f"198.51.100.{past.random.randrange(1, 255)}"
        salt = secrets.token_bytes(privacy.SALT_BYTES)
        phone = mask = None
        if asked and not follows:
            phone, mask = privacy.hash_phone(asked.phone, past.keys.phone.secret), privacy.mask_phone(asked.phone)
        sealed = None if follows else past.sealed
        content = sealed.content if sealed else None
        commitment = privacy.commit(salt, phone, mask.encode() if mask else None, address.encode(), content)
        enquiry = asked and asked.enquiry
        decided = told.answered if told and not follows else None
        values = (
            entry, moment, kind.value, client, address, entry, method, path, status, past.latency(),
            asked and asked.search_id, enquiry and enquiry.product.value, enquiry and enquiry.amount,
            enquiry and enquiry.term, phone and bytea(phone), mask, phone and past.keys.phone.id,
            decided and decided.decision, told and told.release.number, decided and decided.reasons,
            told and told.decided_at, repeated, sealed and sealed.text, 0 if content is None else len(content),
            sealed and sealed.key, bytea(answer), bytea(salt), bytea(commitment),
        )  # fmt: skip
        self.lines.append(text(values))
        return entry


def text(values: tuple[Any, ...]) -> str:
    """A line of COPY's text form."""
    return "\t".join([NULL if value is None else str(value) for value in values]) + "\n"


def bytea(content: bytes) -> str:
    return rf"\\x{content.hex()}"
