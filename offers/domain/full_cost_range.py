"""The range of the full cost over all loans that an offer allows, and the loans at which its ends lie.

The extremes are not at the corners where fees come in steps, so every whole month of the term is worked out, at the
ends of the amount and on both sides of each step of a fee. A higher rate raises every payment, so the lowest cost lies
at the lowest rate and the highest at the highest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from itertools import pairwise
from operator import mul
from typing import Final, NamedTuple

from offers.domain.catalogue import Range
from offers.domain.cost_terms import CardTerms, Insurance, LoanTerms
from offers.domain.dates import add_months
from offers.domain.fees import Fee, telling_amounts
from offers.domain.money import CONTEXT
from offers.domain.schedule import (
    InterestBasis,
    LoanRepayment,
    Payments,
    Repayment,
    Schedule,
    payments,
    schedule,
    year_fraction,
)

_MONTHLY_PERCENT_BASE: Final = 1200
# Four years hold every pattern of months and leap years.
_CALENDAR_CYCLE: Final = timedelta(days=1461)
# From the 1st to the 28th a month's days give the same periods, but that the New Year moves through one of them: so the
# cost moves one way, and the extremes lie at these days or at the ends of the window.
_TELLING_DAYS: Final = frozenset({1, 28, 29, 30, 31})


@dataclass(frozen=True, slots=True)
class Box:
    """The loans that an offer allows: roubles, per cent a year, months."""

    amount: Range[Decimal]
    rate: Range[Decimal]
    months: Range[int]


@dataclass(frozen=True, slots=True)
class DisbursementDays:
    """The days on which a loan may be disbursed, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"the first day of disbursement is after the last: {self.first} > {self.last}")


@dataclass(frozen=True, slots=True)
class Case:
    """One loan and its full cost. `disbursed_on` is given where interest is by actual days.

    `fees`: all that are paid, the premium among them where it is insured.
    """

    full_cost: Decimal
    amount: Decimal
    rate: Decimal
    months: int
    insured: bool
    disbursed_on: date | None
    repayment: Repayment = LoanRepayment.ANNUITY
    fees: tuple[Fee, ...] = ()

    def schedule(self) -> Schedule:
        """Its payments, worked out again."""
        basis = InterestBasis.ACTUAL_DAYS if self.disbursed_on else InterestBasis.MONTHS
        return schedule(
            self.amount,
            self.rate,
            self.months,
            repayment=self.repayment,
            basis=basis,
            fees=self.fees,
            start=self.disbursed_on,
        )


@dataclass(frozen=True, slots=True)
class FullCostRange:
    """The loans of the lowest and of the highest full cost; of equal ones the first by term and amount."""

    lowest: Case
    highest: Case


@dataclass(frozen=True, slots=True)
class CardFullCosts:
    """A card's full costs when it pays for purchases and when its limit is drawn in cash."""

    cashless: FullCostRange
    cash: FullCostRange


@dataclass(frozen=True, slots=True)
class _Conditions:
    repayment: Repayment
    basis: InterestBasis
    fees: tuple[Fee, ...]
    insurance: Insurance | None


def loan_full_cost_range(box: Box, terms: LoanTerms, days: DisbursementDays | None = None) -> FullCostRange:
    """The range over a cash loan's box. `days` are needed where interest is by actual days: ValueError without."""
    return _range(box, _Conditions(terms.repayment, terms.basis, terms.fees, terms.insurance), days)


def card_full_costs(
    limit: Range[Decimal], rate: Range[Decimal], terms: CardTerms, days: DisbursementDays | None = None
) -> CardFullCosts:
    """The ranges of a card, cashless and in cash, over its limits and rates and its own term for cost."""
    box = Box(limit, rate, Range(terms.months, terms.months))
    conditions = _Conditions(terms.minimum, terms.basis, terms.fees, terms.insurance)
    cash_box = box if terms.cash_rate is None else replace(box, rate=Range(terms.cash_rate, terms.cash_rate))
    cash_fees = terms.fees if terms.cash_fee is None else (*terms.fees, terms.cash_fee)
    return CardFullCosts(
        cashless=_range(box, conditions, days), cash=_range(cash_box, replace(conditions, fees=cash_fees), days)
    )


def _range(box: Box, conditions: _Conditions, days: DisbursementDays | None) -> FullCostRange:
    calendar = None
    if conditions.basis is InterestBasis.ACTUAL_DAYS:
        if days is None:
            raise ValueError("interest by actual days needs the days of disbursement")
        calendar = _calendar(days, box.months.max)
    lowest = list(_cases(box, conditions, box.rate.min, calendar.cheapest if calendar else None))
    highest = lowest  # at one rate, with a cost that no day moves, the same loans are looked at
    if calendar or box.rate.max != box.rate.min:
        highest = list(_cases(box, conditions, box.rate.max, calendar.dearest if calendar else None))
    return FullCostRange(min(lowest, key=_cost), max(highest, key=_cost))


def _cost(case: Case) -> Decimal:
    return case.full_cost


def _cases(
    box: Box, conditions: _Conditions, rate: Decimal, best_day: Callable[[Payments, Decimal], date] | None
) -> Iterator[Case]:
    for months in range(box.months.min, box.months.max + 1):
        for amount in _telling_amounts(box.amount, conditions):
            for variant in _variants(conditions, rate):
                its_payments = partial(
                    payments, amount, variant.rate, months, repayment=conditions.repayment, fees=variant.fees
                )
                plan = its_payments(basis=InterestBasis.MONTHS, start=None)
                start = best_day and best_day(plan, variant.rate)
                if start:
                    plan = its_payments(basis=InterestBasis.ACTUAL_DAYS, start=start)
                yield Case(
                    plan.full_cost(),
                    amount,
                    variant.rate,
                    months,
                    variant.insured,
                    start,
                    conditions.repayment,
                    variant.fees,
                )


class _Variant(NamedTuple):
    rate: Decimal
    fees: tuple[Fee, ...]
    insured: bool


def _variants(conditions: _Conditions, rate: Decimal) -> tuple[_Variant, ...]:
    """The loan as it is, or with the insurance paid and, where it may be declined, with its surcharge instead."""
    if conditions.insurance is None:
        return (_Variant(rate, conditions.fees, insured=False),)
    insured = _Variant(rate, (*conditions.fees, conditions.insurance.premium), insured=True)
    if not conditions.insurance.surcharge:
        return (insured,)
    return insured, _Variant(CONTEXT.add(rate, conditions.insurance.surcharge), conditions.fees, insured=False)


def _telling_amounts(amount: Range[Decimal], conditions: _Conditions) -> list[Decimal]:
    fees = conditions.fees if conditions.insurance is None else (*conditions.fees, conditions.insurance.premium)
    return telling_amounts(amount.min, amount.max, fees)


class _Calendar:
    """The days of disbursement that can be extreme, and how long the months are from each.

    To the first order, a loan costs as much more as its interest by actual days, discounted, exceeds that by months. So
    the day is chosen by that sum and only its loan worked out.
    """

    def __init__(self, days: DisbursementDays, months: int) -> None:
        last = min(days.last, days.first + _CALENDAR_CYCLE)
        window = [days.first + timedelta(days=number) for number in range((last - days.first).days + 1)]
        self._years = {
            day: _year_fractions(day, months) for day in window if day.day in _TELLING_DAYS or day in (days.first, last)
        }

    def cheapest(self, plan: Payments, rate: Decimal) -> date:
        return min(self._years, key=self._interest(plan, rate))

    def dearest(self, plan: Payments, rate: Decimal) -> date:
        return max(self._years, key=self._interest(plan, rate))

    def _interest(self, plan: Payments, rate: Decimal) -> Callable[[date], float]:
        """The discounted interest of payments by months, if it began on a day and were by actual days."""
        growth = 1 + float(rate) / _MONTHLY_PERCENT_BASE
        weights = [month.debt / growth**month.number for month in plan.months]
        return lambda day: sum(map(mul, weights, self._years[day]))


_calendar = lru_cache(maxsize=4)(_Calendar)  # a bank's offers share few windows and longest terms


def _year_fractions(start: date, months: int) -> list[float]:
    days = [add_months(start, number) for number in range(months + 1)]
    fractions = (year_fraction(earlier, later) for earlier, later in pairwise(days))
    return [fraction.numerator / fraction.denominator for fraction in fractions]
