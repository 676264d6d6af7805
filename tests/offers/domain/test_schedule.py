"""Schedules to the kopeck."""

from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.domain.fees import Charged, Fee
from offers.domain.full_cost import Flow
from offers.domain.money import roubles
from offers.domain.payments import annuity, equal_principal
from offers.domain.schedule import (
    InterestBasis,
    LoanRepayment,
    MinimumPayment,
    Repayment,
    Schedule,
    Totals,
    payments,
    schedule,
)
from tests.offers.domain.values import cost_or_why

AMOUNTS = st.decimals(Decimal(1000), Decimal(5_000_000), places=2)
RATES = st.decimals(Decimal(0), Decimal(292), places=3)
MONTHS = st.integers(1, 84)
REPAYMENTS: st.SearchStrategy[Repayment] = st.one_of(
    st.sampled_from(LoanRepayment),
    st.builds(MinimumPayment, st.decimals(0, 100, places=1), st.decimals(0, 3000, places=2)),
)
FEES = st.lists(
    st.builds(Fee, st.sampled_from(Charged), st.decimals(0, 3000, places=2), st.decimals(0, 5, places=1)), max_size=3
)
TERMS = st.fixed_dictionaries(
    {
        "amount": AMOUNTS,
        "annual_rate": RATES,
        "months": MONTHS,
        "repayment": REPAYMENTS,
        "basis": st.sampled_from(InterestBasis),
        "start": st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    }
)
PLANS = TERMS.map(lambda terms: schedule(**terms))


def rows(plan: Schedule) -> list[tuple[str, ...]]:
    return [
        tuple(map(str, (each.principal, each.interest, each.fees, each.payment, each.balance)))
        for each in plan.instalments
    ]


def test_annuity_by_months() -> None:
    plan = schedule(Decimal(100_000), Decimal(12), 3)
    assert rows(plan) == [
        ("33002.21", "1000.00", "0.00", "34002.21", "66997.79"),
        ("33332.23", "669.98", "0.00", "34002.21", "33665.56"),
        ("33665.56", "336.66", "0.00", "34002.22", "0.00"),
    ]
    assert [each.on for each in plan.instalments] == [None] * 3


def test_equal_principal_by_months() -> None:
    plan = schedule(Decimal(100_000), Decimal(12), 3, repayment=LoanRepayment.EQUAL_PRINCIPAL)
    assert rows(plan) == [
        ("33333.33", "1000.00", "0.00", "34333.33", "66666.67"),
        ("33333.33", "666.67", "0.00", "34000.00", "33333.34"),
        ("33333.34", "333.33", "0.00", "33666.67", "0.00"),
    ]


def test_annuity_by_actual_days_split_at_new_year() -> None:
    plan = schedule(Decimal(100_000), Decimal(12), 3, basis=InterestBasis.ACTUAL_DAYS, start=date(2027, 12, 15))
    # 16 days of 365ths and 15 of 366ths, then 31 and 29 of 366ths.
    assert rows(plan) == [
        ("32984.38", "1017.83", "0.00", "34002.21", "67015.62"),
        ("33321.07", "681.14", "0.00", "34002.21", "33694.55"),
        ("33694.55", "320.37", "0.00", "34014.92", "0.00"),
    ]
    assert [each.on for each in plan.instalments] == [date(2028, 1, 15), date(2028, 2, 15), date(2028, 3, 15)]


def test_a_day_that_a_month_lacks_is_its_last() -> None:
    plan = schedule(Decimal(100_000), Decimal(12), 3, start=date(2026, 1, 31))
    assert [each.on for each in plan.instalments] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert plan.on == date(2026, 1, 31)


def test_a_cards_minimum_payment() -> None:
    plan = schedule(Decimal(10_000), Decimal(24), 4, repayment=MinimumPayment(Decimal(10), floor=Decimal(950)))
    assert rows(plan) == [
        ("1000.00", "200.00", "0.00", "1200.00", "9000.00"),
        ("950.00", "180.00", "0.00", "1130.00", "8050.00"),
        ("950.00", "161.00", "0.00", "1111.00", "7100.00"),
        ("7100.00", "142.00", "0.00", "7242.00", "0.00"),
    ]


def test_a_minimum_payment_of_part_of_a_percent() -> None:
    plan = schedule(Decimal(10_000), Decimal(24), 2, repayment=MinimumPayment(Decimal("7.5")))
    assert rows(plan)[0] == ("750.00", "200.00", "0.00", "950.00", "9250.00")


def test_a_debt_repaid_early_ends_the_schedule() -> None:
    fees = [Fee(Charged.MONTHLY, Decimal(5)), Fee(Charged.YEARLY, Decimal(90))]
    plan = schedule(Decimal(1000), Decimal(24), 24, repayment=MinimumPayment(Decimal(0), Decimal(84)), fees=fees)
    assert len(plan.instalments) == 12
    assert rows(plan)[-1] == ("76.00", "1.52", "5.00", "82.52", "0.00")


def test_fees_fall_where_they_are_charged() -> None:
    fees = [
        Fee(Charged.ONCE, share=Decimal(1)),
        Fee(Charged.MONTHLY, fixed=Decimal(59)),
        Fee(Charged.YEARLY, fixed=Decimal(5000)),
    ]
    plan = schedule(Decimal(300_000), Decimal(24), 25, fees=fees)
    assert plan.upfront == Decimal(8000)
    assert [each.fees for each in plan.instalments] == [
        Decimal(5059) if each.number in (12, 24) else Decimal(59) for each in plan.instalments
    ]
    first = plan.instalments[0]
    assert first.payment == first.principal + first.interest + 59
    assert plan.flows()[:3] == (Flow(Decimal(-300_000), 0), Flow(Decimal(8000), 0), Flow(first.payment, 1))


def test_totals() -> None:
    fees = [Fee(Charged.ONCE, Decimal(500)), Fee(Charged.MONTHLY, Decimal("59.90"))]
    totals = schedule(Decimal(100_000), Decimal(12), 3, fees=fees).totals()
    assert totals == Totals(Decimal(100_000), Decimal("2006.64"), Decimal("679.70"), Decimal("102686.34"))


@pytest.mark.parametrize(("months", "cost"), [(12, "27.297"), (13, "29.419"), (60, "26.716")])
def test_full_cost_with_a_fee_at_each_years_start(months: int, cost: str) -> None:
    plan = schedule(Decimal(300_000), Decimal(24), months, fees=[Fee(Charged.YEARLY, Decimal(5000))])
    assert plan.full_cost() == Decimal(cost)


def test_full_cost_of_flows_rounded_to_the_kopeck() -> None:
    assert schedule(Decimal(1000), Decimal("24.3"), 12).full_cost() == Decimal("24.296")
    assert schedule(Decimal(30_000), Decimal("24.3"), 12).full_cost() == Decimal("24.300")


@pytest.mark.parametrize(("months", "lowest", "highest"), [(12, "24.118", "24.430"), (36, "24.234", "24.355")])
def test_full_cost_by_actual_days_depends_on_the_day(months: int, lowest: str, highest: str) -> None:
    costs = [
        schedule(
            Decimal(500_000),
            Decimal("24.3"),
            months,
            basis=InterestBasis.ACTUAL_DAYS,
            start=date.fromordinal(date(2026, 1, 1).toordinal() + number),
        ).full_cost()
        for number in range(365)
    ]
    assert (min(costs), max(costs)) == (Decimal(lowest), Decimal(highest))


def test_a_payment_covers_its_interest_at_least() -> None:
    # A month of 31 days asks for more interest than the annuity of so long a term at so high a rate.
    plan = schedule(Decimal(100_000), Decimal(292), 60, basis=InterestBasis.ACTUAL_DAYS, start=date(2026, 1, 1))
    first = plan.instalments[0]
    assert (first.principal, first.payment) == (Decimal(0), Decimal("24800.00"))
    assert plan.instalments[-1].balance == 0


def test_ignores_the_callers_context() -> None:
    plan = schedule(Decimal("123456.78"), Decimal("24.3"), 13)
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert schedule(Decimal("123456.78"), Decimal("24.3"), 13) == plan
        assert plan.flows()[0].amount == Decimal("-123456.78")
        assert plan.totals().principal == Decimal("123456.78")
        assert plan.totals().paid > Decimal(141_000)


@given(PLANS)
def test_ends_at_exactly_nothing(plan: Schedule) -> None:
    assert plan.instalments[-1].balance == 0
    assert sum(each.principal for each in plan.instalments) == plan.amount
    assert all(each.principal >= 0 and each.interest >= 0 for each in plan.instalments)
    assert [each.number for each in plan.instalments] == list(range(1, len(plan.instalments) + 1))


@given(TERMS, FEES)
def test_payments_are_the_schedules(terms: dict[str, Any], fees: list[Fee]) -> None:
    plan, bare = schedule(**terms, fees=fees), payments(**terms, fees=fees)
    assert (roubles(bare.loan), roubles(bare.upfront)) == (plan.amount, plan.upfront)
    assert [roubles(each.payment) for each in bare.months] == [each.payment for each in plan.instalments]
    assert [roubles(each.debt) for each in bare.months] == [each.balance + each.principal for each in plan.instalments]
    assert cost_or_why(bare.full_cost) == cost_or_why(plan.full_cost)


@given(AMOUNTS, RATES, MONTHS)
def test_closed_forms_are_the_schedules(amount: Decimal, rate: Decimal, months: int) -> None:
    ends = equal_principal(amount, rate, months)
    falling = schedule(amount, rate, months, repayment=LoanRepayment.EQUAL_PRINCIPAL).instalments
    assert (falling[0].payment, falling[-1].payment) == (ends.first, ends.last)
    equal = schedule(amount, rate, months).instalments
    assert all(each.payment == annuity(amount, rate, months) for each in equal[:-1] if each.principal)


@given(AMOUNTS, st.decimals(Decimal(1), Decimal(100), places=1), MONTHS, st.decimals(Decimal(0), Decimal(5), places=2))
def test_fees_only_raise_the_full_cost(amount: Decimal, rate: Decimal, months: int, share: Decimal) -> None:
    plain = schedule(amount, rate, months).full_cost()
    for charged in Charged:
        assert schedule(amount, rate, months, fees=[Fee(charged, share=share)]).full_cost() >= plain


@given(st.decimals(Decimal(30_000), Decimal(10**7), places=2), RATES, MONTHS, st.sampled_from(LoanRepayment))
def test_without_fees_the_full_cost_is_the_nominal_rate(
    amount: Decimal, rate: Decimal, months: int, repayment: LoanRepayment
) -> None:
    cost = schedule(amount, rate.quantize(Decimal("0.1")), months, repayment=repayment).full_cost()
    assert abs(cost - rate.quantize(Decimal("0.1"))) <= Decimal("0.001")


@pytest.mark.parametrize(
    ("amount", "rate", "months", "complaint"),
    [
        ("100", "1", 0, "a term is 1 to 600 months, not 0"),
        ("100", "1", 601, "a term is 1 to 600 months, not 601"),
        ("0", "1", 1, "an amount is above 0"),
        ("-1", "1", 1, "an amount is 0 to"),
        ("1.001", "1", 1, "an amount is 0 to"),
        ("1e13", "1", 1, "an amount is 0 to"),
        ("NaN", "1", 1, "an amount is 0 to"),
        ("100", "-1", 1, "a rate is 0 to 1000"),
        ("100", "1000.1", 1, "a rate is 0 to 1000"),
        ("100", "1e-11", 1, "a rate is 0 to 1000"),
    ],
)
def test_refuses_impossible_terms(amount: str, rate: str, months: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        schedule(Decimal(amount), Decimal(rate), months)


def test_accepts_the_longest_term() -> None:
    assert len(schedule(Decimal("1e12"), Decimal(1000), 600).instalments) == 600


def test_actual_days_need_a_start() -> None:
    with pytest.raises(ValueError, match="needs the day of disbursement"):
        schedule(Decimal(100), Decimal(1), 1, basis=InterestBasis.ACTUAL_DAYS)


@pytest.mark.parametrize(
    ("share", "floor", "complaint"),
    [
        ("100.1", "0", "a share of the debt is 0 to 100"),
        ("-1", "0", "a share of the debt is 0 to 100"),
        ("5", "-1", "a floor is 0 to"),
        ("5", "0.001", "a floor is 0 to"),
    ],
)
def test_refuses_an_impossible_minimum_payment(share: str, floor: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{complaint}"):
        MinimumPayment(Decimal(share), Decimal(floor))
