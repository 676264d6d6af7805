"""From the question to the issue: how many came how far, with how much money, and how long each step took.

Everything is counted by when it was asked, so that what came of a week's questions is seen in that week. What was asked
and answered comes out of the tallies; clicks and applications are few enough to be read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.db import connection

from integrations.analytics import bands
from integrations.analytics.tallies import DEMAND, EXCHANGES, MONEY, REASONS, Grain, Tally, Window

# A cell of the funnel: what a line stands for.
Key = Any


class Step(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"  # by the answer to Yandex; of an offer: shown
    CLICKED = "clicked"
    FILED = "filed"
    AGREED = "agreed"  # by the bank
    ISSUED = "issued"


class By(StrEnum):
    PRODUCT = "product"
    OFFER = "offer"
    RELEASE = "release"
    AMOUNT = "amount"
    WEEK = "week"


@dataclass(slots=True)
class Line:
    """One product, offer, release, band or week."""

    key: Key
    counts: dict[Step, int] = field(default_factory=dict)
    money: dict[Step, Decimal] = field(default_factory=dict)  # roubles; of an offer none before the click

    def share(self, step: Step, of: Step) -> float | None:
        """In per cent; None where there was nothing to take a share of."""
        whole = self.counts.get(of, 0)
        return 100 * self.counts.get(step, 0) / whole if whole else None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long half, and nine of ten, took from one step to the next."""

    start: Step
    end: Step
    count: int
    half: timedelta | None
    most: timedelta | None


@dataclass(frozen=True, slots=True)
class _Dimension:
    """How each source names what a line stands for; None where it can't."""

    asked: tuple[Tally, Grain, str] | None
    money: tuple[Grain, str] | None
    shown: tuple[Grain, str] | None
    later: str  # of clicks and applications, whose columns are named alike


WEEK: Final = "date_trunc('week', {moment}, 'Europe/Moscow')"
BAND: Final = bands.sql("{amount}", bands.AMOUNTS)
DIMENSIONS: Final[dict[By, _Dimension]] = {
    By.PRODUCT: _Dimension((DEMAND, "month", "product_type"), ("month", "product_type"), None, "product"),
    By.OFFER: _Dimension(None, None, ("month", "offer"), "offer"),
    By.RELEASE: _Dimension((EXCHANGES, "month", "release"), ("month", "release"), None, "release"),
    By.AMOUNT: _Dimension(
        (DEMAND, "month", "amount_from"), ("month", "amount_from"), None, BAND.format(amount="asked_amount")
    ),
    By.WEEK: _Dimension(
        (DEMAND, "day", WEEK.format(moment="at")),
        ("day", WEEK.format(moment="at")),
        None,
        WEEK.format(moment="asked_at"),
    ),
}
ASKED: Final = """select {key} as key, sum(n), coalesce(sum(n) filter (where decision = 'has_approve'), 0)
from ({source}) as told where decision is not null {once} group by 1"""
SHOWN: Final = "select {key} as key, sum(n) from ({source}) as told where reason = 0 group by 1"
# A person who clicks twice is one who clicked. A click is noted until its link expires.
CLICKED: Final = """select {key} as key, count(*), sum(asked_amount) from (
    select distinct on (enquiry, offer) enquiry, offer, release, product, amount as asked_amount, asked_at
    from analysis.clicks where clicked_at >= %(start)s and clicked_at < %(expired)s
        and asked_at >= %(start)s and asked_at < %(end)s) as clicks group by 1"""
FILED: Final = """select {key} as key, count(*), sum(coalesce(amount, asked_amount)),
    count(*) filter (where agreed), sum(coalesce(amount, asked_amount)) filter (where agreed),
    count(*) filter (where issued), sum(coalesce(amount, asked_amount)) filter (where issued)
from (select *, approved_at is not null or issued_at is not null as agreed, issued_at is not null as issued
    from analysis.applications
    where asked_at >= %(start)s and asked_at < %(end)s) as applications group by 1"""
WAITS: Final = (
    (Step.ASKED, Step.FILED, "filed_at - asked_at"),
    (Step.FILED, Step.AGREED, "approved_at - filed_at"),
    (Step.AGREED, Step.ISSUED, "issued_at - approved_at"),
)


def lines(window: Window, by: By) -> list[Line]:
    """The largest first; weeks, bands and releases in their order."""
    found: defaultdict[Key, Line] = defaultdict(lambda: Line(None))
    dimension = DIMENSIONS[by]
    _count_asked(found, window, dimension)
    _count_later(found, window, dimension)
    for key, line in found.items():
        line.key = key
    return sorted(found.values(), key=_order(by))


def total(each: Iterable[Line]) -> Line:
    """All lines as one."""
    whole = Line(None)
    for line in each:
        for step, count in line.counts.items():
            whole.counts[step] = whole.counts.get(step, 0) + count
        for step, roubles in line.money.items():
            whole.money[step] = whole.money.get(step, Decimal()) + roubles
    return whole


def waits(window: Window) -> list[Wait]:
    """From the question to the filing, to the bank's approval, to the issue."""
    parts = ", ".join(
        f"count({took}), percentile_cont(0.5) within group (order by {took}),"
        f" percentile_cont(0.9) within group (order by {took})"
        for _start, _end, took in WAITS
    )
    ((*found,),) = _rows(
        f"select {parts} from analysis.applications where asked_at >= %(start)s and asked_at < %(end)s", _bounds(window)
    )
    return [Wait(start, end, *found[3 * number : 3 * number + 3]) for number, (start, end, _took) in enumerate(WAITS)]


def _count_asked(found: defaultdict[Key, Line], window: Window, dimension: _Dimension) -> None:
    if dimension.asked:
        tally, grain, key = dimension.asked
        once = "and not repeated" if tally is EXCHANGES else ""
        for each, asked, approved in _tallied(window, tally, grain, ASKED, key=key, once=once):
            found[each].counts |= {Step.ASKED: int(asked), Step.APPROVED: int(approved)}
    if dimension.money:
        grain, key = dimension.money
        for each, asked, approved in _tallied(window, MONEY, grain, ASKED, key=key, once=""):
            found[each].money |= {Step.ASKED: Decimal(asked), Step.APPROVED: Decimal(approved)}
    if dimension.shown:
        grain, key = dimension.shown
        for each, shown in _tallied(window, REASONS, grain, SHOWN, key=key):
            found[each].counts[Step.APPROVED] = int(shown)


def _count_later(found: defaultdict[Key, Line], window: Window, dimension: _Dimension) -> None:
    for key, clicked, roubles in _rows(CLICKED.format(key=dimension.later), _bounds(window)):
        found[key].counts[Step.CLICKED] = clicked
        found[key].money[Step.CLICKED] = roubles or Decimal()
    for key, *told in _rows(FILED.format(key=dimension.later), _bounds(window)):
        for number, step in enumerate((Step.FILED, Step.AGREED, Step.ISSUED)):
            found[key].counts[step] = told[2 * number]
            found[key].money[step] = told[2 * number + 1] or Decimal()


def _tallied(window: Window, tally: Tally, grain: Grain, statement: str, **parts: str) -> list[tuple[Any, ...]]:
    source = window.source(tally, grain)
    return _rows(statement.format(source=source.sql, **parts), source.parameters)


def _order(by: By) -> Callable[[Line], Any]:
    if by in (By.PRODUCT, By.OFFER):
        return lambda line: (-line.counts.get(Step.APPROVED, 0), str(line.key))
    return lambda line: (line.key is None, line.key)


def _bounds(window: Window) -> dict[str, datetime]:
    expired = window.end + timedelta(days=settings.REFS_LIFETIME_DAYS)
    return {"start": window.start, "end": window.end, "expired": expired}


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
