"""A believable past for trials and benchmarks: exchanges as they would have gone by, decided by `decide` itself.

It writes beside `integrations.journal`, by COPY, since a past of millions is not made one statement at a time. What it
makes can be derived again like any other entry; only the sealed bytes are the same for all, so they open nothing.
"""

import re
import secrets
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from integrations import keys, partitions, privacy, references
from integrations.analytics import tallies
from integrations.models import Kind
from integrations.yandex import errors, render
from integrations.yandex.errors import Problem
from offers import catalogue, models
from offers.domain.catalogue import Product, Release
from offers.domain.decide import Enquiry, decide

COLUMNS: Final = (
    "id", "received_at", "kind", "client", "remote_addr", "request_id", "method", "path", "status", "latency_us",
    "search_id", "product_type", "amount", "term", "phone_hash", "phone_mask", "phone_key", "decision", "release",
    "reasons", "decided_at", "repeated", "request_sealed", "request_length", "seal_key", "answer", "salt", "commitment",
)  # fmt: skip
ROWS_A_WRITE: Final = 2_000
PATH: Final = "/integrations/api/banking/loan_approval"
NULL: Final = r"\N"

# How much is asked in each hour of Moscow's day, and on each day of the week from Monday on.
BY_HOUR: Final = (3, 2, 1, 1, 1, 2, 4, 8, 14, 20, 24, 26, 25, 24, 24, 23, 22, 22, 23, 24, 23, 18, 12, 6)
BY_WEEKDAY: Final = (11, 11, 10, 10, 10, 8, 7)

CLIENTS: Final = ("yandex",) * 19 + ("crm",)
PRODUCTS: Final = (Product.LOAN,) * 7 + (Product.CREDIT_CARD,) * 3
TERMS: Final = (12,) * 5 + (24,) * 6 + (36,) * 8 + (60,) * 9 + (48,) * 3 + (6, 6, 3, 18, 72, 84, 84, 120, None)
# Round sums more often than others; some too small and some too large for any offer.
LOANS: Final = (
    *range(100_000, 1_000_001, 50_000), 100_000, 200_000, 300_000, 300_000, 500_000, 500_000, 500_000, 1_000_000,
    1_500_000, 2_000_000, 3_000_000, 5_000_000, 5_500_000, 7_500_000, 10_000_000, 50_000, 30_000, 20_000, 15_000, None,
)  # fmt: skip
CARDS: Final = (*range(20_000, 300_001, 20_000), 50_000, 100_000, 100_000, 150_000, 500_000, 1_000_000, 4_000_000, None)
ODD_SUM: Final = 0.15
PEOPLE: Final = 0.4  # so many different people an enquiry

# Shares of enquiries.
MALFORMED, STRANGERS, FAILED = 0.012, 0.008, 0.001
PENDING, POLLED, REPEATED, REVISED = 0.02, 0.07, 0.05, 0.04
SLOW: Final = 0.004
STRANGER: Final = Problem(403, errors.FORBIDDEN)
BROKEN: Final = (
    Problem(400, "Сумма кредита должна быть больше 0", ("amount",)),
    Problem(400, "Номер телефона должен состоять из 10 цифр", ("phone_number",)),
    errors.bad_body("JSON"),
    Problem(415, errors.UNSUPPORTED_CODING),
    Problem(413, errors.TOO_LARGE),
)


# An enquiry that is nobody's: where its answer names it, each enquiry's own names are put.
NOBODY_ASKED: Final = str(UUID(int=0))
NOBODY: Final = render.Signature(UUID(int=0), bytes(32))
NAMED: Final = re.compile(rb"(%s|A{21}[\w-]{19})" % NOBODY_ASKED.encode())


@dataclass(frozen=True, slots=True)
class Filled:
    rows: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision as the columns that tell it, and the answer in pieces between what each enquiry's own links name."""

    decision: str
    reasons: str
    pieces: list[bytes]
    named: list[int | None]  # the place of an offer whose reference stands there; None: the search_id does

    def answer(self, search_id: str, release: int, enquiry: UUID) -> bytes:
        own = [
            search_id if place is None else references.write(settings.REF_KEY.secret, enquiry, release, place)
            for place in self.named
        ]
        rest = (text.encode() + piece for text, piece in zip(own, self.pieces[1:], strict=True))
        return b"".join((self.pieces[0], *rest))


@dataclass
class Past:
    """What is the same for all rows, and the chance that tells them apart."""

    start: datetime
    end: datetime
    releases: list[Release]
    people: int
    random: Random
    sealed: bytes
    seal_key: str
    answers: dict[tuple[int, int, Enquiry], Answered] = field(default_factory=dict)
    boundaries: dict[int, list[datetime]] = field(default_factory=dict)

    def release_at(self, moment: datetime) -> Release:
        """The releases there are, shared out over the whole time."""
        passed = (moment - self.start) / (self.end - self.start)
        return self.releases[min(int(passed * len(self.releases)), len(self.releases) - 1)]

    def answered(self, enquiry: Enquiry, release: Release, moment: datetime) -> Answered:
        """Decided once for as long as the same offers are available."""
        if release.number not in self.boundaries:
            ends = [end for offer in release.content for end in (offer.valid_from, offer.valid_until) if end]
            self.boundaries[release.number] = sorted(ends)
        key = release.number, bisect_right(self.boundaries[release.number], moment), enquiry
        if key not in self.answers:
            decision = decide(enquiry, release.content, moment)
            answer = render.done(NOBODY_ASKED, release, decision, NOBODY)
            reasons = "{" + ",".join(str(int(reason)) for reason in decision.reasons) + "}"
            self.answers[key] = Answered(render.decision_code(decision), reasons, *_pieces(answer))
        return self.answers[key]


def _pieces(answer: bytes) -> tuple[list[bytes], list[int | None]]:
    pieces = NAMED.split(answer)
    return pieces[::2], [_place(name.decode()) for name in pieces[1::2]]


def _place(name: str) -> int | None:
    return None if name == NOBODY_ASKED else references.read(NOBODY.key, name).place


def fill(count: int, *, months: int, seed: int, now: datetime | None = None) -> Filled:
    """Write `count` exchanges of the months before `now`; raises catalogue.NothingPublished."""
    end = (now or datetime.now(UTC)) - timedelta(minutes=5)
    start = end - timedelta(days=30 * months)
    seal_key = keys.seal_key(end)
    past = Past(
        start=start,
        end=end,
        releases=_releases(end),
        people=max(int(count * PEOPLE), 1),
        random=Random(seed),  # noqa: S311  (the same past again, not a secret)
        sealed=privacy.seal(seal_key.cipher, b'{"made":"by fill_journal"}' + b" " * 120, b"fill_journal"),
        seal_key=seal_key.id,
    )
    partitions.make_ahead(start.date())
    _copy(islice(_rows(past, count), count))
    tallies.rebuild(start, end)
    with connection.cursor() as cursor:
        cursor.execute("analyze integrations_journalentry")
    return Filled(count, start, end)


def _releases(now: datetime) -> list[Release]:
    numbers = models.Release.objects.filter(holds_from__lte=now + timedelta(minutes=5)).order_by("number")
    found = [catalogue.release(number) for number in numbers.values_list("number", flat=True)]
    if not found:
        raise catalogue.NothingPublished
    return found


def _copy(rows: Iterator[str]) -> None:
    statement = f"copy integrations_journalentry ({', '.join(COLUMNS)}) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while block := "".join(islice(rows, ROWS_A_WRITE)):
            copy.write(block)


def _rows(past: Past, count: int) -> Iterator[str]:
    """Lines for COPY, hour after hour; more than `count`, which the caller cuts off."""
    hours = int((past.end - past.start) / tallies.HOUR)
    weights = [_weight(past.start + hour * tallies.HOUR) for hour in range(hours)]
    enquiries_a_weight = count / sum(weights) / (1 + POLLED + REPEATED + REVISED + 3 * PENDING)
    owed = 0.0
    for hour, weight in enumerate(weights):
        owed += weight * enquiries_a_weight
        moments = sorted(past.random.random() for _ in range(int(owed)))
        owed -= len(moments)
        for moment in moments:
            yield from _session(past, past.start + (hour + moment) * tallies.HOUR)
    # What the shares promised and chance withheld.
    while True:
        yield from _session(past, past.start + past.random.random() * (past.end - past.start))


def _weight(hour: datetime) -> int:
    local = hour.astimezone(tallies.MOSCOW)
    return BY_HOUR[local.hour] * BY_WEEKDAY[local.weekday()]


def _session(past: Past, moment: datetime) -> Iterator[str]:
    """One enquiry and what follows it."""
    chance = past.random.random
    luck = chance()
    if luck < STRANGERS:
        yield _row(past, moment, problem=STRANGER)
        return
    client = past.random.choice(CLIENTS)
    if luck < STRANGERS + MALFORMED:
        yield _row(past, moment, client=client, problem=past.random.choice(BROKEN))
        return
    if luck < STRANGERS + MALFORMED + FAILED:
        yield _row(past, moment, client=client, problem=errors.unavailable())
        return
    asked = _asked(past, client)
    if chance() < PENDING:
        yield from _decided_later(past, moment, asked)
        return
    told = _told(past, moment, asked)
    yield _row(past, moment, **asked, **told)
    if chance() < REPEATED:
        yield _row(past, _later(past, moment), **asked, **told, repeated=True)
    if chance() < POLLED:
        yield _row(past, _later(past, moment), **asked, **told, kind=Kind.POLL, repeated=True)
    if chance() < REVISED:
        revised = asked | {"enquiry": _enquiry(past)}
        later = _later(past, moment)
        yield _row(past, later, **revised, **_told(past, later, revised))


def _decided_later(past: Past, moment: datetime, asked: dict[str, Any]) -> Iterator[str]:
    """Left open, polled while it pends, and once more when it is decided."""
    yield _row(past, moment, **asked)
    for _ in range(past.random.choice((0, 0, 1, 2))):
        yield _row(past, _later(past, moment), **asked, kind=Kind.POLL)
    found = moment + timedelta(seconds=120 + past.random.expovariate(1 / 240))
    if found < past.end:
        yield _row(past, found, **asked, **_told(past, found, asked), kind=Kind.POLL)


def _asked(past: Past, client: str) -> dict[str, Any]:
    phone = f"9{past.random.randrange(past.people):09}"
    bits = f"{past.random.getrandbits(128):032x}"
    search_id = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-8{bits[17:20]}-{bits[20:]}"
    return {"client": client, "phone": phone, "search_id": search_id, "enquiry": _enquiry(past)}


def _enquiry(past: Past) -> Enquiry:
    product = past.random.choice(PRODUCTS)
    amount = past.random.choice(LOANS if product is Product.LOAN else CARDS)
    if amount and past.random.random() < ODD_SUM:
        amount += past.random.randrange(-9, 10) * 1_000
    term = past.random.choice(TERMS) if product is Product.LOAN else None
    return Enquiry(product, None if amount is None else Decimal(amount), term)


def _told(past: Past, moment: datetime, asked: dict[str, Any]) -> dict[str, Any]:
    release = past.release_at(moment)
    answered = past.answered(asked["enquiry"], release, moment)
    decided_by = _id(past, moment)
    return {"answered": answered, "release": release.number, "decided_at": moment, "decided_by": decided_by}


def _id(past: Past, moment: datetime) -> UUID:
    """As `ids.uuid7` makes them, with the chance of this past."""
    digits = f"{int(moment.timestamp() * 1000):012x}7{past.random.getrandbits(76):019x}"
    return UUID(f"{digits[:16]}8{digits[17:]}")


def _later(past: Past, moment: datetime) -> datetime:
    return min(moment + timedelta(seconds=2 + past.random.expovariate(1 / 40)), past.end)


def _latency(past: Past) -> int:
    if past.random.random() < SLOW:
        return int(past.random.uniform(200_000, 1_900_000))
    return int(past.random.lognormvariate(8.3, 0.5))  # about 4 ms


def _row(  # noqa: PLR0913  (an entry has that many parts)
    past: Past,
    moment: datetime,
    *,
    kind: Kind = Kind.APPROVAL,
    client: str | None = None,
    phone: str | None = None,
    search_id: str | None = None,
    enquiry: Enquiry | None = None,
    answered: Answered | None = None,
    release: int | None = None,
    decided_at: datetime | None = None,
    decided_by: UUID | None = None,
    repeated: bool = False,
    problem: Problem | None = None,
) -> str:
    """A line of COPY's text form; its values hold neither tabs nor backslashes."""
    entry_id = _id(past, moment) if repeated or decided_by is None else decided_by
    address = f"198.51.100.{past.random.randrange(1, 255)}"
    phone_hash = privacy.hash_phone(phone, settings.PHONE_KEY.secret) if phone else None
    mask = privacy.mask_phone(phone) if phone else None
    salt = secrets.token_bytes(privacy.SALT_BYTES)
    commitment = privacy.commit(salt, phone_hash, mask.encode() if mask else None, address.encode(), past.sealed)
    values = (
        entry_id, moment.isoformat(), Kind.UNREAD if problem else kind, client, address, entry_id,
        "GET" if kind is Kind.POLL else "POST", PATH, problem.status if problem else 200, _latency(past),
        search_id, enquiry and enquiry.product, enquiry and enquiry.amount, enquiry and enquiry.term,
        phone_hash and _bytea(phone_hash.hex()), mask, phone and settings.PHONE_KEY.id,
        answered and answered.decision, release, answered and answered.reasons, decided_at and decided_at.isoformat(),
        repeated, _bytea(past.sealed.hex()), len(past.sealed), past.seal_key,
        _bytea(_answer(search_id, answered, problem, release, decided_by).hex()), _bytea(salt.hex()),
        _bytea(commitment.hex()),
    )  # fmt: skip
    return "\t".join([NULL if value is None else str(value) for value in values]) + "\n"


def _answer(
    search_id: str | None,
    answered: Answered | None,
    problem: Problem | None,
    release: int | None,
    decided_by: UUID | None,
) -> bytes:
    if problem is not None:
        return render.problem(problem)
    if answered is None or release is None or decided_by is None:
        return render.pending(search_id or "")
    return answered.answer(search_id or "", release, decided_by)


def _bytea(digits: str) -> str:
    return rf"\\x{digits}"
