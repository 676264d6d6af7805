"""What an offer costs over its box, and the ceilings that it must keep."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from offers.domain.catalogue import AboveCeiling, Drawing, MarketRow, Offer, Product, Range
from offers.domain.ceilings import Quarter
from offers.domain.cost_terms import Insurance
from offers.domain.fees import Charged, Fee
from offers.domain.findings import Severity
from offers.domain.offer_cost import MOSCOW, above_ceiling, check_market, check_stated, cost_range, quarters_live
from offers.domain.schedule import InterestBasis, LoanRepayment
from offers.domain.stated_cost import NO_FULL_COST
from tests.offers.domain.values import card, content, loan, roubles

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FOURTH, FIRST = Quarter(2026, 4), Quarter(2027, 1)
MARGIN = Decimal(1)


def row(average: str, quarter: tuple[int, int] = (2026, 2), **differs: Any) -> MarketRow:
    """Of all loans, by default; of the quarter that applies in the fourth of 2026."""
    terms: dict[str, Any] = {
        "product": Product.LOAN, "drawing": None, "amount_above": None, "amount_to": None,
        "months_above": None, "months_to": None,
    }  # fmt: skip
    return MarketRow(**terms | differs, year=quarter[0], quarter=quarter[1], average=Decimal(average))


def costs(offer: Any, now: datetime = NOW) -> tuple[str, str]:
    found = cost_range(offer, now)
    return str(found.lowest.full_cost), str(found.highest.full_cost)


def rules(offer: Any, *market: MarketRow) -> list[tuple[str, Any]]:
    return [(found.rule, found.parameters.get("quarter")) for found in check_market(offer, market, NOW, MARGIN)]


def test_without_fees_a_loan_costs_its_rate() -> None:
    assert costs(loan()) == ("24.300", "36.200")
    assert costs(loan(repayment=LoanRepayment.EQUAL_PRINCIPAL)) == ("24.300", "36.200")


@pytest.mark.parametrize("offer", [loan(), card()])
def test_fees_that_take_the_whole_loan_leave_no_cost(offer: Offer) -> None:
    eaten = replace(offer, fees=(Fee(Charged.ONCE, offer.amount.min),))
    assert check_stated(eaten, NOW) == [NO_FULL_COST]
    assert rules(eaten, row("20")) == []
    assert above_ceiling(content(eaten, market=(row("20"),)), NOW) == ()


def test_rounding_tells_for_small_loans_only() -> None:
    small = loan(amount=roubles("1000", "1000"), term=Range(3, 12), rate=roubles("24.3", "24.3"))
    assert costs(small) != ("24.300", "24.300")
    assert costs(replace(small, amount=roubles("30000", "30000"))) == ("24.300", "24.300")


def test_steps_of_a_yearly_fee_are_found_inside_the_box() -> None:
    yearly = Fee(Charged.YEARLY, Decimal(5000))
    offer = loan(amount=roubles("300000", "300000"), term=Range(12, 60), rate=roubles("24", "24"), fees=(yearly,))
    found = cost_range(offer, NOW)
    assert (str(found.highest.full_cost), found.highest.months) == ("29.419", 13)


def test_who_declines_insurance_pays_the_surcharge() -> None:
    insurance = Insurance(Fee(Charged.ONCE, share=Decimal(1)), Decimal(7))
    assert costs(loan(insurance=insurance))[1] == "43.200"


def test_by_days_the_range_is_that_of_any_day() -> None:
    offer = loan(
        amount=roubles("500000", "500000"),
        term=Range(12, 12),
        rate=roubles("24.3", "24.3"),
        interest_basis=InterestBasis.ACTUAL_DAYS,
    )
    assert costs(offer) == costs(offer, NOW + timedelta(days=100)), "the calendar repeats"
    this_year = replace(
        offer,
        valid_from=datetime(2026, 1, 1, tzinfo=MOSCOW),
        valid_until=datetime(2027, 1, 1, tzinfo=MOSCOW),
    )
    assert costs(this_year, datetime(2025, 12, 1, tzinfo=UTC)) == ("24.118", "24.430")


def test_a_card_runs_from_paying_cashless_to_drawing_cash() -> None:
    offer = card(rate=roubles("29.9", "49.9"), cash_rate=Decimal("59.9"), cost_term=24)
    assert costs(offer) == ("29.900", "59.900")
    with_fee = replace(offer, cash_rate=None, cash_fee=Fee(Charged.ONCE, Decimal(590)))
    assert costs(with_fee)[0] == "29.900"
    assert Decimal(costs(with_fee)[1]) > Decimal("49.9")


def test_a_floor_repays_a_card_sooner_so_its_fee_weighs_more() -> None:
    offer = card(fees=(Fee(Charged.ONCE, Decimal(300)),), minimum_payment=Decimal(3))
    assert Decimal(costs(replace(offer, minimum_payment_floor=Decimal(3000)))[1]) > Decimal(costs(offer)[1])


def test_what_is_stated_is_held_against_it() -> None:
    assert check_stated(loan(total_cost=roubles("24.3", "36.2")), NOW) == []
    found = check_stated(loan(total_cost=roubles("25.1", "40.2")), NOW)
    assert [(each.rule, each.severity) for each in found] == [
        ("loan_below_stated_cost", Severity.ERROR),
        ("stated_cost_wider_above", Severity.WARNING),
    ]


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        ("27.0", [("above_ceiling", FOURTH)]),  # 36.000
        ("27.15", [("close_to_ceiling", FOURTH)]),  # 36.200
        ("27.9", []),  # 37.200: a whole point of room
    ],
)
def test_a_part_is_held_against_its_row(average: str, expected: list[tuple[str, Quarter]]) -> None:
    until = datetime(2027, 1, 1, tzinfo=MOSCOW)
    assert rules(loan(valid_until=until), row(average)) == expected


def test_the_next_quarter_is_looked_at_before_it_turns() -> None:
    assert rules(loan(), row("30")) == [("ceiling_missing", FIRST)]
    assert rules(loan(), row("30"), row("20", (2026, 3))) == [("above_ceiling", FIRST)]
    assert rules(loan(), row("30"), replace(row("20", (2026, 3)), applied=False)) == []
    ended = loan(valid_until=datetime(2026, 12, 31, 20, tzinfo=UTC))
    assert rules(ended, row("30"), row("20", (2026, 3))) == []


def test_each_quarter_has_the_categories_of_its_own_rows() -> None:
    by_amount = [
        row("30", (2026, 3), amount_to=Decimal(300_000)),
        row("20", (2026, 3), amount_above=Decimal(300_000)),
    ]
    offer = loan(amount=roubles("100000", "300000"))
    assert rules(offer, row("30"), *by_amount) == []
    assert rules(loan(), row("30"), *by_amount) == [("above_ceiling", FIRST)]


def test_without_a_row_there_is_no_category() -> None:
    missing = [("category_missing", None)]
    assert rules(loan()) == missing * 2
    assert rules(loan(), row("30", product=Product.CREDIT_CARD)) == missing * 2


def test_a_card_is_held_against_both_rows() -> None:
    offer = card(rate=roubles("40", "49.9"), cash_rate=Decimal(60), valid_until=datetime(2026, 12, 1, tzinfo=UTC))
    cashless = row("40", product=Product.CREDIT_CARD, drawing=Drawing.CASHLESS)
    cash = row("40", product=Product.CREDIT_CARD, drawing=Drawing.CASH)
    assert rules(offer, cashless, cash) == [("above_ceiling", FOURTH)]
    assert rules(offer, cashless, replace(cash, average=Decimal(60))) == []


def test_quarters_run_as_far_as_rows_do() -> None:
    assert quarters_live(loan(), (), NOW) == (FOURTH, FIRST)
    assert quarters_live(loan(), (row("30", (2026, 4)),), NOW) == (FOURTH, FIRST, Quarter(2027, 2))
    assert quarters_live(loan(), (row("30", (2026, 4), product=Product.CREDIT_CARD),), NOW) == (FOURTH, FIRST)
    later = loan(valid_from=datetime(2027, 1, 10, tzinfo=UTC))
    assert quarters_live(later, (), NOW) == (FIRST,)


def test_a_release_holds_from_when_on_an_offer_is_above_its_ceiling() -> None:
    dear, cheap = loan("dear"), loan("cheap", rate=roubles("10", "12"))
    market = (row("30"), row("20", (2026, 3)))
    turn, next_turn = datetime(2027, 1, 1, tzinfo=MOSCOW), datetime(2027, 4, 1, tzinfo=MOSCOW)
    assert above_ceiling(content(dear, cheap, market=market), NOW) == (AboveCeiling("dear", turn, next_turn),)
    assert above_ceiling(content(dear, market=market, only_warn_of_ceilings=True), NOW) == ()
    assert above_ceiling(content(dear), NOW) == ()
