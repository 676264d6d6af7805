"""The full cost of each offer that was shown, with its working: as a person checks it with a calculator."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _

from offers import wording
from offers.domain.catalogue import Offer, Range
from offers.domain.full_cost_range import Case
from offers.domain.money import CONTEXT
from offers.domain.offer_cost import cost_range
from offers.domain.working import Border, Term, Working, working

# So far apart are sums at the borders of a thousandth, of small loans too; and so exact is the rate of a period.
SUM_DECIMALS, RATE_DECIMALS = 6, 12


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the equation: which flows, how much each, their q and e, and what they are worth."""

    k: str
    amount: str
    q: str
    e: str
    worth: str


@dataclass(frozen=True, slots=True)
class Worked:
    """One end of the range: the loan at which it lies, and its equation."""

    title: str
    full_cost: str
    facts: list[tuple[str, str]]
    periods_per_year: int
    i: str
    lines: list[Line]
    total: str
    borders: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What the answer states of an offer, beside what its loans cost by the law's equation."""

    code: str
    stated: str
    computed: str
    ends: list[Worked]


def worked(offers: Iterable[Offer], moment: datetime) -> list[Cost]:
    """`moment`: of the decision; where interest is by actual days, it says from which day on loans are given."""
    return [_cost(offer, moment) for offer in offers]


def _cost(offer: Offer, moment: datetime) -> Cost:
    found = cost_range(offer, moment)
    return Cost(
        offer.code,
        wording.percent_range(offer.total_cost),
        f"{_thousandths(found.lowest.full_cost)} – {_thousandths(found.highest.full_cost)}",
        [
            _end(_("The lowest full cost"), working(found.lowest), offer),
            _end(_("The highest full cost"), working(found.highest), offer),
        ],
    )


def _end(title: str, found: Working, offer: Offer) -> Worked:
    return Worked(
        title,
        _thousandths(found.case.full_cost),
        list(_facts(found.case, offer)),
        found.periods_per_year,
        _decimal(found.i, RATE_DECIMALS),
        list(_lines(found.terms)),
        _decimal(found.total, SUM_DECIMALS),
        [_border(found.below), _border(found.above)],
    )


def _facts(case: Case, offer: Offer) -> Iterator[tuple[str, str]]:
    """The terms of the loan."""
    yield wording.label("amount"), wording.money(case.amount)
    yield wording.label("term"), wording.months(Range(case.months, case.months))
    yield wording.label("rate"), wording.percent(case.rate)
    kept = ("minimum_payment", "minimum_payment_floor") if offer.term is None else ("repayment",)
    for name in (*kept, "interest_basis"):
        if (value := wording.shown(name, offer)) != wording.NOTHING:
            yield wording.label(name), value
    if case.disbursed_on:
        yield _("Given on"), formats.date_format(case.disbursed_on, "SHORT_DATE_FORMAT")
    if case.fees:
        yield wording.label("fees"), "; ".join(wording.fee(fee) for fee in case.fees)
    if offer.insurance:
        yield wording.label("insurance"), _("taken out") if case.insured else _("not taken out")


def _lines(terms: Iterable[Term]) -> Iterator[Line]:
    k = 0
    for term in terms:
        count = term.last_q - term.first_q + 1
        yield Line(
            wording.whole_range(Range(k, k + count - 1)),
            _decimal(term.amount, 2),
            wording.whole_range(Range(term.first_q, term.last_q)),
            wording.decimal(term.e),
            _decimal(term.worth, SUM_DECIMALS),
        )
        k += count


def _border(border: Border) -> tuple[str, str]:
    return wording.percent(border.full_cost), _decimal(border.total, SUM_DECIMALS)


def _thousandths(full_cost: Decimal) -> str:
    """As the law wants it: three decimals."""
    return f"{_decimal(full_cost, 3)}\N{NO-BREAK SPACE}%"


def _decimal(value: Decimal, places: int) -> str:
    rounded = CONTEXT.quantize(value, Decimal(1).scaleb(-places))
    return formats.number_format(rounded + 0, places, force_grouping=True)  # no minus before a nought
