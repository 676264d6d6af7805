"""The law's equation with a loan's own numbers in it, for whoever wants to follow a full cost with a pencil.

It sums the terms as the law writes them down and knows nothing of how `offers.domain.full_cost` finds the root: so the
one is a check of the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import groupby
from typing import Final

from offers.domain.dates import MONTHS_IN_YEAR
from offers.domain.full_cost import Flow
from offers.domain.full_cost_range import Case
from offers.domain.money import CONTEXT

_PER_CENT: Final = 100
_HALF_A_THOUSANDTH: Final = Decimal("0.0005")


@dataclass(frozen=True, slots=True)
class Term:
    """Equal flows of periods that follow each other, as one line: `amount` each, `worth` all of them discounted."""

    amount: Decimal
    first_q: int
    last_q: int
    e: Decimal
    worth: Decimal


@dataclass(frozen=True, slots=True)
class Border:
    """The equation's sum at a full cost that would just be rounded to another thousandth."""

    full_cost: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Working:
    """`total`: the equation's sum at the full cost, rounded as it is; the root lies between the borders."""

    case: Case
    periods_per_year: int
    i: Decimal
    terms: tuple[Term, ...]
    total: Decimal
    below: Border
    above: Border


def working(case: Case) -> Working:
    flows = [flow for flow in case.schedule().flows() if flow.amount]
    i = _rate(case.full_cost)
    return Working(
        case,
        MONTHS_IN_YEAR,
        i,
        tuple(_terms(flows, i)),
        _total(flows, i),
        _border(flows, max(case.full_cost - _HALF_A_THOUSANDTH, Decimal(0))),
        _border(flows, case.full_cost + _HALF_A_THOUSANDTH),
    )


def _rate(full_cost: Decimal) -> Decimal:
    """Of a base period, as a fraction."""
    return CONTEXT.divide(full_cost, Decimal(MONTHS_IN_YEAR * _PER_CENT))


def _terms(flows: list[Flow], i: Decimal) -> Iterator[Term]:
    """What is equal but for a period that is one later has the same number less its place."""
    placed = enumerate(flows)
    for (amount, e, _), group in groupby(placed, lambda each: (each[1].amount, each[1].e, each[1].q - each[0])):
        alike = [flow for _, flow in group]
        yield Term(amount, alike[0].q, alike[-1].q, e, _total(alike, i))


def _border(flows: list[Flow], full_cost: Decimal) -> Border:
    return Border(full_cost, _total(flows, _rate(full_cost)))


def _total(flows: Iterable[Flow], i: Decimal) -> Decimal:
    """Σ ДП / ((1 + e·i)(1 + i)^q)."""
    with localcontext(CONTEXT):
        return sum((flow.amount / ((1 + flow.e * i) * (1 + i) ** flow.q) for flow in flows), Decimal(0))
