"""The Bank of Russia's ceilings of the full cost: 353-FZ, article 6, parts 8 and 11.

At signing the full cost may not exceed the lower of 292 per cent a year and the average market value of the loan's
category plus one third. The average of a quarter applies in the second quarter after it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Generic

from offers.domain.catalogue import Bound, Drawing, Product, Range
from offers.domain.cost_terms import CardTerms, LoanTerms
from offers.domain.findings import Finding, Severity
from offers.domain.full_cost_range import Box, DisbursementDays, card_full_costs, loan_full_cost_range
from offers.domain.money import CONTEXT, KOPECK, to_thousandth

ABSOLUTE_LIMIT: Final = Decimal(292)
QUARTERS_UNTIL_APPLIED: Final = 2
SOURCE: Final = "353-ФЗ, статья 6, часть 11"

_QUARTERS_IN_YEAR: Final = 4
_MONTHS_IN_QUARTER: Final = 3


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter, `number` from 1 to 4."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= _QUARTERS_IN_YEAR:
            raise ValueError(f"a quarter is 1 to 4, not {self.number}")

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month - 1) // _MONTHS_IN_QUARTER + 1)

    def later(self, quarters: int) -> "Quarter":
        year, index = divmod(self.year * _QUARTERS_IN_YEAR + self.number - 1 + quarters, _QUARTERS_IN_YEAR)
        return Quarter(year, index + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, (self.number - 1) * _MONTHS_IN_QUARTER + 1, 1)

    @property
    def last_day(self) -> date:
        return self.later(1).first_day - timedelta(days=1)


def quarters_between(first: date, last: date) -> tuple[Quarter, ...]:
    """Every quarter that has a day from `first` to `last`; none if `last` comes before."""
    found = []
    quarter = Quarter.of(first)
    while quarter <= Quarter.of(last):
        found.append(quarter)
        quarter = quarter.later(1)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Band(Generic[Bound]):
    """More than `above`, up to and with `to`; None is no bound. Bands of a table so follow each other without a gap."""

    above: Bound | None = None
    to: Bound | None = None

    def __contains__(self, value: Bound) -> bool:
        return (self.above is None or value > self.above) and (self.to is None or value <= self.to)


@dataclass(frozen=True, slots=True)
class Category:
    """A category of consumer credit as the Bank of Russia publishes it. `drawing` None: however it is drawn."""

    code: str
    product: Product
    amount: Band[Decimal] = field(default_factory=Band)
    months: Band[int] = field(default_factory=Band)
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class MarketValue:
    """The average market value of a category in a quarter, per cent a year; not `applied` under a moratorium."""

    category: str
    quarter: Quarter
    average: Decimal
    applied: bool = True

    @property
    def applies_in(self) -> Quarter:
        return self.quarter.later(QUARTERS_UNTIL_APPLIED)

    @property
    def ceiling(self) -> Decimal:
        """The lower of 292 and the average plus one third, three decimals, half up."""
        third_more = CONTEXT.divide(CONTEXT.multiply(self.average, Decimal(4)), Decimal(3))
        return min(ABSOLUTE_LIMIT, to_thousandth(third_more))


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an offer's box that lies in one category; None where no category takes it in."""

    category: Category | None
    box: Box
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class PricedPart:
    """A part and the highest full cost in it, per cent a year."""

    part: Part
    full_cost: Decimal


class CeilingRule(StrEnum):
    """What a part of an offer can break in a quarter."""

    ABOVE_ABSOLUTE_LIMIT = "above_absolute_limit"
    ABOVE_CEILING = "above_ceiling"
    CLOSE_TO_CEILING = "close_to_ceiling"
    CEILING_MISSING = "ceiling_missing"
    CATEGORY_MISSING = "category_missing"


def loan_parts(box: Box, categories: Iterable[Category]) -> tuple[Part, ...]:
    """A cash loan's box cut along the bands of its categories."""
    return tuple(_parts(box, [each for each in categories if each.product is Product.LOAN], None))


def card_parts(box: Box, categories: Iterable[Category]) -> tuple[Part, ...]:
    """A card's box cut along the bands of its categories, once for cashless and once for cash."""
    cards = [each for each in categories if each.product is Product.CREDIT_CARD]
    return tuple(part for drawing in Drawing for part in _parts(box, cards, drawing))


def priced_loan_parts(
    box: Box, terms: LoanTerms, categories: Iterable[Category], days: DisbursementDays | None = None
) -> list[PricedPart]:
    """The parts of a cash loan's box with the highest full cost in each; errors as in `loan_full_cost_range`."""
    return [
        PricedPart(part, loan_full_cost_range(part.box, terms, days).highest.full_cost)
        for part in loan_parts(box, categories)
    ]


def priced_card_parts(
    limit: Range[Decimal],
    rate: Range[Decimal],
    terms: CardTerms,
    categories: Iterable[Category],
    days: DisbursementDays | None = None,
) -> list[PricedPart]:
    """The parts of a card, cashless and in cash, with the highest full cost in each; errors as in `card_full_costs`."""
    priced = []
    for part in card_parts(Box(limit, rate, Range(terms.months, terms.months)), categories):
        costs = card_full_costs(part.box.amount, rate, terms, days)
        drawn = costs.cash if part.drawing is Drawing.CASH else costs.cashless
        priced.append(PricedPart(part, drawn.highest.full_cost))
    return priced


def check_ceilings(
    parts: Sequence[PricedPart], quarters: Sequence[Quarter], values: Iterable[MarketValue], margin: Decimal
) -> list[Finding]:
    """Hold each part against its own row in every quarter.

    Errors: above 292 (always), above the ceiling. Warnings: less than `margin` points below it, no row for the quarter,
    no category. A row that is not applied holds nobody back.
    """
    rows = {(value.category, value.applies_in): value for value in values}
    findings = []
    for priced in parts:
        if priced.full_cost > ABSOLUTE_LIMIT:
            findings.append(_finding(CeilingRule.ABOVE_ABSOLUTE_LIMIT, Severity.ERROR, priced, ceiling=ABSOLUTE_LIMIT))
        elif priced.part.category is None:
            findings.append(_finding(CeilingRule.CATEGORY_MISSING, Severity.WARNING, priced))
        else:
            code = priced.part.category.code
            findings += [
                found
                for quarter in quarters
                if (found := _check_quarter(priced, quarter, rows.get((code, quarter)), margin)) is not None
            ]
    return findings


def _check_quarter(priced: PricedPart, quarter: Quarter, value: MarketValue | None, margin: Decimal) -> Finding | None:
    if value is None:
        return _finding(CeilingRule.CEILING_MISSING, Severity.WARNING, priced, quarter=quarter)
    if not value.applied:
        return None
    room = CONTEXT.subtract(value.ceiling, priced.full_cost)
    if room < 0:
        rule, severity = CeilingRule.ABOVE_CEILING, Severity.ERROR
    elif room < margin:
        rule, severity = CeilingRule.CLOSE_TO_CEILING, Severity.WARNING
    else:
        return None
    return _finding(rule, severity, priced, quarter=quarter, ceiling=value.ceiling, average=value.average)


def _finding(rule: CeilingRule, severity: Severity, priced: PricedPart, **more: object) -> Finding:
    category = priced.part.category
    parameters = {"category": category and category.code, "part": priced.part, "full_cost": priced.full_cost, **more}
    return Finding(rule.value, severity, parameters, SOURCE)


def _parts(box: Box, categories: Sequence[Category], drawing: Drawing | None) -> Iterator[Part]:
    amount_edges = [edge for each in categories for edge in (each.amount.above, each.amount.to) if edge is not None]
    month_edges = [edge for each in categories for edge in (each.months.above, each.months.to) if edge is not None]
    for amount in _cut(box.amount, amount_edges, lambda edge: CONTEXT.add(edge, KOPECK)):
        for months in _cut(box.months, month_edges, lambda edge: edge + 1):
            category = next(
                (
                    each
                    for each in categories
                    if amount.max in each.amount and months.max in each.months and each.drawing in (None, drawing)
                ),
                None,
            )
            yield Part(category, Box(amount, box.rate, months), drawing)


def _cut(whole: Range[Bound], edges: Iterable[Bound], next_after: Callable[[Bound], Bound]) -> list[Range[Bound]]:
    """The range in pieces that end at the edges inside it; the next piece begins with the value after the edge."""
    inside: list[Bound] = [edge for edge in sorted(set(edges)) if whole.min <= edge < whole.max]
    pieces: list[Range[Bound]] = []
    start = whole.min
    for edge in inside:
        pieces.append(Range(start, edge))
        start = next_after(edge)
    pieces.append(Range(start, whole.max))
    return pieces
