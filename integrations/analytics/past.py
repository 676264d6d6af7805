"""A believable past for trials and benchmarks: exchanges as they would have gone by, decided by `decide` itself.

It writes beside `integrations.journal`, by COPY, since a past of millions is not made one statement at a time. What it
makes can be derived again like any other entry; only the sealed bytes are the same for all, so they open nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from random import Random
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from integrations import keys, partitions, privacy, references
from integrations.analytics import came_of_it, tallies
from integrations.analytics.invention import (
    COLUMNS,
    Answered,
    Asked,
    Keys,
    Past,
    Sealed,
    Session,
    Told,
    bytea,
)
from integrations.models import Kind
from integrations.yandex import errors, render
from integrations.yandex.errors import Problem
from offers import catalogue, models
from offers.domain.catalogue import Product, Release
from offers.domain.decide import OFFERED, Enquiry, decide

LINES_A_WRITE: Final = 200
BYTES_A_WRITE: Final = 1_000_000
PATH: Final = "/integrations/api/banking/loan_approval"
APPROVAL: Final[dict[str, Any]] = {"kind": Kind.APPROVAL, "path": PATH}
POLL: Final[dict[str, Any]] = {"kind": Kind.POLL, "path": PATH, "method": "GET"}

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
APPROVED_AT_MOST: Final = 0.75  # so many, it is taken, have something to click at
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


def answered(past: Past, enquiry: Enquiry, release: Release, moment: datetime) -> Answered:
    """Decided once for as long as the same offers are available."""
    if release.number not in past.boundaries:
        ends = [end for offer in release.content for end in (offer.valid_from, offer.valid_until) if end]
        past.boundaries[release.number] = sorted(ends)
    key = release.number, bisect_right(past.boundaries[release.number], moment), enquiry
    if key not in past.answers:
        decision = decide(enquiry, release.content, moment)
        reasons = "{" + ",".join(str(int(reason)) for reason in decision.reasons) + "}"
        shown = tuple(place for place, reason in enumerate(decision.reasons) if reason in OFFERED)
        pieces = NAMED.split(render.done(NOBODY_ASKED, release, decision, NOBODY))
        named = [_place(name.decode()) for name in pieces[1::2]]
        past.answers[key] = Answered(render.decision_code(decision), reasons, shown, pieces[::2], named)
    return past.answers[key]


def _place(name: str) -> int | None:
    return None if name == NOBODY_ASKED else references.read(NOBODY.key, name).place


def fill(count: int, *, months: int, seed: int, now: datetime | None = None) -> Filled:
    """Write `count` exchanges of the months before `now`; raises catalogue.NothingPublished."""
    end = (now or datetime.now(UTC)) - timedelta(minutes=5)
    start = end - timedelta(days=30 * months)
    past = Past(
        start=start,
        end=end,
        releases=_releases(end),
        people=max(int(count * PEOPLE), 1),
        random=Random(seed),  # noqa: S311  (the same past again, not a secret)
        keys=Keys(settings.PHONE_KEY, settings.REF_KEY.secret),
        sealed=_sealed(end),
    )
    partitions.make_ahead(start.date())
    with TemporaryFile() as applications, TemporaryFile() as news:
        _copy("integrations_journalentry", COLUMNS, _blocks(_lines(_sessions(past, count), count, applications, news)))
        for table, columns, file in (
            ("integrations_application", came_of_it.APPLICATION, applications),
            ("integrations_applicationevent", came_of_it.NEWS, news),
        ):
            file.seek(0)
            _copy(table, columns, iter(partial(file.read, BYTES_A_WRITE), b""))
    tallies.rebuild(start, end)
    with connection.cursor() as cursor:
        cursor.execute("analyze integrations_journalentry, integrations_application, integrations_applicationevent")
    return Filled(count, start, end)


def _sealed(end: datetime) -> Sealed:
    key = keys.seal_key(end)
    content = privacy.seal(key.cipher, b'{"made":"by fill_journal"}' + b" " * 120, b"fill_journal")
    return Sealed(content, bytea(content), key.id)


def _releases(now: datetime) -> list[Release]:
    numbers = models.Release.objects.filter(holds_from__lte=now + timedelta(minutes=5)).order_by("number")
    found = [catalogue.release(number) for number in numbers.values_list("number", flat=True)]
    if not found:
        raise catalogue.NothingPublished
    return found


def _copy(table: str, columns: Sequence[str], blocks: Iterator[bytes]) -> None:
    """While the database takes one block in, the next is made."""
    with (
        ThreadPoolExecutor(1) as maker,
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy,
    ):
        ahead = maker.submit(next, blocks, b"")
        while block := ahead.result():
            ahead = maker.submit(next, blocks, b"")
            copy.write(block)


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    while block := "".join(islice(lines, LINES_A_WRITE)):
        yield block.encode()


def _lines(sessions: Iterator[Session], count: int, applications: IO[bytes], news: IO[bytes]) -> Iterator[str]:
    """So many lines for the journal, in whole sessions. The lines of applications wait in files."""
    left = count
    for session in sessions:
        if len(session.lines) > left:
            continue  # Half a session would be calls of the bank without the events that they brought.
        yield from session.lines
        applications.write("".join(session.applications).encode())
        news.write("".join(session.news).encode())
        left -= len(session.lines)
        if not left:
            return


def _sessions(past: Past, count: int) -> Iterator[Session]:
    """Hour after hour, without end: more than `count`, which the caller cuts off."""
    hours = range(int((past.end - past.start) / tallies.HOUR))
    weights = [_weight(past.start + hour * tallies.HOUR) for hour in hours]
    lines_an_enquiry = 1 + POLLED + REPEATED + REVISED + 3 * PENDING + APPROVED_AT_MOST * came_of_it.LINES
    owed = 0.0
    for hour, weight in zip(hours, weights, strict=True):
        owed += weight * count / sum(weights) / lines_an_enquiry
        moments = sorted(past.random.random() for _ in range(int(owed)))
        owed -= len(moments)
        for moment in moments:
            yield _session(past, past.start + (hour + moment) * tallies.HOUR)
    # What the shares promised and chance withheld.
    while True:
        for hour in past.random.choices(hours, weights, k=1_000):
            yield _session(past, past.start + (hour + past.random.random()) * tallies.HOUR)


def _weight(hour: datetime) -> int:
    local = hour.astimezone(tallies.MOSCOW)
    return BY_HOUR[local.hour] * BY_WEEKDAY[local.weekday()]


def _session(past: Past, moment: datetime) -> Session:
    """One enquiry and what follows it."""
    session, luck = Session(past), past.random.random()
    if luck < STRANGERS:
        _refuse(session, moment, None, STRANGER)
        return session
    client = past.random.choice(CLIENTS)
    if luck < STRANGERS + MALFORMED:
        _refuse(session, moment, client, past.random.choice(BROKEN))
    elif luck < STRANGERS + MALFORMED + FAILED:
        _refuse(session, moment, client, errors.unavailable())
    elif past.random.random() < PENDING:
        _decide_later(session, moment, _asked(past, client))
    else:
        _decide_at_once(session, moment, _asked(past, client))
    return session


def _refuse(session: Session, moment: datetime, client: str | None, why: Problem) -> None:
    session.add(moment, kind=Kind.UNREAD, client=client, path=PATH, status=why.status, answer=render.problem(why))


def _decide_at_once(session: Session, moment: datetime, asked: Asked) -> None:
    """Answered, and perhaps asked again, polled, asked for something else; and perhaps something comes of it."""
    past, chance = session.past, session.past.random.random
    told = _told(past, moment, asked)
    said = _said(past, asked, told)
    session.add(moment, **APPROVAL, **said, entry=told.entry)
    if chance() < REPEATED:
        session.add(_later(past, moment), **APPROVAL, **said, repeated=True)
    if chance() < POLLED:
        session.add(_later(past, moment), **POLL, **said, repeated=True)
    if chance() < REVISED:
        later, revised = _later(past, moment), replace(asked, enquiry=_enquiry(past))
        anew = _told(past, later, revised)
        session.add(later, **APPROVAL, **_said(past, revised, anew), entry=anew.entry)
    came_of_it.follow(session, moment, asked, told)


def _decide_later(session: Session, moment: datetime, asked: Asked) -> None:
    """Left open, polled while it pends, and once more when it is decided."""
    past = session.past
    said: dict[str, Any] = {"client": asked.client, "asked": asked, "answer": render.pending(asked.search_id)}
    session.add(moment, **APPROVAL, **said)
    for _ in range(past.random.choice((0, 0, 1, 2))):
        session.add(_later(past, moment), **POLL, **said)
    found = past.after(moment, 120, 240)
    if found < past.end:
        told = _told(past, found, asked)
        session.add(found, **POLL, **_said(past, asked, told), entry=told.entry)
        came_of_it.follow(session, found, asked, told)


def _said(past: Past, asked: Asked, told: Told) -> dict[str, Any]:
    """What an exchange consists of in which that was answered."""
    return {"client": asked.client, "asked": asked, "told": told, "answer": _answer(past, asked, told)}


def _asked(past: Past, client: str) -> Asked:
    bits = f"{past.random.getrandbits(128):032x}"
    search_id = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-8{bits[17:20]}-{bits[20:]}"
    return Asked(client, f"9{past.random.randrange(past.people):09}", search_id, _enquiry(past))


def _enquiry(past: Past) -> Enquiry:
    product = past.random.choice(PRODUCTS)
    amount = past.random.choice(LOANS if product is Product.LOAN else CARDS)
    if amount and past.random.random() < ODD_SUM:
        amount += past.random.randrange(-9, 10) * 1_000
    term = past.random.choice(TERMS) if product is Product.LOAN else None
    return Enquiry(product, None if amount is None else Decimal(amount), term)


def _told(past: Past, moment: datetime, asked: Asked) -> Told:
    release = past.release_at(moment)
    return Told(answered(past, asked.enquiry, release, moment), release, moment, past.id(moment))


def _later(past: Past, moment: datetime) -> datetime:
    return min(past.after(moment, 2, 40), past.end)


def _answer(past: Past, asked: Asked, told: Told) -> bytes:
    """With its own names put in."""
    answered, number = told.answered, told.release.number
    own = {
        place: asked.search_id if place is None else references.write(past.keys.ref, told.entry, number, place)
        for place in set(answered.named)
    }
    rest = (own[place].encode() + piece for place, piece in zip(answered.named, answered.pieces[1:], strict=True))
    return b"".join((answered.pieces[0], *rest))
