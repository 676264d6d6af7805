"""Counts per hour, day and month of Moscow, kept beside the journal, so that a year is asked as quickly as a day.

A question adds up the largest whole units inside its period and reads the journal itself only for what is not tallied
yet. `roll` brings the tallies up to date; where it has not run for long, answers are as right, only slower.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from integrations import trials
from integrations.analytics import bands
from offers.domain.decide import Reason

MOSCOW: Final = ZoneInfo("Europe/Moscow")
HOUR: Final = timedelta(hours=1)
# An hour is tallied when the last entries that it received must have been committed.
SETTLED: Final = timedelta(minutes=2)
# Entries that come late, out of the spool, are noticed so long.
RECOUNTED: Final = timedelta(hours=24)
# Two sessions tallying the same hour would count it twice.
LOCK: Final = 0x7461_6C6C

Grain = Literal["hour", "day", "month"]
COARSER: Final[tuple[tuple[Grain, Grain], ...]] = (("day", "hour"), ("month", "day"))

# The names of the parameters are filled in where a statement is put together.
# Nothing counts a client that only tests the integration.
RECEIVED = f"received_at >= %({{start}})s and received_at < %({{end}})s and {trials.REAL.format(client='client')}"
# And what was decided later than it was asked.
EXCHANGE = "kind in ('approval', 'poll', 'unread', 'decided')"
DECIDED = "decision is not null and not repeated"
HOUR_OF = "date_trunc('hour', received_at)"
# Two significant digits: 12 345 µs is counted among the 12 000.
BIN = "(({us}) / step * step)"
STEP = "cross join lateral (select (10 ^ greatest(length(({us})::text) - 2, 0))::bigint as step) as digits"
WITHOUT_SCORING = f"reasons && array[{Reason.SCORING_UNAVAILABLE:d}, {Reason.OFFERED_WITHOUT_SCORING:d}]::smallint[]"
# Of an enquiry that was left open: until the poll that found it decided. (`min` of the bare column would be sought by
# the index on time; there are few entries of one enquiry, so by its id is quicker.)
WAITED = "(extract(epoch from e.received_at - asked.at) * 1000000)::bigint"


@dataclass(frozen=True, slots=True)
class Tally:
    """One table of counts: its columns beside grain, moment and count, and how the journal's rows become its rows."""

    name: str
    columns: tuple[str, ...]
    raw: str

    @property
    def table(self) -> str:
        return f"integrations_tally_{self.name}"

    @property
    def listed(self) -> str:
        return ", ".join(self.columns)


EXCHANGES = Tally(
    "exchanges",
    ("client", "kind", "status", "product_type", "decision", "release", "repeated"),
    f"""select {HOUR_OF} as at, client, kind, status, product_type, decision, release, repeated, count(*) as n
    from integrations_journalentry where {RECEIVED} and {EXCHANGE} group by 1, 2, 3, 4, 5, 6, 7, 8""",
)
LATENCY = Tally(
    "latency",
    ("measure", "bin"),
    f"""select {HOUR_OF} as at, 'latency' as measure, {BIN.format(us="latency_us")} as bin, count(*) as n
    from integrations_journalentry {STEP.format(us="latency_us")}
    where {RECEIVED} and kind in ('approval', 'poll') group by 1, 3
    union all
    select date_trunc('hour', e.received_at), 'pending', {BIN.format(us=WAITED)}, count(*)
    from integrations_journalentry e
    cross join lateral (
        select min(left_open.received_at + interval '0') as at from integrations_journalentry left_open
        where left_open.search_id = e.search_id and left_open.kind = 'approval' and left_open.decision is null
            and left_open.status = 200 and left_open.received_at <= e.received_at
            and left_open.received_at > e.received_at - interval '7 days') as asked
    {STEP.format(us=WAITED)}
    where e.received_at >= %({{start}})s and e.received_at < %({{end}})s and e.kind in ('poll', 'decided')
        and e.decision is not null and not e.repeated and asked.at is not null
        and {trials.REAL.format(client="e.client")}
    group by 1, 3
    union all
    select {HOUR_OF}, 'without', {BIN.format(us="latency_us")}, count(*)
    from integrations_journalentry {STEP.format(us="latency_us")}
    where {RECEIVED} and {DECIDED} and {WITHOUT_SCORING} group by 1, 3""",
)
DEMAND = Tally(
    "demand",
    ("product_type", "amount_from", "term_from", "decision"),
    f"""select {HOUR_OF} as at, product_type, {bands.sql("amount", bands.AMOUNTS)} as amount_from,
        {bands.sql("term", bands.TERMS)} as term_from, decision, count(*) as n
    from integrations_journalentry where {RECEIVED} and {DECIDED} group by 1, 2, 3, 4, 5""",
)
REFUSED = Tally(
    "refused",
    ("product_type", "amount", "term"),
    f"""select {HOUR_OF} as at, product_type, amount, term, count(*) as n
    from integrations_journalentry where {RECEIVED} and {DECIDED} and decision = 'rejected' group by 1, 2, 3, 4""",
)
REASONS = Tally(
    "reasons",
    ("release", "offer", "reason"),
    # Few different lists of reasons occur in an hour, so they are counted before they are taken apart.
    f"""select at, number as release, codes[place] as offer, reason, sum(times)::bigint as n
    from (
        select {HOUR_OF} as at, release, reasons, count(*) as times
        from integrations_journalentry where {RECEIVED} and {DECIDED} group by 1, 2, 3) as told
    join offers_release on number = release
    cross join lateral unnest(reasons) with ordinality as each_offer (reason, place)
    where place <= cardinality(codes)
    group by 1, 2, 3, 4""",
)
# How many roubles were asked for, where that was said.
MONEY = Tally(
    "money",
    ("product_type", "amount_from", "release", "decision"),
    f"""select {HOUR_OF} as at, product_type, {bands.sql("amount", bands.AMOUNTS)} as amount_from, release, decision,
        sum(round(amount))::bigint as n
    from integrations_journalentry where {RECEIVED} and {DECIDED} and amount is not null group by 1, 2, 3, 4, 5""",
)
# The hour of Moscow's day, so that a year's need not be added up from its hours.
HOURS = Tally(
    "hours",
    ("hour",),
    f"""select {HOUR_OF} as at, extract(hour from received_at at time zone 'Europe/Moscow')::smallint as hour,
        count(*) as n
    from integrations_journalentry where {RECEIVED} and {EXCHANGE} and kind <> 'decided' group by 1, 2""",
)
ALL: Final = (EXCHANGES, LATENCY, DEMAND, REFUSED, REASONS, MONEY, HOURS)


class Part(NamedTuple):
    """A stretch of a period, and from where it is counted: None is the journal itself."""

    grain: Grain | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """SQL that yields at, the tally's columns and n, with its parameters."""

    sql: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """A period to be counted, and until when the journal was tallied as the counting began."""

    start: datetime
    end: datetime
    tallied_until: datetime | None

    def source(self, tally: Tally, coarsest: Grain = "month") -> Source:
        """The period's counts. `coarsest`: the largest unit whose counts will do."""
        pieces: list[str] = []
        parameters: dict[str, Any] = {}
        for number, part in enumerate(parts(self.start, self.end, self.tallied_until, coarsest)):
            names = {"start": f"start{number}", "end": f"end{number}"}
            parameters |= {names["start"]: part.start, names["end"]: part.end}
            pieces.append(_tallied(tally, part.grain, names) if part.grain else f"({tally.raw.format(**names)})")
        return Source(" union all ".join(pieces), parameters)


def window(start: datetime, end: datetime) -> Window:
    return Window(start, end, watermark())


def _tallied(tally: Tally, grain: Grain, names: dict[str, str]) -> str:
    return (
        f"(select at, {tally.listed}, n from {tally.table} "
        f"where grain = '{grain}' and at >= %({names['start']})s and at < %({names['end']})s)"
    )


def watermark() -> datetime | None:
    """Until when everything is tallied; None where nothing is. What jobs of an earlier release left out is not."""
    told = (f"(select max(at) from {tally.table} where grain = 'hour')" for tally in (EXCHANGES, HOURS))
    ((last,),) = _execute(f"select least({', '.join(told)})")
    return last + HOUR if last else None


def release_in_use(number: int) -> tuple[datetime, datetime] | None:
    """From when to when answers of that release went out, as far as days are tallied; None where none did."""
    ((first, last),) = _execute(
        f"select min(at), max(at) from {EXCHANGES.table} where grain = 'day' and release = %(number)s",
        {"number": number},
    )
    # The last day goes on behind what is tallied of it.
    return (first, last + timedelta(days=2)) if first else None


def parts(start: datetime, end: datetime, tallied_until: datetime | None, coarsest: Grain) -> Iterator[Part]:
    """The period cut into months, days and hours as large as they fit, and the rest; in no order."""
    if start >= end:
        return
    finer: Grain | None = {"month": "day", "day": "hour"}.get(coarsest)  # type: ignore[assignment]
    first, beyond = _ceiling(start, coarsest), _floor(min(end, tallied_until or start), coarsest)
    if first >= beyond:
        yield from parts(start, end, tallied_until, finer) if finer else [Part(None, start, end)]
        return
    yield Part(coarsest, first, beyond)
    for left, right in ((start, first), (beyond, end)):
        if left < right:
            yield from parts(left, right, tallied_until, finer) if finer else [Part(None, left, right)]


def _floor(moment: datetime, grain: Grain) -> datetime:
    local = moment.astimezone(MOSCOW).replace(minute=0, second=0, microsecond=0)
    if grain != "hour":
        local = local.replace(hour=0)
    return local.replace(day=1) if grain == "month" else local


def _ceiling(moment: datetime, grain: Grain) -> datetime:
    floor = _floor(moment, grain)
    return floor if floor == moment else _next(floor, grain)


def _next(unit: datetime, grain: Grain) -> datetime:
    beyond_it = {"hour": HOUR, "day": timedelta(days=1), "month": timedelta(days=31)}[grain]
    return _floor(unit + beyond_it, grain)


def roll(now: datetime | None = None) -> int:
    """Tally the hours that have passed, and again those in which entries came late; how many hours that were."""
    now = now or datetime.now(UTC)
    beyond = _floor(now - SETTLED, "hour")
    with _alone():
        first = watermark() or _first_hour()
        if first is None or first >= beyond:
            return 0
        hours = [*_late_hours(now - RECOUNTED, first), *_hours(first, beyond)]
        _retally(hours)
    return len(hours)


def rebuild(start: datetime, end: datetime) -> None:
    """Tally a period anew: after entries were added to its past."""
    with _alone():
        done = watermark()
        first = min(start, done or _first_hour() or start)
        beyond = min(max(_ceiling(end, "hour"), done or end), datetime.now(UTC) - SETTLED)
        _retally(list(_hours(_floor(first, "hour"), _floor(beyond, "hour"))))


@contextmanager
def _alone() -> Iterator[None]:
    """A transaction in which nobody else tallies."""
    with transaction.atomic():
        _execute("select pg_advisory_xact_lock(%(lock)s)", {"lock": LOCK})
        yield


def _first_hour() -> datetime | None:
    ((first,),) = _execute("select min(received_at) from integrations_journalentry")
    return _floor(first, "hour") if first else None


def _late_hours(start: datetime, end: datetime) -> list[datetime]:
    """Hours whose entries are no longer as many as were tallied."""
    told = f"""
    select at from (
        select {HOUR_OF} as at, count(*) as n from integrations_journalentry
        where {RECEIVED.format(start="start", end="end")} and {EXCHANGE} group by 1) as journal
    full join (
        select at, sum(n) as n from {EXCHANGES.table}
        where grain = 'hour' and at >= %(start)s and at < %(end)s group by 1) as tallied using (at)
    where journal.n is distinct from tallied.n"""
    return [hour for (hour,) in _execute(told, {"start": _floor(start, "hour"), "end": end})]


def _hours(first: datetime, beyond: datetime) -> Iterator[datetime]:
    while first < beyond:
        yield first
        first += HOUR


def _retally(hours: Iterable[datetime]) -> None:
    for start, end in _stretches(hours):
        for tally in ALL:
            _replace(tally, "hour", start, end, f"select at, {tally.listed}, n from ({_journal(tally)}) as counted")
            for coarse, fine in COARSER:
                # Also a day or a month that is not over yet: so far.
                unit, beyond = _floor(start, coarse), _next(_floor(end - HOUR, coarse), coarse)
                _replace(tally, coarse, unit, beyond, _summed(tally, coarse, fine))


def _stretches(hours: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Hours in a row as one stretch; a month at most, so that the work of a statement stays bounded."""
    for _month, of_month in groupby(sorted(hours), key=lambda hour: _floor(hour, "month")):
        for _gap, row in groupby(enumerate(of_month), key=lambda place: place[1] - place[0] * HOUR):
            in_a_row = [hour for _place, hour in row]
            yield in_a_row[0], in_a_row[-1] + HOUR


def _journal(tally: Tally) -> str:
    return tally.raw.format(start="start", end="end")


def _summed(tally: Tally, coarse: Grain, fine: Grain) -> str:
    return (
        f"select date_trunc('{coarse}', at, 'Europe/Moscow') as unit, {tally.listed}, sum(n) from {tally.table} "
        f"where grain = '{fine}' and at >= %(start)s and at < %(end)s group by unit, {tally.listed}"
    )


def _replace(tally: Tally, grain: Grain, start: datetime, end: datetime, counts: str) -> None:
    bounds = {"start": start, "end": end}
    _execute(f"delete from {tally.table} where grain = '{grain}' and at >= %(start)s and at < %(end)s", bounds)
    _execute(
        f"insert into {tally.table} (grain, at, {tally.listed}, n) "
        f"select '{grain}', counts.* from ({counts}) as counts",
        bounds,
    )


def _execute(statement: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
