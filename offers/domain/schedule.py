"""Schedules of payments: every flow to the kopeck, the last payment takes the remainder.

Worked out in whole kopecks, so that nothing is rounded but what the contract rounds: each month's interest, the
annuity, a part of the principal, a fee; all half up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from offers.domain.dates import MONTHS_IN_YEAR, add_months, days_by_year_length
from offers.domain.fees import Charged, Fee
from offers.domain.full_cost import Flow, full_cost, full_cost_by_month
from offers.domain.money import (
    CONTEXT,
    KOPECK_DECIMALS,
    MAX_AMOUNT,
    MAX_RATE,
    RATE_DECIMALS,
    ZERO,
    kopecks,
    refuse_outside,
    roubles,
)
from offers.domain.payments import annuity, principal_part

MAX_MONTHS: Final = 600

_SHORT_YEAR: Final = 365
_LONG_YEAR: Final = 366


class InterestBasis(StrEnum):
    """How a month's interest is counted: a twelfth of the annual rate, or actual days over 365 or 366."""

    MONTHS = "months"
    ACTUAL_DAYS = "actual_days"


class LoanRepayment(StrEnum):
    """How a loan is repaid: by equal payments, or by equal parts of the principal."""

    ANNUITY = "annuity"
    EQUAL_PRINCIPAL = "equal_principal"


@dataclass(frozen=True, slots=True)
class MinimumPayment:
    """A card's minimum payment: a share of the debt in per cent, at least `floor` roubles, and the month's interest."""

    share: Decimal
    floor: Decimal = ZERO

    def __post_init__(self) -> None:
        refuse_outside("a share of the debt", self.share, highest=Decimal(100), decimals=RATE_DECIMALS)
        refuse_outside("a floor", self.floor, highest=MAX_AMOUNT, decimals=KOPECK_DECIMALS)


Repayment = LoanRepayment | MinimumPayment


@dataclass(frozen=True, slots=True)
class Instalment:
    """A month's payment in roubles; `balance` is the debt after it, `on` its date where the schedule has dates."""

    number: int
    on: date | None
    principal: Decimal
    interest: Decimal
    fees: Decimal
    payment: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What is paid over the whole term, in roubles; `paid` is all of it."""

    principal: Decimal
    interest: Decimal
    fees: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is lent on the first day and paid afterwards, in roubles; `upfront` are the fees of that first day."""

    amount: Decimal
    on: date | None
    upfront: Decimal
    instalments: tuple[Instalment, ...]

    def flows(self) -> tuple[Flow, ...]:
        """The terms of the law's equation: a month is the base period."""
        payments = [Flow(instalment.payment, instalment.number) for instalment in self.instalments]
        return (Flow(self.amount.copy_negate(), 0), Flow(self.upfront, 0), *payments)

    def totals(self) -> Totals:
        """Principal, interest and fees, those of the first day included."""
        with localcontext(CONTEXT):
            interest = sum((each.interest for each in self.instalments), ZERO)
            fees = sum((each.fees for each in self.instalments), self.upfront)
            return Totals(self.amount, interest, fees, self.amount + interest + fees)

    def full_cost(self) -> Decimal:
        """Per cent a year; errors as in `offers.domain.full_cost.full_cost`."""
        return full_cost(self.flows(), Decimal(MONTHS_IN_YEAR))


class _Fraction(NamedTuple):
    numerator: int
    denominator: int


class Month(NamedTuple):
    """A row of a schedule in whole kopecks: what is owed before it, and what of its payment goes where."""

    number: int
    debt: int
    principal: int
    interest: int
    fees: int

    @property
    def payment(self) -> int:
        return self.principal + self.interest + self.fees

    @property
    def balance(self) -> int:
        return self.debt - self.principal


class Payments(NamedTuple):
    """What is lent and paid, in whole kopecks: all that a cost is worked out from, for a quarter of the work."""

    loan: int
    upfront: int
    months: tuple[Month, ...]

    def full_cost(self) -> Decimal:
        """That of the schedule on the same terms."""
        return full_cost_by_month(self.loan - self.upfront, [month.payment for month in self.months])


def payments(  # noqa: PLR0913 - a loan has that many terms
    amount: Decimal,
    annual_rate: Decimal,
    months: int,
    *,
    repayment: Repayment,
    basis: InterestBasis,
    fees: Sequence[Fee],
    start: date | None,
) -> Payments:
    """The payments of `schedule`, which tells what the arguments are, and what is wrong with them."""
    _refuse_impossible(amount, annual_rate, months)
    years = _month_fractions(basis, months, start)
    principal = _principal_of(amount, annual_rate, months, repayment)
    monthly, yearly = (_due(fees, amount, charged) for charged in (Charged.MONTHLY, Charged.YEARLY))
    loan, upfront = kopecks(amount), yearly + _due(fees, amount, Charged.ONCE)
    return Payments(loan, upfront, tuple(_months(loan, annual_rate, years, principal, monthly, yearly)))


def schedule(  # noqa: PLR0913 - a loan has that many terms
    amount: Decimal,
    annual_rate: Decimal,
    months: int,
    *,
    repayment: Repayment = LoanRepayment.ANNUITY,
    basis: InterestBasis = InterestBasis.MONTHS,
    fees: Sequence[Fee] = (),
    start: date | None = None,
) -> Schedule:
    """The schedule of a loan drawn at once, or of a card's limit drawn at once and repaid by minimum payments.

    `amount` in roubles, whole kopecks; `annual_rate` in per cent. Payments fall on the day of `start` in each month;
    interest by actual days needs it. A debt repaid before the term ends the schedule. ValueError for terms out of
    bounds.
    """
    bare = payments(amount, annual_rate, months, repayment=repayment, basis=basis, fees=fees, start=start)
    instalments = tuple(
        Instalment(
            number=month.number,
            on=start and add_months(start, month.number),
            principal=roubles(month.principal),
            interest=roubles(month.interest),
            fees=roubles(month.fees),
            payment=roubles(month.payment),
            balance=roubles(month.balance),
        )
        for month in bare.months
    )
    return Schedule(amount, start, roubles(bare.upfront), instalments)


def year_fraction(start: date, end: date) -> _Fraction:
    """The actual days between two dates as an exact part of a year, split at New Year into 365ths and 366ths."""
    short, long = days_by_year_length(start, end)
    return _Fraction(short * _LONG_YEAR + long * _SHORT_YEAR, _SHORT_YEAR * _LONG_YEAR)


def _months(  # noqa: PLR0913, PLR0917 - as many as a loan's terms
    debt: int,
    annual_rate: Decimal,
    years: Sequence[_Fraction],
    principal_of: Callable[[int, int], int],
    monthly: int,
    yearly: int,
) -> Iterator[Month]:
    """Until nothing is owed."""
    numerator, denominator = annual_rate.as_integer_ratio()
    number = 0
    while debt:
        year = years[number]
        number += 1
        interest = _divide(debt * numerator * year.numerator, 100 * denominator * year.denominator)
        principal = debt if number == len(years) else min(max(principal_of(debt, interest), 0), debt)
        anew = number % MONTHS_IN_YEAR == 0 and principal < debt
        yield Month(number, debt, principal, interest, monthly + yearly if anew else monthly)
        debt -= principal


def _month_fractions(basis: InterestBasis, months: int, start: date | None) -> list[_Fraction]:
    if basis is InterestBasis.MONTHS:
        return [_Fraction(1, MONTHS_IN_YEAR)] * months
    if start is None:
        raise ValueError("interest by actual days needs the day of disbursement")
    return [_month_fraction(start, number) for number in range(months)]


@lru_cache(maxsize=16_384)  # an offer's loans share few days and many months
def _month_fraction(start: date, number: int) -> _Fraction:
    return year_fraction(add_months(start, number), add_months(start, number + 1))


def _principal_of(
    amount: Decimal, annual_rate: Decimal, months: int, repayment: Repayment
) -> Callable[[int, int], int]:
    """The principal in a payment by debt and interest, in kopecks; the caller keeps it between nought and the debt."""
    if isinstance(repayment, MinimumPayment):
        numerator, denominator = repayment.share.as_integer_ratio()
        floor = kopecks(repayment.floor)
        return lambda debt, _: max(_divide(debt * numerator, 100 * denominator), floor)
    if repayment is LoanRepayment.EQUAL_PRINCIPAL:
        part = kopecks(principal_part(amount, months))
        return lambda _debt, _interest: part
    payment = kopecks(annuity(amount, annual_rate, months))
    return lambda _, interest: payment - interest


def _due(fees: Sequence[Fee], amount: Decimal, charged: Charged) -> int:
    return sum(kopecks(fee.due(amount)) for fee in fees if fee.charged is charged)


def _divide(numerator: int, denominator: int) -> int:
    """Half up; neither is negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def _refuse_impossible(amount: Decimal, annual_rate: Decimal, months: int) -> None:
    if not 1 <= months <= MAX_MONTHS:
        raise ValueError(f"a term is 1 to {MAX_MONTHS} months, not {months}")
    refuse_outside("an amount", amount, highest=MAX_AMOUNT, decimals=KOPECK_DECIMALS)
    if not amount:
        raise ValueError("an amount is above 0")
    refuse_outside("a rate", annual_rate, highest=MAX_RATE, decimals=RATE_DECIMALS)
