"""The base period of a schedule given by dates: 353-FZ, article 6, parts 2.1 and 2.2.

The base period is the standard interval that is met most often between the flows; of several equally frequent ones the
smallest. Standard intervals are days, months and the year, and none is longer than a year; where all are longer, it is
the year. A year has 365 days.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from offers.domain.dates import MONTHS_IN_YEAR, add_months, exact_months, whole_months
from offers.domain.full_cost import Absence, BadFlowError, Flow, FlowRule, NoFullCostError, full_cost, refuse_bad_amount
from offers.domain.money import CONTEXT

DAYS_IN_YEAR: Final = 365
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999


@dataclass(frozen=True, slots=True)
class DatedFlow:
    """A cash flow on a date: roubles, negative when lent and positive when paid. BadFlowError outside the bounds."""

    amount: Decimal
    on: date

    def __post_init__(self) -> None:
        refuse_bad_amount(self.amount)
        if not FIRST_YEAR <= self.on.year <= LAST_YEAR:
            raise BadFlowError("date", FlowRule.YEAR_OUT_OF_RANGE)


class Unit(StrEnum):
    """What a base period is counted in."""

    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class BasePeriod:
    """So many days or calendar months, a year at most (twelve months)."""

    length: int
    unit: Unit

    @property
    def periods_per_year(self) -> Decimal:
        """ЧБП: the base periods in a year of 365 days or twelve months."""
        return CONTEXT.divide(Decimal(self._units_in_year), Decimal(self.length))

    @property
    def share_of_year(self) -> float:
        """Its length, for comparison with others."""
        return self.length / self._units_in_year

    @property
    def _units_in_year(self) -> int:
        return DAYS_IN_YEAR if self.unit is Unit.DAYS else MONTHS_IN_YEAR

    def flow(self, dated: DatedFlow, disbursed_on: date) -> Flow:
        """The flow as the equation takes it: whole base periods since the disbursement, and the rest as a fraction.

        A rest of a month is its days over those of the running month, so that it stays below one.
        """
        q = self._whole_periods(disbursed_on, dated.on)
        begun = self._after(disbursed_on, q)
        rest, whole = (dated.on - begun).days, (self._after(disbursed_on, q + 1) - begun).days
        return Flow(dated.amount, q, CONTEXT.divide(Decimal(rest), Decimal(whole)))

    def _whole_periods(self, start: date, end: date) -> int:
        units = (end - start).days if self.unit is Unit.DAYS else whole_months(start, end)
        return units // self.length

    def _after(self, start: date, periods: int) -> date:
        if self.unit is Unit.DAYS:
            return start + timedelta(days=periods * self.length)
        return add_months(start, periods * self.length)


YEAR: Final = BasePeriod(MONTHS_IN_YEAR, Unit.MONTHS)


@dataclass(frozen=True, slots=True)
class Equation:
    """The law's equation for a dated schedule: its base period and its terms."""

    base_period: BasePeriod
    flows: tuple[Flow, ...]

    @property
    def full_cost(self) -> Decimal:
        """Per cent a year; errors as in `offers.domain.full_cost.full_cost`."""
        return full_cost(self.flows, self.base_period.periods_per_year)


def equation(flows: Iterable[DatedFlow]) -> Equation:
    """Count the flows in base periods from the disbursement, the first negative flow.

    Payments made before the disbursement count on its day. NoFullCostError where nothing is lent.
    """
    moved = [flow for flow in flows if flow.amount]
    disbursed_on = min((flow.on for flow in moved if flow.amount < 0), default=None)
    if disbursed_on is None:
        raise NoFullCostError(Absence.NO_DISBURSEMENT if moved else Absence.NO_FLOWS)
    moved = [flow if flow.on >= disbursed_on else DatedFlow(flow.amount, disbursed_on) for flow in moved]
    period = base_period(flow.on for flow in moved)
    return Equation(period, tuple(period.flow(flow, disbursed_on) for flow in moved))


def base_period(days: Iterable[date]) -> BasePeriod:
    """The most frequent standard interval between neighbouring dates, of several the smallest; a year if none is."""
    intervals = Counter(_interval(earlier, later) for earlier, later in pairwise(sorted(set(days))))
    standard = [(interval, count) for interval, count in intervals.items() if interval.share_of_year <= 1]
    if not standard:
        return YEAR
    return min(standard, key=lambda met: (-met[1], met[0].share_of_year))[0]


def _interval(earlier: date, later: date) -> BasePeriod:
    months = exact_months(earlier, later)
    if months is None:
        return BasePeriod((later - earlier).days, Unit.DAYS)
    return BasePeriod(months, Unit.MONTHS)
