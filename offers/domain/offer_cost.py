"""What an offer costs by the terms that it states, held against its own figures and against the law's ceilings.

Pure, as all of the domain: `now` says from which day on loans are disbursed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from offers.domain.catalogue import AboveCeiling, Content, MarketRow, Offer, Range
from offers.domain.ceilings import (
    Band,
    Category,
    CeilingRule,
    MarketValue,
    PricedPart,
    Quarter,
    check_ceilings,
    loan_parts,
    priced_card_parts,
    quarters_between,
)
from offers.domain.cost_terms import CardTerms, LoanTerms
from offers.domain.findings import Finding
from offers.domain.full_cost import NoFullCostError
from offers.domain.full_cost_range import Box, DisbursementDays, FullCostRange, card_full_costs, loan_full_cost_range
from offers.domain.money import ZERO
from offers.domain.schedule import InterestBasis, MinimumPayment
from offers.domain.snapshot import plain_decimal
from offers.domain.stated_cost import NO_FULL_COST, check_stated_cost

# The law's days are the bank's.
MOSCOW: Final = ZoneInfo("Europe/Moscow")
# After it the calendar repeats, so an offer without an end needs no longer look.
CALENDAR_CYCLE: Final = timedelta(days=1461)
# A card has no term; where its own terms name none, its cost is counted over these months.
CARD_COST_TERM: Final = 36
# From here up, rounding to the kopeck moves a full cost by no more than the thousandth that is allowed for.
ROUNDING_TELLS_BELOW: Final = Decimal(30_000)
COSTS_IN_MEMORY: Final = 4096


def cost_range(offer: Offer, now: datetime) -> FullCostRange:
    """The loans of the lowest and of the highest full cost: of a card, paying for purchases and drawing cash."""
    return _cost_range(_priced(offer), _days_that_count(offer, now))


def check_stated(offer: Offer, now: datetime) -> list[Finding]:
    """The figures that the offer states, held against its loans; or that these have no cost."""
    try:
        return check_stated_cost(offer.total_cost, cost_range(offer, now))
    except NoFullCostError:
        return [NO_FULL_COST]


def check_market(offer: Offer, market: Sequence[MarketRow], now: datetime, margin: Decimal) -> list[Finding]:
    """Every part of the offer against its own row, for every quarter in which the offer is live.

    Nothing of an offer without a cost: `check_stated` says that it has none.
    """
    return [
        finding
        for quarter in quarters_live(offer, market, now)
        for finding in _check_quarter(offer, quarter, market, now, margin)
    ]


def above_ceiling(content: Content, now: datetime) -> tuple[AboveCeiling, ...]:
    """When which offers cost more than their ceilings allow, as far as the content's rows tell."""
    if content.only_warn_of_ceilings or not content.market:
        return ()
    return tuple(
        AboveCeiling(offer.code, _midnight(quarter.first_day), _midnight(quarter.later(1).first_day))
        for offer in content
        for quarter in quarters_live(offer, content.market, now)
        if any(
            finding.rule == CeilingRule.ABOVE_CEILING
            for finding in _check_quarter(offer, quarter, content.market, now, ZERO)
        )
    )


def quarters_live(offer: Offer, market: Sequence[MarketRow], now: datetime) -> tuple[Quarter, ...]:
    """From now until the offer ends, but no further than the next quarter and whatever rows there are beyond it."""
    days = _days(offer, now)
    known = [value(row).applies_in for row in market if row.product is offer.product]
    furthest = max([Quarter.of(now.astimezone(MOSCOW).date()).later(1), *known])
    return quarters_between(days.first, min(days.last, furthest.last_day))


def value(row: MarketRow) -> MarketValue:
    return MarketValue(_category(row).code, Quarter(row.year, row.quarter), row.average, row.applied)


def _check_quarter(
    offer: Offer, quarter: Quarter, market: Sequence[MarketRow], now: datetime, margin: Decimal
) -> list[Finding]:
    """By the categories that the quarter's own rows name; where it has none yet, by those of the last that has."""
    past = [(value(row), _category(row)) for row in market if row.product is offer.product]
    past = [(known, category) for known, category in past if known.applies_in <= quarter]
    latest = max((known.applies_in for known, _ in past), default=quarter)
    rows = [(known, category) for known, category in past if known.applies_in == latest]
    categories = tuple(category for _, category in rows)
    parts = _priced_parts(_priced(offer), categories, _days_that_count(offer, now))
    return check_ceilings(parts, (quarter,), [known for known, _ in rows], margin)


def _category(row: MarketRow) -> Category:
    """Its code names it among the others: loan, over 100 000 up to 300 000 roubles, over 12 months."""
    bands = (row.amount_above, row.amount_to, row.months_above, row.months_to)
    ends = ("" if end is None else plain_decimal(Decimal(end)) for end in bands)
    return Category(
        ":".join([row.product, row.drawing or "", *ends]),
        row.product,
        Band(row.amount_above, row.amount_to),
        Band(row.months_above, row.months_to),
        row.drawing,
    )


def _days(offer: Offer, now: datetime) -> DisbursementDays:
    """When the offer can be taken up: from today, or its own first day, until its last, or until days repeat."""
    today = _day(now)
    first = max(today, _day(offer.valid_from)) if offer.valid_from else today
    last = _day(offer.valid_until - timedelta(microseconds=1)) if offer.valid_until else first + CALENDAR_CYCLE
    return DisbursementDays(first, max(first, last))


def _days_that_count(offer: Offer, now: datetime) -> DisbursementDays | None:
    return _days(offer, now) if offer.interest_basis is InterestBasis.ACTUAL_DAYS else None


def _day(moment: datetime) -> date:
    return moment.astimezone(MOSCOW).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), MOSCOW)


def _priced(offer: Offer) -> Offer:
    """The offer with nothing in it that its cost does not depend on, so that equal terms are worked out once."""
    return replace(
        offer,
        code="",
        position=0,
        shown_amount=offer.amount,
        shown_term=offer.term,
        total_cost=offer.rate,
        grace_period=None,
        special_conditions=(),
        required_documents=(),
        choosable_documents=(),
        link="",
        deep_link="",
        counted_link="",
        valid_from=None,
        valid_until=None,
    )


@lru_cache(maxsize=COSTS_IN_MEMORY)
def _cost_range(offer: Offer, days: DisbursementDays | None) -> FullCostRange:
    if offer.term is None:
        costs = card_full_costs(offer.amount, offer.rate, _card_terms(offer), days)
        return FullCostRange(
            min(costs.cashless.lowest, costs.cash.lowest, key=lambda case: case.full_cost),
            max(costs.cashless.highest, costs.cash.highest, key=lambda case: case.full_cost),
        )
    return _loan_range(Box(offer.amount, offer.rate, offer.term), _loan_terms(offer), days)


@lru_cache(maxsize=COSTS_IN_MEMORY)
def _priced_parts(
    offer: Offer, categories: tuple[Category, ...], days: DisbursementDays | None
) -> tuple[PricedPart, ...]:
    try:
        if offer.term is None:
            return tuple(priced_card_parts(offer.amount, offer.rate, _card_terms(offer), categories, days))
        terms = _loan_terms(offer)
        return tuple(
            PricedPart(part, _loan_range(part.box, terms, days).highest.full_cost)
            for part in loan_parts(Box(offer.amount, offer.rate, offer.term), categories)
        )
    except NoFullCostError:
        return ()


def _loan_range(box: Box, terms: LoanTerms, days: DisbursementDays | None) -> FullCostRange:
    """Without fees a loan costs its rate, whatever its term: one term tells of all."""
    plain = terms.basis is InterestBasis.MONTHS and not terms.fees and terms.insurance is None
    if plain and box.amount.min >= ROUNDING_TELLS_BELOW:
        box = replace(box, months=Range(box.months.min, box.months.min))
    return loan_full_cost_range(box, terms, days)


def _loan_terms(offer: Offer) -> LoanTerms:
    return LoanTerms(offer.repayment, offer.interest_basis, offer.fees, offer.insurance)


def _card_terms(offer: Offer) -> CardTerms:
    share = offer.minimum_payment or ZERO
    return CardTerms(
        minimum=MinimumPayment(share, offer.minimum_payment_floor or ZERO),
        months=offer.cost_term or CARD_COST_TERM,
        basis=offer.interest_basis,
        fees=offer.fees,
        insurance=offer.insurance,
        cash_rate=offer.cash_rate,
        cash_fee=offer.cash_fee,
    )
