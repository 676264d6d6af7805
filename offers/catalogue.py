"""The bridge between rows and values, and the live release in memory."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeVar

from django.db import connection

from offers import models
from offers.domain import snapshot
from offers.domain.catalogue import (
    Content,
    DecisionBasis,
    Drawing,
    MarketRow,
    Offer,
    Policy,
    Product,
    Range,
    Release,
)
from offers.domain.cost_terms import Insurance
from offers.domain.differences import set_policies
from offers.domain.fees import Charged, Fee
from offers.domain.money import ZERO
from offers.domain.schedule import InterestBasis, LoanRepayment
from offers.once import once

Bound = TypeVar("Bound", int, Decimal)

# By the statement's clock: `now()` would stand still while a transaction waits for a lock. Also part of the statement
# that remembers an answer, which so refuses what was decided on a release that is live no more.
LIVE_NUMBER = "select number from offers_release where holds_from <= statement_timestamp() order by number desc limit 1"


class NothingPublished(LookupError):
    """No release holds at this moment: `manage.py publish` makes the first."""


def offer(row: models.Offer) -> Offer:
    """The value of a row that keeps the rules; the database lets no other in."""
    amount = Range(row.amount_min, row.amount_max)
    term = None if row.term_min is None or row.term_max is None else Range(row.term_min, row.term_max)
    return Offer(
        code=row.code,
        product=Product(row.product_type),
        position=row.position,
        amount=amount,
        shown_amount=_widened(amount, row.shown_amount_min, row.shown_amount_max),
        term=term,
        shown_term=None if term is None else _widened(term, row.shown_term_min, row.shown_term_max),
        rate=Range(row.rate_min, row.rate_max),
        total_cost=Range(row.total_cost_min, row.total_cost_max),
        grace_period=row.grace_period,
        minimum_payment=row.minimum_payment,
        special_conditions=tuple(row.special_conditions),
        required_documents=tuple(row.required_documents),
        choosable_documents=tuple(row.choosable_documents),
        link=row.link,
        deep_link=row.deep_link,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        counted_link=row.counted_link,
        repayment=LoanRepayment(row.repayment),
        interest_basis=InterestBasis(row.interest_basis),
        fees=tuple(_fees(row)),
        insurance=_insurance(row),
        minimum_payment_floor=row.minimum_payment_floor,
        cost_term=row.cost_term,
        cash_rate=row.cash_rate,
        cash_fee=_fee(Charged.ONCE, row.cash_fee, row.cash_fee_share),
    )


def market() -> tuple[MarketRow, ...]:
    """All that is kept of the Bank of Russia's table, in a steady order."""
    rows = models.MarketValue.objects.order_by(
        "year", "quarter", "product_type", "drawing", "amount_to", "months_to", "id"
    )
    return tuple(market_row(row) for row in rows)


def market_row(row: models.MarketValue) -> MarketRow:
    return MarketRow(
        product=Product(row.product_type),
        drawing=Drawing(row.drawing) if row.drawing else None,
        amount_above=row.amount_above,
        amount_to=row.amount_to,
        months_above=row.months_above,
        months_to=row.months_to,
        year=row.year,
        quarter=row.quarter,
        average=row.average,
        applied=row.applied,
    )


def policies() -> tuple[Policy, ...]:
    """What is set of each product."""
    return set_policies(map(policy, models.Policy.objects.all()))


def policy(row: models.Policy) -> Policy:
    return Policy(Product(row.product_type), DecisionBasis(row.basis), row.stop_lists, row.enquiries_a_day)


def _fees(row: models.Offer) -> Iterator[Fee]:
    for charged in Charged:
        name = f"fee_{charged.value}"
        ends = getattr(row, f"{name}_from"), getattr(row, f"{name}_to")
        fee = _fee(charged, getattr(row, name), getattr(row, f"{name}_share"), *ends)
        if fee:
            yield fee


def _fee(
    charged: Charged,
    fixed: Decimal | None,
    share: Decimal | None,
    amount_from: Decimal | None = None,
    amount_to: Decimal | None = None,
) -> Fee | None:
    return Fee(charged, fixed or ZERO, share or ZERO, amount_from, amount_to) if fixed or share else None


def _insurance(row: models.Offer) -> Insurance | None:
    premium = _fee(Charged(row.insurance_charged), row.insurance_premium, row.insurance_premium_share)
    return Insurance(premium, row.insurance_surcharge or ZERO) if premium else None


def _widened(own: Range[Bound], smaller: Bound | None, larger: Bound | None) -> Range[Bound]:
    return Range(own.min if smaller is None else smaller, own.max if larger is None else larger)


@once
def release(number: int) -> Release:
    """A release by its number; kept in memory, since a release never changes."""
    row = models.Release.objects.only("number", "content").get(number=number)
    return Release(row.number, snapshot.from_plain(Content, row.content))


def live_number() -> int:
    """The number of the release that holds now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(LIVE_NUMBER)
        row = cursor.fetchone()
    if row is None:
        raise NothingPublished
    return int(row[0])


class _Live:
    """The live release as this process last saw it. Statements that use it check its number, so it may be stale."""

    release: Release | None = None


def live() -> Release:
    """The live release from memory; raises NothingPublished where there is none."""
    return _Live.release or refresh()


def refresh() -> Release:
    """The live release as the database has it now."""
    return go_live(live_number())


def go_live(number: int) -> Release:
    """Take note of the release that the database just called live."""
    _Live.release = release(number)
    return _Live.release


def forget() -> None:
    """Empty the memory: for tests, whose databases come and go within one process."""
    _Live.release = None
    release.forget()
