"""The full cost of credit (ПСК): Federal law 353-FZ of 21.12.2013, article 6, parts 2 and 2.1.

`ПСК = i × ЧБП × 100`, per cent a year to three decimals, where `i` is the smallest positive root of
`Σ ДП_k / ((1 + e_k·i)(1 + i)^q_k) = 0` and ЧБП the number of base periods in a year.

The root is sought in floats with a bound on their error. Where the bound leaves the third decimal open, and for flows
of an unusual shape, the sign of the equation is taken at the borders between thousandths in 60-digit decimals: the
figure returned is the root rounded, not an approximation rounded.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DivisionByZero, InvalidOperation, localcontext
from enum import StrEnum
from functools import partial
from itertools import count, pairwise
from math import floor, log
from operator import mul, ne
from typing import Final, NamedTuple

from offers.domain.dates import MONTHS_IN_YEAR
from offers.domain.money import CONTEXT, roubles

# What keeps the work bounded. Nothing that a bank lends comes near.
MAX_FLOWS: Final = 10_000
MAX_AMOUNT: Final = Decimal(10) ** 15
MAX_DECIMALS: Final = 20
MAX_PERIODS: Final = 100_000
MIN_PERIODS_PER_YEAR: Final = Decimal("0.001")
MAX_PERIODS_PER_YEAR: Final = Decimal(100_000)

_SMALLEST: Final = Decimal(10) ** -MAX_DECIMALS
_EXACT: Final = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[DivisionByZero, InvalidOperation])
# The part of the flows' size below which the equation counts as met: what 60 digits keep after 100 000 periods.
_VANISHING: Final = Decimal("1e-45")
_UNIT_ROUNDOFF: Final = 2.0**-53
_HALF: Final = Decimal("0.5")
_MONTHS_IN_YEAR: Final = Decimal(MONTHS_IN_YEAR)
_MAX_NEWTON_STEPS: Final = 100
# How far the search for a root among several goes: the width of its last interval, how often it takes the equation's
# two sides, and how many terms it sums for that.
_NARROWEST: Final = Decimal("1e-25")
_MAX_EVALUATIONS: Final = 20_000
_MAX_TERMS_SUMMED: Final = 3_000_000


class Absence(StrEnum):
    """Why flows have no full cost."""

    NO_FLOWS = "no_flows"
    TOO_MANY_FLOWS = "too_many_flows"
    PERIODS_PER_YEAR = "periods_per_year"
    NO_DISBURSEMENT = "no_disbursement"
    NO_PAYMENTS = "no_payments"
    PAYMENTS_BELOW_LOAN = "payments_below_loan"
    UNRESOLVED = "unresolved"


class NoFullCostError(ValueError):
    """The law's equation has no positive root, or none that bounded work finds; `absence` says why."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence.value)
        self.absence = absence


class FlowRule(StrEnum):
    """What a single flow may break."""

    NOT_FINITE = "not_finite"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    NEGATIVE = "negative"
    NOT_BELOW_ONE = "not_below_one"
    YEAR_OUT_OF_RANGE = "year_out_of_range"


class BadFlowError(ValueError):
    """A flow that no equation takes: `field` is `amount`, `q` or `e`, `rule` what it breaks."""

    def __init__(self, field: str, rule: FlowRule) -> None:
        super().__init__(f"{field}: {rule.value}")
        self.field = field
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Flow:
    """A cash flow ДП_k: roubles, negative when lent and positive when paid, `q + e` base periods after the start.

    BadFlowError for what is outside the bounds: an amount up to 10^15 and not below 10^-20, `q` up to 100 000,
    `e` from 0 and below 1.
    """

    amount: Decimal
    q: int
    e: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not 0 <= self.q <= MAX_PERIODS:
            raise BadFlowError("q", FlowRule.NEGATIVE if self.q < 0 else FlowRule.TOO_LARGE)
        refuse_bad_amount(self.amount)
        if self.e:
            _refuse_bad_fraction(self.e)


def refuse_bad_amount(amount: Decimal) -> None:
    """BadFlowError unless the amount is a number of bearable size."""
    if not amount.is_finite():
        raise BadFlowError("amount", FlowRule.NOT_FINITE)
    if not -MAX_AMOUNT <= amount <= MAX_AMOUNT:
        raise BadFlowError("amount", FlowRule.TOO_LARGE)
    if amount and -_SMALLEST < amount < _SMALLEST:
        raise BadFlowError("amount", FlowRule.TOO_SMALL)


def _refuse_bad_fraction(e: Decimal) -> None:
    if not e.is_finite():
        raise BadFlowError("e", FlowRule.NOT_FINITE)
    if e < 0:
        raise BadFlowError("e", FlowRule.NEGATIVE)
    if e >= 1:
        raise BadFlowError("e", FlowRule.NOT_BELOW_ONE)
    if e < _SMALLEST:
        raise BadFlowError("e", FlowRule.TOO_SMALL)


class _Sum(NamedTuple):
    """Flows of one moment together, which may exceed the bounds of one."""

    amount: Decimal
    q: int
    e: Decimal


_Term = Flow | _Sum


class _Interval(NamedTuple):
    """Where exactly one root lies, as rates of a base period; the ends coincide where it is known."""

    low: Decimal
    high: Decimal
    positive_below: bool


def full_cost(flows: Iterable[Flow], periods_per_year: Decimal = Decimal(12)) -> Decimal:
    """The full cost of credit in per cent a year, three decimals, half up (353-FZ, article 6).

    The first flow in time is the disbursement, negative, at q = 0 and e = 0; flows of one moment are summed; order does
    not matter. Payments that sum exactly to the loan cost 0.000. NoFullCostError where there is no positive root.
    """
    if not MIN_PERIODS_PER_YEAR <= periods_per_year <= MAX_PERIODS_PER_YEAR:
        raise NoFullCostError(Absence.PERIODS_PER_YEAR)
    terms = _netted(flows)
    total = _total(terms)
    changes = _sign_changes(terms)
    if not changes:
        raise NoFullCostError(Absence.NO_PAYMENTS)
    if changes == 1 and total > 0:
        return _cost_of_ordinary_loan(terms, periods_per_year)
    interval = _smallest_root(terms) if changes > 1 else None
    if interval is not None:
        return _rounded_root(terms, periods_per_year, interval)
    if total < 0:
        raise NoFullCostError(Absence.PAYMENTS_BELOW_LOAN)
    return _thousandths(0)


def full_cost_by_month(loan: int, payments: Sequence[int]) -> Decimal:
    """The same of a loan drawn at once, with a payment at the end of each month, all in whole kopecks.

    `loan` is what is handed out, less what is paid at once. Errors as in `full_cost`.
    """
    if 0 < loan < sum(payments) and min(payments) >= 0:
        cost = _rounded_estimate(_newton_by_period(loan, payments), _MONTHS_IN_YEAR)
        if cost is not None:
            return cost
    flows = (-loan, *payments)
    return full_cost((Flow(roubles(flow), month) for month, flow in enumerate(flows)), _MONTHS_IN_YEAR)


def _netted(flows: Iterable[Flow]) -> list[_Term]:
    """One flow a moment, in order of time, without those that cancel out."""
    moments: dict[tuple[int, Decimal], _Term] = {}
    for flow in flows:
        moment = (flow.q, flow.e)
        known = moments.get(moment)
        moments[moment] = flow if known is None else _Sum(CONTEXT.add(known.amount, flow.amount), *moment)
    if len(moments) > MAX_FLOWS:
        raise NoFullCostError(Absence.TOO_MANY_FLOWS)
    terms = [moments[moment] for moment in sorted(moments) if moments[moment].amount]
    if not terms:
        raise NoFullCostError(Absence.NO_FLOWS)
    first = terms[0]
    if first.amount > 0 or first.q or first.e:
        raise NoFullCostError(Absence.NO_DISBURSEMENT)
    return terms


def _total(terms: Sequence[_Term]) -> Decimal:
    with localcontext(_EXACT):
        return sum((term.amount for term in terms), Decimal(0))


def _sign_changes(terms: Sequence[_Term]) -> int:
    lent = [term.amount.is_signed() for term in terms]
    return sum(map(ne, lent, lent[1:]))


# One loan, repaid: the flows change sign once, so there is exactly one positive root, for of two discounts the later
# falls faster.


def _cost_of_ordinary_loan(terms: Sequence[_Term], periods_per_year: Decimal) -> Decimal:
    cost = _rounded_estimate(_newton(terms), periods_per_year) if terms[1].amount > 0 else None
    if cost is not None:
        return cost
    return _rounded_root(terms, periods_per_year, _Interval(Decimal(0), _rates(terms)[-1], positive_below=True))


class _Estimate(NamedTuple):
    """A root as a rate of a base period, and a bound on its error."""

    rate: float
    error: float


def _rounded_estimate(estimate: _Estimate | None, periods_per_year: Decimal) -> Decimal | None:
    """None where the border between two thousandths may lie within the error."""
    if estimate is None:
        return None
    rate, error = estimate
    scale = 100_000 * float(periods_per_year)
    # These lines round, too.
    error = error * scale + 8 * _UNIT_ROUNDOFF * (rate * scale + 1)
    low, high = floor(rate * scale - error + 0.5), floor(rate * scale + error + 0.5)
    return _thousandths(low) if low == high else None


def _newton(terms: Sequence[_Term]) -> _Estimate | None:
    """The root for a loan drawn at once; None where floats don't get there."""
    loan = -float(terms[0].amount)
    payments = [(float(term.amount), term.q, float(term.e)) for term in terms[1:]]
    paid = sum(amount for amount, _, _ in payments)
    mean_time = sum(amount * (q + e) for amount, q, e in payments) / paid
    worth = partial(_worth, payments)
    if not any(e for _, _, e in payments):
        worth = partial(_worth_of_periods, _by_period(payments))
    return _newton_steps(loan, max(log(paid / loan), 0.0) / mean_time, worth, roundings=terms[-1].q + len(terms))


def _newton_by_period(loan: int, payments: Sequence[int]) -> _Estimate | None:
    """The same where a payment falls at the end of each period."""
    paid = sum(payments)
    mean_time = sum(map(mul, payments, count(1))) / paid
    worth = partial(_worth_of_periods, [float(payment) for payment in reversed(payments)])
    return _newton_steps(float(loan), log(paid / loan) / mean_time, worth, roundings=2 * len(payments) + 1)


def _newton_steps(
    loan: float, rate: float, worth_at: Callable[[float], tuple[float, float]], *, roundings: int
) -> _Estimate | None:
    """What the payments are worth is a falling convex function of the rate, so from a rate too low Newton's steps never
    pass the root. By the inequality of means, `ln(paid / loan) / mean time` is such a rate.
    """
    rounding = (6 * roundings + 30) * _UNIT_ROUNDOFF
    for _ in range(_MAX_NEWTON_STEPS):
        worth, slope = worth_at(rate)
        noise = rounding * (worth + loan)
        if worth - loan <= noise:
            return _Estimate(rate, 2 * (abs(worth - loan) + noise) / slope)
        rate += (worth - loan) / slope
    return None


def _by_period(payments: Sequence[tuple[float, int, float]]) -> list[float]:
    """The payment of every period from the last to the first, noughts included."""
    coefficients = [0.0] * payments[-1][1]
    for amount, q, _ in payments:
        coefficients[-q] = amount
    return coefficients


def _worth_of_periods(coefficients: Sequence[float], rate: float) -> tuple[float, float]:
    """What payments at whole periods are worth, and how fast that falls: Horner's scheme in the discount factor."""
    discount = 1 / (1 + rate)
    worth = slope = 0.0
    for coefficient in coefficients:
        slope = slope * discount + worth
        worth = worth * discount + coefficient
    return worth * discount, (worth + slope * discount) * discount * discount


def _worth(payments: Sequence[tuple[float, int, float]], rate: float) -> tuple[float, float]:
    """The same for payments at any moment."""
    discount = 1 / (1 + rate)
    worth = slope = 0.0
    for amount, q, e in payments:
        rest = 1 / (1 + e * rate)
        discounted = amount * rest * discount**q
        worth += discounted
        slope += discounted * (q * discount + e * rest)
    return worth, slope


# Flows that change sign more than once may have several roots. Gains, losses and their slopes all fall as the rate
# grows, so their values at the ends of an interval bound the equation and its slope within.


class _Point(NamedTuple):
    """The equation's two sides at a rate: positive and negative flows, discounted, and how fast each falls."""

    rate: Decimal
    gains: Decimal
    losses: Decimal
    gains_fall: Decimal
    losses_fall: Decimal

    @property
    def sign(self) -> int:
        """Of the equation's left side; 0 where it vanishes."""
        value = self.gains - self.losses
        if abs(value) <= _VANISHING * (self.gains + self.losses):
            return 0
        return 1 if value > 0 else -1


def _point(terms: Sequence[_Term], rate: Decimal) -> _Point:
    discount = 1 / (1 + rate)
    power, reached = Decimal(1), 0
    gains = losses = gains_fall = losses_fall = Decimal(0)
    for term in terms:
        if term.q != reached:
            power *= discount ** (term.q - reached)
            reached = term.q
        rest = 1 / (1 + term.e * rate) if term.e else Decimal(1)
        discounted = term.amount * power * rest
        fall = discounted * (term.q * discount + term.e * rest)
        if discounted > 0:
            gains += discounted
            gains_fall += fall
        else:
            losses -= discounted
            losses_fall -= fall
    return _Point(rate, gains, losses, gains_fall, losses_fall)


def _rates(terms: Sequence[_Term]) -> list[Decimal]:
    """Nought, one and its doubles, to the first rate above every root: there the gains are worth less than the loan.

    The bounds on a flow end this after some two hundred steps.
    """
    with localcontext(_EXACT):
        rates = [Decimal(0), Decimal(1)]
        while _point(terms, rates[-1]).gains >= -terms[0].amount:
            rates.append(rates[-1] * 2)
        return rates


def _smallest_root(terms: Sequence[_Term]) -> _Interval | None:
    """The interval of the smallest positive root, by halving from the left until each part has no root or just one."""
    evaluations = min(_MAX_EVALUATIONS, _MAX_TERMS_SUMMED // len(terms))
    with localcontext(_EXACT):
        points = [_point(terms, rate) for rate in _rates(terms)]
        intervals = list(pairwise(points))[::-1]
        while intervals:
            low, high = intervals.pop()
            if high.gains > low.losses or low.gains < high.losses:
                continue
            monotone = high.losses_fall >= low.gains_fall or high.gains_fall >= low.losses_fall
            if monotone or high.rate - low.rate <= _NARROWEST * (1 + high.rate):
                if high.sign == 0:
                    return _Interval(high.rate, high.rate, positive_below=low.sign > 0)
                if low.sign * high.sign < 0:
                    return _Interval(low.rate, high.rate, positive_below=low.sign > 0)
                continue
            if not evaluations:
                raise NoFullCostError(Absence.UNRESOLVED)
            evaluations -= 1
            middle = _point(terms, (low.rate + high.rate) / 2)
            intervals += [(middle, high), (low, middle)]
    return None


def _rounded_root(terms: Sequence[_Term], periods_per_year: Decimal, interval: _Interval) -> Decimal:
    """The root's full cost rounded half up, by the equation's sign at the borders between thousandths."""
    with localcontext(_EXACT):
        scale = 100_000 * periods_per_year
        low, high = int(interval.low * scale + _HALF), int(interval.high * scale + _HALF)
        root_lies_below = -1 if interval.positive_below else 1
        while low < high:
            middle = (low + high) // 2
            if _point(terms, (middle + _HALF) / scale).sign == root_lies_below:
                high = middle
            else:
                low = middle + 1
    return _thousandths(low)


def _thousandths(count: int) -> Decimal:
    return Decimal(f"{count}E-3")
