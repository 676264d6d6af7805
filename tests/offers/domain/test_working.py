"""The law's equation written out: anybody can add it up."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from offers.domain.catalogue import Offer, Range
from offers.domain.cost_terms import Insurance
from offers.domain.fees import Charged, Fee
from offers.domain.offer_cost import cost_range
from offers.domain.schedule import InterestBasis, LoanRepayment
from offers.domain.working import Term, Working, working
from tests.offers.domain.values import card, loan, roubles

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONCE, YEARLY = Fee(Charged.ONCE, Decimal(5000)), Fee(Charged.YEARLY, share=Decimal(1))
OFFERS = {
    "plain": loan(),
    "equal principal": loan(repayment=LoanRepayment.EQUAL_PRINCIPAL),
    "fees": loan(fees=(ONCE, YEARLY)),
    "insured": loan(insurance=Insurance(ONCE, Decimal(4))),
    "by days": loan(interest_basis=InterestBasis.ACTUAL_DAYS),
    "small": loan(amount=roubles("1000", "1000"), term=Range(3, 3)),
    "card": card(),
    "card with cash": card(cash_rate=Decimal("59.9"), cash_fee=Fee(Charged.ONCE, Decimal(590), Decimal("3.9"))),
}


def both(offer: Offer) -> list[Working]:
    found = cost_range(offer, NOW)
    return [working(found.lowest), working(found.highest)]


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
def test_the_figure_is_the_only_thousandth_between_whose_borders_the_sum_changes_sign(offer: Offer) -> None:
    for found in both(offer):
        assert found.below.total >= 0 > found.above.total
        assert found.below.full_cost < found.case.full_cost < found.above.full_cost
        assert sum(term.worth for term in found.terms) == pytest.approx(found.total, abs=Decimal("1e-20"))
        assert found.i * 1200 == pytest.approx(found.case.full_cost, abs=Decimal("1e-30"))


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
def test_every_flow_of_the_schedule_stands_in_it(offer: Offer) -> None:
    for found in both(offer):
        said = [(term.amount, q, term.e) for term in found.terms for q in range(term.first_q, term.last_q + 1)]
        assert said == [(flow.amount, flow.q, flow.e) for flow in found.case.schedule().flows() if flow.amount]


def lines(offer: Offer) -> list[Any]:
    return [(str(term.amount), term.first_q, term.last_q) for term in working(cost_range(offer, NOW).highest).terms]


def test_equal_payments_are_one_line() -> None:
    offer = loan(amount=roubles("100000", "100000"), term=Range(12, 12), rate=roubles("24", "24"))
    assert lines(offer) == [("-100000", 0, 0), ("9455.96", 1, 11), ("9455.97", 12, 12)]
    assert lines(replace(offer, fees=(ONCE,)))[:2] == [("-100000", 0, 0), ("5000.00", 0, 0)]


def test_what_costs_nothing_adds_up_to_nothing() -> None:
    free = loan(amount=roubles("1200", "1200"), term=Range(12, 12), rate=roubles("0", "0"))
    found = working(cost_range(free, NOW).lowest)
    assert [found.i, found.total, found.below.total] == [Decimal(0)] * 3
    assert found.terms == (
        Term(Decimal("-1200.00"), 0, 0, Decimal(0), Decimal("-1200.00")),
        Term(Decimal("100.00"), 1, 12, Decimal(0), Decimal("1200.00")),
    )
