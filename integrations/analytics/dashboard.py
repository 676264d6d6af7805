"""What the dashboard shows of a period: each function asks one question, and none reads the journal row by row."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from integrations.analytics import bands
from integrations.analytics.tallies import DEMAND, EXCHANGES, HOURS, LATENCY, REASONS, Grain, Tally, Window
from integrations.models import DecisionCode
from offers.domain.decide import OFFERED, Reason
from offers.models import Release

MICROSECONDS: Final = 1000  # in a millisecond
MILLISECONDS: Final = 1000  # in a second
QUANTILES: Final = (0.5, 0.95, 0.99)
MEASURES: Final = ("latency", "pending", "without")
# A year of days holds more different latencies than a question may read, so its curve has a point a month.
LATENCY_BY_DAY: Final = 100
# A decision made later is an entry, and nobody's request.
REQUESTS: Final = "coalesce(sum(n) filter (where kind <> 'decided'), 0)"


@dataclass(frozen=True, slots=True)
class Point:
    """What went by in one hour, day or month."""

    at: datetime
    requests: int
    approved: int
    refused: int
    repeated: int
    polls: int
    errors: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds within which half, 95 % and 99 % were done, and how many took longer than the deadline."""

    count: int
    p50: float
    p95: float
    p99: float
    late: int

    @property
    def late_percent(self) -> float:
        return 100 * self.late / self.count if self.count else 0.0

    @property
    def p50_seconds(self) -> float:
        return self.p50 / MILLISECONDS

    @property
    def p95_seconds(self) -> float:
        return self.p95 / MILLISECONDS


@dataclass(frozen=True, slots=True)
class LatencyPoint:
    at: datetime
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Split:
    """How many were approved and refused under one label: a product, a band of amounts or of terms."""

    label: str
    approved: int
    refused: int

    @property
    def total(self) -> int:
        return self.approved + self.refused


@dataclass(frozen=True, slots=True)
class Demand:
    products: list[Split]
    amounts: dict[str, list[Split]]  # by product
    terms: list[Split]  # of loans


@dataclass(frozen=True, slots=True)
class OfferReasons:
    """How often one offer was shown, and why else it was not; other products' enquiries apart."""

    offer: str
    shown: int
    left_out: dict[int, int]


@dataclass(frozen=True, slots=True)
class Failure:
    """Answers other than 200."""

    status: int
    client: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """Since when a release was decided on."""

    at: datetime
    release: int
    author: str
    comment: str


def points(window: Window, grain: Grain) -> list[Point]:
    rows = _ask(
        window,
        EXCHANGES,
        grain,
        f"""date_trunc('{grain}', at, 'Europe/Moscow') as moment, {REQUESTS},
        coalesce(sum(n) filter (where decision = 'has_approve' and not repeated), 0),
        coalesce(sum(n) filter (where decision = 'rejected' and not repeated), 0),
        coalesce(sum(n) filter (where repeated and kind = 'approval'), 0),
        coalesce(sum(n) filter (where kind = 'poll'), 0),
        coalesce(sum(n) filter (where status <> 200), 0)""",
        "group by moment order by moment",
    )
    return [Point(at, *map(int, counts)) for at, *counts in rows]


def by_hour_of_day(window: Window) -> list[int]:
    """Requests in each hour of Moscow's day, over the whole period."""
    counted = dict(_ask(window, HOURS, "month", "hour, sum(n)", "group by hour"))
    return [int(counted.get(number, 0)) for number in range(24)]


def demand(window: Window) -> Demand:
    rows = _ask(
        window,
        DEMAND,
        "month",
        "product_type, amount_from, term_from, decision, sum(n)",
        "group by product_type, amount_from, term_from, decision",
    )
    products: dict[str, Counter[str]] = defaultdict(Counter)
    amounts: dict[str, dict[int | None, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    terms: dict[int | None, Counter[str]] = defaultdict(Counter)
    for product, amount_from, term_from, decision, n in rows:
        products[product][decision] += int(n)
        amounts[product][amount_from][decision] += int(n)
        if product == "loan":
            terms[term_from][decision] += int(n)
    return Demand(
        products=[_split(product, counts) for product, counts in sorted(products.items(), reverse=True)],
        amounts={product: _splits(told, bands.amount_label) for product, told in amounts.items()},
        terms=_splits(terms, bands.term_label),
    )


def _splits(counted: Mapping[int | None, Counter[str]], label: Any) -> list[Split]:
    """In the order of the bands; last what was not said."""
    ordered = sorted(counted.items(), key=lambda item: (item[0] is None, item[0] or 0))
    return [_split(label(start), counts) for start, counts in ordered]


def _split(label: str, counts: Counter[str]) -> Split:
    return Split(label, counts[DecisionCode.HAS_APPROVE], counts[DecisionCode.REJECTED])


def offers(window: Window) -> list[OfferReasons]:
    """The most shown first."""
    rows = _ask(window, REASONS, "month", "offer, reason, sum(n)", "group by offer, reason")
    told: dict[str, Counter[int]] = defaultdict(Counter)
    for offer, reason, n in rows:
        told[offer][reason] += int(n)
    found = [_offer(offer, counts) for offer, counts in told.items()]
    return sorted(found, key=lambda offer: (-offer.shown, offer.offer))


def _offer(offer: str, counts: Counter[int]) -> OfferReasons:
    left_out = {reason: n for reason, n in counts.most_common() if reason not in (*OFFERED, Reason.OTHER_PRODUCT)}
    return OfferReasons(offer, sum(counts[reason] for reason in OFFERED), left_out)


def latency(window: Window, deadline_ms: int) -> tuple[Latency, Latency, Latency]:
    """Of answers, of enquiries left open until they were decided, and of decisions for want of the scoring's word."""
    rows = _ask(window, LATENCY, "month", "measure, bin, sum(n)", "group by measure, bin order by bin")
    histograms: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for measure, start, n in rows:
        histograms[measure].append((start, int(n)))
    answers, pending, without = (_latency(histograms[measure], deadline_ms) for measure in MEASURES)
    return answers, pending, without


def _latency(histogram: list[tuple[int, int]], deadline_ms: int) -> Latency:
    total = sum(n for _start, n in histogram)
    late = sum(n for start, n in histogram if start >= deadline_ms * MICROSECONDS)
    p50, p95, p99 = (_quantile(histogram, total * share) for share in QUANTILES)
    return Latency(total, p50, p95, p99, late)


def _quantile(histogram: Iterable[tuple[int, int]], wanted: float) -> float:
    passed = 0
    for start, n in histogram:
        passed += n
        if passed >= wanted:
            return start / MICROSECONDS
    return 0.0


def latency_grain(window: Window, grain: Grain) -> Grain:
    """What one point of the curve of latencies stands for, where others have one an hour, day or month."""
    return "month" if grain == "day" and (window.end - window.start).days > LATENCY_BY_DAY else grain


def latency_points(window: Window, grain: Grain) -> list[LatencyPoint]:
    source = window.source(LATENCY, grain)
    least = ", ".join(f"min(bin) filter (where passed >= {share} * total)" for share in QUANTILES)
    statement = f"""
    with counted as (
        select date_trunc('{grain}', at, 'Europe/Moscow') as moment, bin, sum(n) as n
        from ({source.sql}) as told where measure = 'latency' group by moment, bin),
    passing as (
        select moment, bin, sum(n) over (partition by moment order by bin) as passed,
            sum(n) over (partition by moment) as total
        from counted)
    select moment, {least} from passing group by moment order by moment"""
    rows = _rows(statement, source.parameters)
    return [LatencyPoint(at, *(value / MICROSECONDS for value in values)) for at, *values in rows]


def failures(window: Window) -> list[Failure]:
    """The most frequent first."""
    rows = _ask(
        window,
        EXCHANGES,
        "month",
        "status, client, sum(n) as n",
        "where status <> 200 group by status, client order by sum(n) desc",
    )
    return [Failure(status, client, int(n)) for status, client, n in rows]


def left_open(window: Window) -> int:
    """Enquiries that were answered with `pending`."""
    pending = "where kind = 'approval' and decision is null and status = 200"
    ((count,),) = _ask(window, EXCHANGES, "month", "coalesce(sum(n), 0)", pending)
    return int(count)


def changes(window: Window, grain: Grain) -> list[Change]:
    """The releases that came into use, but for the one that was in use as the period began."""
    rows = _ask(
        window,
        EXCHANGES,
        grain,
        "release, min(at) as first",
        "where release is not null and not repeated group by release order by first, release",
    )
    firsts = dict(rows[1:])
    known = Release.objects.filter(number__in=firsts).values_list("number", "author", "comment")
    told = {number: (author, comment) for number, author, comment in known}
    return [Change(at, number, *told.get(number, ("", ""))) for number, at in firsts.items()]


def _ask(window: Window, tally: Tally, coarsest: Grain, columns: str, rest: str) -> list[tuple[Any, ...]]:
    source = window.source(tally, coarsest)
    return _rows(f"select {columns} from ({source.sql}) as told {rest}", source.parameters)


def _rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
