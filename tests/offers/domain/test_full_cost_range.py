"""The full cost over an offer's box."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from offers.domain.catalogue import Range
from offers.domain.cost_terms import CardTerms, Insurance, LoanTerms
from offers.domain.fees import Charged, Fee
from offers.domain.full_cost_range import (
    Box,
    Case,
    DisbursementDays,
    FullCostRange,
    card_full_costs,
    loan_full_cost_range,
)
from offers.domain.schedule import InterestBasis, LoanRepayment, MinimumPayment, schedule

YEAR_2026 = DisbursementDays(date(2026, 1, 1), date(2026, 12, 31))
BY_DAYS = InterestBasis.ACTUAL_DAYS


def box(amount: tuple[str, str], rate: tuple[str, str], months: tuple[int, int]) -> Box:
    return Box(Range(*map(Decimal, amount)), Range(*map(Decimal, rate)), Range(*months))


def ends(found: FullCostRange) -> tuple[str, str]:
    return str(found.lowest.full_cost), str(found.highest.full_cost)


def test_without_fees_the_range_is_the_nominal_rates() -> None:
    found = loan_full_cost_range(box(("100000", "5000000"), ("24.3", "36.2"), (12, 60)), LoanTerms())
    assert ends(found) == ("24.300", "36.200")


def test_looks_at_every_month_of_the_term() -> None:
    terms = LoanTerms(fees=(Fee(Charged.YEARLY, Decimal(5000)),))
    found = loan_full_cost_range(box(("300000", "300000"), ("24", "24"), (12, 60)), terms)
    assert found.lowest == Case(
        Decimal("26.716"), Decimal(300_000), Decimal(24), 60, insured=False, disbursed_on=None, fees=terms.fees
    )
    assert (found.highest.full_cost, found.highest.months) == (Decimal("29.419"), 13)


def test_looks_at_both_sides_of_each_step_of_a_fee() -> None:
    terms = LoanTerms(
        fees=(
            Fee(Charged.ONCE, Decimal(500), amount_to=Decimal(100_000)),
            Fee(Charged.ONCE, Decimal(5000), amount_from=Decimal("100000.01"), amount_to=Decimal(900_000)),
        )
    )
    found = loan_full_cost_range(box(("50000", "500000"), ("20", "20"), (12, 12)), terms)
    assert found.lowest.amount == Decimal(100_000)
    assert found.highest.amount == Decimal("100000.01")


def test_insurance_that_may_be_declined_is_worked_out_both_ways() -> None:
    insurance = Insurance(Fee(Charged.ONCE, share=Decimal(1)), surcharge=Decimal(10))
    found = loan_full_cost_range(box(("100000", "100000"), ("20", "20"), (36, 36)), LoanTerms(insurance=insurance))
    assert (found.lowest.insured, found.lowest.rate) == (True, Decimal(20))
    assert (found.highest.insured, found.highest.rate, found.highest.full_cost) == (False, Decimal(30), Decimal(30))


def test_insurance_that_may_not_be_declined_is_always_paid() -> None:
    insurance = Insurance(Fee(Charged.ONCE, Decimal(1000), amount_from=Decimal(200_000)))
    found = loan_full_cost_range(box(("100000", "300000"), ("20", "20"), (12, 12)), LoanTerms(insurance=insurance))
    assert found.lowest.insured
    assert found.lowest.amount == Decimal(100_000)
    assert (found.highest.amount, found.highest.insured) == (Decimal(200_000), True)


@pytest.mark.parametrize(("months", "expected"), [(12, ("24.118", "24.430")), (36, ("24.234", "24.355"))])
def test_by_actual_days_the_range_is_the_envelope_over_the_days(months: int, expected: tuple[str, str]) -> None:
    whole = box(("500000", "500000"), ("24.3", "24.3"), (months, months))
    assert ends(loan_full_cost_range(whole, LoanTerms(basis=BY_DAYS), YEAR_2026)) == expected


@pytest.mark.parametrize("repayment", LoanRepayment)
@pytest.mark.parametrize("months", [1, 3, 7, 24])
@pytest.mark.parametrize(
    "days",
    [
        YEAR_2026,
        DisbursementDays(date(2027, 10, 12), date(2028, 4, 9)),
        DisbursementDays(date(2026, 3, 5), date(2026, 3, 5)),
    ],
)
def test_no_day_lies_outside_the_envelope(repayment: LoanRepayment, months: int, days: DisbursementDays) -> None:
    amount, rate = Decimal(300_000), Decimal("24.3")
    costs = []
    day = days.first
    while day <= days.last:
        plan = schedule(amount, rate, months, repayment=repayment, basis=BY_DAYS, start=day)
        costs.append(plan.full_cost())
        day += timedelta(days=1)
    found = loan_full_cost_range(
        Box(Range(amount, amount), Range(rate, rate), Range(months, months)), LoanTerms(repayment, BY_DAYS), days
    )
    assert (found.lowest.full_cost, found.highest.full_cost) == (min(costs), max(costs))
    assert found.lowest.disbursed_on is not None
    assert days.first <= found.lowest.disbursed_on <= days.last


def test_fees_count_by_actual_days_too() -> None:
    fee = Fee(Charged.ONCE, Decimal(3000))
    whole = box(("300000", "300000"), ("24.3", "24.3"), (12, 12))
    found = loan_full_cost_range(whole, LoanTerms(basis=BY_DAYS, fees=(fee,)), YEAR_2026).highest
    plan = schedule(found.amount, found.rate, 12, basis=BY_DAYS, start=found.disbursed_on, fees=[fee])
    assert found.full_cost == plan.full_cost()
    assert found.full_cost > Decimal(26)


def test_a_window_without_end_is_cut_at_four_years() -> None:
    whole = box(("300000", "300000"), ("24.3", "24.3"), (12, 12))
    terms = LoanTerms(basis=BY_DAYS)
    four_years = loan_full_cost_range(whole, terms, DisbursementDays(date(2026, 1, 1), date(2030, 1, 1)))
    assert loan_full_cost_range(whole, terms, DisbursementDays(date(2026, 1, 1), date(2900, 1, 1))) == four_years


def test_actual_days_need_days() -> None:
    with pytest.raises(ValueError, match="needs the days of disbursement"):
        loan_full_cost_range(box(("1", "1"), ("1", "1"), (1, 1)), LoanTerms(basis=BY_DAYS))


def test_days_run_forward() -> None:
    with pytest.raises(ValueError, match="after the last"):
        DisbursementDays(date(2026, 1, 2), date(2026, 1, 1))


LIMIT = Range(Decimal(10_000), Decimal(300_000))
RATE = Range(Decimal("29.9"), Decimal("49.9"))
MINIMUM = MinimumPayment(Decimal(5), Decimal(500))


def test_a_card_without_conditions_for_cash() -> None:
    found = card_full_costs(LIMIT, RATE, CardTerms(MINIMUM, months=36))
    assert found.cash == found.cashless
    assert ends(found.cashless) == ("29.900", "49.900")
    assert found.cashless.lowest.months == 36


def test_a_card_has_its_own_rate_and_fee_for_cash() -> None:
    yearly = Fee(Charged.YEARLY, Decimal(590))
    withdrawal = Fee(Charged.ONCE, Decimal(390), share=Decimal("3.9"))
    terms = CardTerms(MINIMUM, months=36, fees=(yearly,), cash_rate=Decimal("59.9"), cash_fee=withdrawal)

    def cost(limit: Decimal, rate: str, *fees: Fee) -> str:
        return str(schedule(limit, Decimal(rate), 36, repayment=MINIMUM, fees=fees).full_cost())

    found = card_full_costs(LIMIT, RATE, terms)
    assert ends(found.cashless) == (cost(LIMIT.max, "29.9", yearly), cost(LIMIT.min, "49.9", yearly))
    assert ends(found.cash) == (
        cost(LIMIT.max, "59.9", yearly, withdrawal),
        cost(LIMIT.min, "59.9", yearly, withdrawal),
    )


def test_a_cards_insurance_counts() -> None:
    premium = Fee(Charged.MONTHLY, share=Decimal(1))
    terms = CardTerms(MINIMUM, months=12, insurance=Insurance(premium))
    found = card_full_costs(LIMIT, RATE, terms)
    insured = schedule(LIMIT.min, RATE.max, 12, repayment=MINIMUM, fees=[premium])
    assert found.cash.highest.full_cost == insured.full_cost()
    assert found.cashless.highest.insured


def test_a_window_of_one_day() -> None:
    assert DisbursementDays(date(2026, 1, 1), date(2026, 1, 1)).last == date(2026, 1, 1)


def test_a_card_by_actual_days() -> None:
    found = card_full_costs(LIMIT, RATE, CardTerms(MINIMUM, months=12, basis=BY_DAYS), YEAR_2026)
    assert found.cashless.lowest.full_cost < RATE.min
    assert found.cashless.highest.full_cost > RATE.max


@pytest.mark.parametrize("months", [0, 601])
def test_refuses_a_cards_impossible_term(months: int) -> None:
    with pytest.raises(ValueError, match=f"a term is 1 to 600 months, not {months}"):
        CardTerms(MINIMUM, months=months)


def test_accepts_the_ends_of_a_cards_term() -> None:
    assert [CardTerms(MINIMUM, months=months).months for months in (1, 600)] == [1, 600]


def test_refuses_impossible_rates() -> None:
    with pytest.raises(ValueError, match="a rate is 0 to 1000"):
        CardTerms(MINIMUM, months=12, cash_rate=Decimal(1001))
    with pytest.raises(ValueError, match="a surcharge is 0 to 1000"):
        Insurance(Fee(Charged.ONCE), surcharge=Decimal(-1))
