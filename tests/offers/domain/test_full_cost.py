"""The law's equation and its smallest positive root."""

from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.domain import full_cost as module
from offers.domain.full_cost import (
    Absence,
    BadFlowError,
    Flow,
    FlowRule,
    NoFullCostError,
    full_cost,
    full_cost_by_month,
)
from offers.domain.money import roubles
from offers.domain.payments import annuity
from tests.offers.domain.values import cost_or_why

NOUGHT = Decimal(0)
AMOUNTS = st.decimals(Decimal(1), Decimal(10**7), places=2)
FRACTIONS = st.decimals(Decimal(0), Decimal("0.99"), places=2)


def lent(loan: str, *payments: str, q: int = 1, e: Decimal = NOUGHT) -> list[Flow]:
    """A loan and its payments, one a base period from `q + e` on."""
    return [
        Flow(Decimal(loan).copy_negate(), 0),
        *(Flow(Decimal(each), q + number, e) for number, each in enumerate(payments)),
    ]


def left_side(flows: list[Flow], rate: Fraction) -> Fraction:
    """The equation's, exact."""
    return sum(
        (Fraction(flow.amount) / ((1 + Fraction(flow.e) * rate) * (1 + rate) ** flow.q) for flow in flows), Fraction(0)
    )


def sixteenths(loan: str, count: int, payment: str) -> list[Flow]:
    """Two payments a month, on the 1st and the 16th, the first six fifteenths after the loan."""
    return lent(loan, *[payment] * count, q=0, e=Decimal(6) / 15)


@pytest.mark.parametrize(
    ("flows", "periods_per_year", "published"),
    [
        (lent("5000", *["230"] * 24), 12, "9.69"),
        (lent("6000", *["200"] * 36, e=Decimal(19) / 30), 12, "11.82"),
        (sixteenths("5000", 24, "219.17"), 24, "10.34"),
        (lent("10000", *["385"] * 40, e=Decimal(39) / 90), 4, "8.97"),
        (lent("500", *["17.60"] * 30, q=4, e=Decimal(4) / 7), 52, "14.96"),
        (lent("5000", "250", *["230"] * 23), 12, "10.08"),
    ],
)
def test_official_examples_of_regulation_z(flows: list[Flow], periods_per_year: int, published: str) -> None:
    found = full_cost(flows, Decimal(periods_per_year))
    assert found.quantize(Decimal("0.01")) == Decimal(published)
    assert found.as_tuple().exponent == -3


@pytest.mark.parametrize(
    ("flows", "cost"),
    [
        (lent("100000", *["34002.21"] * 3), "12.000"),
        (lent("100000", "50000", "50000"), "0.000"),
        (lent("100000", "50000", "50000.01"), "0.000"),
        (lent("64", "160", "-100"), "300.000"),  # touches zero at i = 0.25, and there only
        (lent("100", "230", "-132"), "120.000"),  # at i = 0.1 and 0.2; sums to less than the loan
        (lent("100", "340", "-385", "145"), "0.000"),  # at i = 0, and no other
    ],
)
def test_full_cost(flows: list[Flow], cost: str) -> None:
    assert str(full_cost(flows)) == cost


def test_order_does_not_matter_and_flows_of_one_moment_are_one() -> None:
    flows = lent("100000", *["34002.21"] * 3)
    split = [Flow(Decimal(-60000), 0), Flow(Decimal(-40000), 0, Decimal("0.0")), Flow(Decimal(0), 7), *flows[1:]]
    assert full_cost(reversed(split)) == full_cost(flows)


@pytest.mark.parametrize(
    ("payment", "periods_per_year", "cost"),
    [
        ("112.0005", 1, "12.001"),
        ("112.00049999999999", 1, "12.000"),
        ("112.0004999999999999", 1, "12.000"),
        ("112.00050000000000000001", 1, "12.001"),
        ("112.0014999999999999999", 1, "12.001"),
    ],
)
def test_a_root_at_the_border_of_two_thousandths_is_rounded_half_up(
    payment: str, periods_per_year: int, cost: str
) -> None:
    assert full_cost(lent("100", payment), Decimal(periods_per_year)) == Decimal(cost)


def test_a_border_that_no_decimal_holds() -> None:
    assert full_cost(lent("1200", "1212.0005")) == Decimal("12.001")
    assert full_cost(lent("1200", "1212.00049999999999999")) == Decimal("12.000")


def test_ignores_the_callers_context() -> None:
    with localcontext(prec=4, rounding=ROUND_DOWN):
        assert full_cost(lent("500000", *["14471.18"] * 60)) == Decimal("24.300")
        assert full_cost(lent("64", "160", "-100")) == Decimal("300.000")
        assert full_cost(lent("123456", "123470")) == Decimal("0.136")
        with pytest.raises(NoFullCostError, match="payments_below_loan"):
            full_cost(lent("123456", "123430"))


@pytest.mark.parametrize(
    ("flows", "absence"),
    [
        ([], Absence.NO_FLOWS),
        (lent("0", "0", "0"), Absence.NO_FLOWS),
        ([Flow(Decimal(-1), 0), Flow(Decimal(1), 0)], Absence.NO_FLOWS),
        (lent("-100", "110"), Absence.NO_DISBURSEMENT),
        (lent("-100", "-110"), Absence.NO_DISBURSEMENT),
        ([Flow(Decimal(-100), 1), Flow(Decimal(110), 2)], Absence.NO_DISBURSEMENT),
        ([Flow(Decimal(-100), 0, Decimal("0.5")), Flow(Decimal(110), 2)], Absence.NO_DISBURSEMENT),
        (lent("100"), Absence.NO_PAYMENTS),
        (lent("100", "-110"), Absence.NO_PAYMENTS),
        (lent("100", "50", "49.99"), Absence.PAYMENTS_BELOW_LOAN),
        (lent("100", "150", "-60"), Absence.PAYMENTS_BELOW_LOAN),
        (lent("64", "160", "-100.0000001"), Absence.PAYMENTS_BELOW_LOAN),
        ([Flow(Decimal(-1), number) for number in range(10_001)], Absence.TOO_MANY_FLOWS),
    ],
)
def test_says_why_there_is_none(flows: list[Flow], absence: Absence) -> None:
    with pytest.raises(NoFullCostError, match=absence.value) as refusal:
        full_cost(flows)
    assert refusal.value.absence is absence


@pytest.mark.parametrize("periods_per_year", ["0", "-12", "0.0009", "100000.1", "Infinity"])
def test_refuses_periods_per_year_out_of_bounds(periods_per_year: str) -> None:
    with pytest.raises(NoFullCostError) as refusal:
        full_cost(lent("100", "110"), Decimal(periods_per_year))
    assert refusal.value.absence is Absence.PERIODS_PER_YEAR


def test_a_sum_that_is_the_loan_with_a_root_beside_nought() -> None:
    assert full_cost(lent("100", "230", "-130")) == Decimal("360.000")  # i = 0.3
    assert full_cost(lent("100", "300", "-200", "0")) == Decimal("1200.000")  # i = 1, at the end of an interval
    assert full_cost(lent("100", "150", "-50")) == Decimal("0.000")


def test_the_smallest_of_three_roots() -> None:
    # (1 + i) = 1.1, 1.2 and 1.3, so the flows are the coefficients of (x - 1.1)(x - 1.2)(x - 1.3), turned about.
    assert full_cost(lent("1000", "3600", "-4310", "1716"), Decimal(1)) == Decimal("10.000")


def test_the_smallest_of_roots_far_apart() -> None:
    # (1 + i) = 1.5 and 4, then 1.5 and 21: on both sides of what is searched piece by piece.
    assert full_cost(lent("100", "550", "-600"), Decimal(1)) == Decimal("50.000")
    assert full_cost(lent("100", "2250", "-3150"), Decimal(1)) == Decimal("50.000")
    # 1.499999 and 4: the root is rounded beyond the piece in which it lies.
    assert full_cost(lent("100", "549.9999", "-599.9996"), Decimal(1)) == Decimal("50.000")


@pytest.mark.parametrize("e", ["0", "0.4"])
@pytest.mark.parametrize("payments", [["14471.18"] * 60, ["900000"], ["1", "1e9"], ["500000.01"]])
def test_floats_find_the_root_of_a_loan_drawn_at_once(e: str, payments: list[str]) -> None:
    flows = lent("500000", *payments, e=Decimal(e))
    estimate = module._newton(module._netted(flows))
    assert estimate is not None
    rate, error = map(Fraction, estimate)
    assert error <= 1e-11 * (1 + rate)
    assert left_side(flows, max(rate - error, Fraction(0))) >= 0 >= left_side(flows, rate + error)


@pytest.mark.parametrize("e", ["0", "0.4"])
def test_an_ordinary_loan_needs_no_decimals(e: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(module, "_rounded_root")
    full_cost(lent("500000", *["14471.18"] * 60, e=Decimal(e)))
    full_cost(lent("500000", "0.50", *["20000"] * 36, e=Decimal(e)))


def test_both_ways_of_summing_agree() -> None:
    payments = [(100.0, 1, 0.0), (200.0, 2, 0.0), (50.0, 5, 0.0)]
    assert module._by_period(payments) == [50.0, 0.0, 0.0, 200.0, 100.0]
    assert module._worth_of_periods(module._by_period(payments), 0.1) == pytest.approx(module._worth(payments, 0.1))


def test_decimals_sum_what_floats_sum() -> None:
    payments = [(100.0, 1, 0.25), (200.0, 2, 0.0), (50.0, 5, 0.5)]
    terms = [module._Sum(Decimal(amount), q, Decimal(e)) for amount, q, e in payments]
    losses = [module._Sum(Decimal(-amount), q, Decimal(e)) for amount, q, e in payments]
    expected = pytest.approx((*module._worth(payments, 0.125), 0, 0))
    point = module._point(terms, Decimal("0.125"))
    assert tuple(map(float, (point.gains, point.gains_fall, point.losses, point.losses_fall))) == expected
    point = module._point(losses, Decimal("0.125"))
    assert tuple(map(float, (point.losses, point.losses_fall, point.gains, point.gains_fall))) == expected


def test_flows_of_one_moment_may_sum_beyond_the_bounds_of_one() -> None:
    half = Decimal("0.5")
    lent_and_paid = [Flow(Decimal("-0.5e15"), 0)] * 4 + [Flow(Decimal("0.75e15"), 1, half)] * 4
    assert full_cost(lent_and_paid) == full_cost(lent("1", "1.5", e=half))
    nearly = [Flow(Decimal("1.00000000000000000000000000001"), 2), Flow(Decimal(-1), 2)]
    assert full_cost([*lent("100", "110"), *nearly], Decimal(1)) == Decimal("10.000")


def test_sums_below_a_rouble() -> None:
    assert full_cost(lent("0.5", "0.25", "0.3"), Decimal(1)) == Decimal("6.394")
    with pytest.raises(NoFullCostError, match="no_disbursement"):
        full_cost(lent("-0.5", "-0.6"))


@pytest.mark.parametrize(("periods_per_year", "cost"), [("0.001", "0.010"), ("100000", "1000000.000")])
def test_periods_per_year_at_the_bounds(periods_per_year: str, cost: str) -> None:
    assert full_cost(lent("100", "110"), Decimal(periods_per_year)) == Decimal(cost)


def test_the_sizes_of_a_flow_at_the_bounds() -> None:
    smallest = Decimal("1e-20")
    for amount in (Decimal(10) ** 15, -(Decimal(10) ** 15), smallest, -smallest):
        assert Flow(amount, 100_000, smallest).amount == amount


def test_a_loan_in_tranches_has_one_root() -> None:
    tranches = [Flow(Decimal(-100), 0), Flow(Decimal(-100), 1), Flow(Decimal("222.1"), 2)]
    assert full_cost(tranches, Decimal(1)) == Decimal("7.194")


def test_gives_up_on_roots_that_bounded_work_does_not_part() -> None:
    # Seven times the same root, 1 + i = 1.25.
    coefficients = [-(4**7), 7 * 4**6 * 5, -21 * 4**5 * 25, 35 * 4**4 * 125, -35 * 4**3 * 625]
    coefficients += [21 * 16 * 3125, -7 * 4 * 15625, 78125]
    with pytest.raises(NoFullCostError) as refusal:
        full_cost([Flow(Decimal(each), q) for q, each in enumerate(coefficients)])
    assert refusal.value.absence is Absence.UNRESOLVED


@pytest.mark.parametrize(
    ("flows", "cost"),
    [
        (lent("1", "1e15"), "1199999999999998800.000"),
        (lent("1e-20", "1e15"), "119999999999999999999999999999999998800.000"),
        (lent("1e15", *["1e15"] * 9_999), "1200.000"),
        (lent("1e15", "1e-20", "1e15"), "0.000"),
        ([Flow(Decimal(-100), 0), Flow(Decimal(200), 100_000)], "0.008"),
        ([Flow(Decimal(-100), 0), Flow(Decimal(200), 100_000, Decimal("0.5"))], "0.008"),
        ([Flow(Decimal(-100), 0), Flow(Decimal("100.01"), 0, Decimal("1e-20"))], "12000000000000000000.000"),
    ],
)
def test_sizes_at_the_bounds(flows: list[Flow], cost: str) -> None:
    assert str(full_cost(flows)) == cost


@pytest.mark.parametrize(
    ("terms", "field", "rule"),
    [
        ({"amount": Decimal("NaN")}, "amount", FlowRule.NOT_FINITE),
        ({"amount": Decimal("-Infinity")}, "amount", FlowRule.NOT_FINITE),
        ({"amount": Decimal("1000000000000000.01")}, "amount", FlowRule.TOO_LARGE),
        ({"amount": Decimal("-1000000000000000.01")}, "amount", FlowRule.TOO_LARGE),
        ({"amount": Decimal("9.9e-21")}, "amount", FlowRule.TOO_SMALL),
        ({"amount": Decimal("-9.9e-21")}, "amount", FlowRule.TOO_SMALL),
        ({"q": -1}, "q", FlowRule.NEGATIVE),
        ({"q": 100_001}, "q", FlowRule.TOO_LARGE),
        ({"e": Decimal("NaN")}, "e", FlowRule.NOT_FINITE),
        ({"e": Decimal("-0.1")}, "e", FlowRule.NEGATIVE),
        ({"e": Decimal(1)}, "e", FlowRule.NOT_BELOW_ONE),
        ({"e": Decimal("9.9e-21")}, "e", FlowRule.TOO_SMALL),
    ],
)
def test_refuses_a_bad_flow(terms: dict[str, object], field: str, rule: FlowRule) -> None:
    whole: dict[str, object] = {"amount": Decimal(1), "q": 1, "e": Decimal(0)} | terms
    with pytest.raises(BadFlowError, match=f"{field}: {rule.value}") as refusal:
        Flow(**whole)  # type: ignore[arg-type]
    assert (refusal.value.field, refusal.value.rule) == (field, rule)


@given(st.lists(st.tuples(AMOUNTS, st.integers(1, 60), FRACTIONS), min_size=1, max_size=12), AMOUNTS)
def test_the_root_lies_within_half_a_thousandth(payments: list[tuple[Decimal, int, Decimal]], loan: Decimal) -> None:
    flows = [Flow(-loan, 0), *(Flow(*payment) for payment in payments)]
    if sum(flow.amount for flow in flows) <= 0:
        return
    cost = Fraction(full_cost(flows))
    half = Fraction(1, 2000)
    assert cost == 0 or left_side(flows, (cost - half) / 1200) >= 0
    assert left_side(flows, (cost + half) / 1200) < 0


@given(st.lists(st.integers(-500, 500), min_size=3, max_size=8), st.integers(1, 500))
def test_no_root_is_smaller(amounts: list[int], loan: int) -> None:
    flows = [Flow(Decimal(-loan), 0), *(Flow(Decimal(each), q) for q, each in enumerate(amounts, 1))]
    rates = [Fraction(number, 64) for number in range(1, 128)]
    crossed = next((b for a, b in pairwise(rates) if left_side(flows, a) * left_side(flows, b) < 0), None)
    if crossed is not None:
        assert Fraction(full_cost(flows, Decimal(1))) <= crossed * 100


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=20), st.integers(2, 1000))
def test_the_cost_of_a_scaled_loan_is_the_same(loan: Decimal, payments: list[Decimal], times: int) -> None:
    flows = lent(str(loan), *map(str, payments))
    if sum(flow.amount for flow in flows) > 0:
        assert full_cost(flows) == full_cost([Flow(flow.amount * times, flow.q, flow.e) for flow in flows])


@given(st.decimals(Decimal("0.1"), Decimal(290), places=1), st.integers(1, 120))
def test_without_fees_the_cost_is_the_nominal_rate(rate: Decimal, months: int) -> None:
    monthly = Fraction(rate) / 1200
    unrounded = Fraction(10**12) * monthly / (1 - (1 + monthly) ** -months)
    payment = Decimal(unrounded.numerator) / Decimal(unrounded.denominator)
    assert full_cost(lent("1e12", *[str(payment)] * months)) == rate


@given(st.integers(-100, 10**7), st.lists(st.integers(0, 10**6), min_size=1, max_size=24))
def test_by_month_is_the_same(loan: int, payments: list[int]) -> None:
    flows = [Flow(roubles(-loan), 0), *(Flow(roubles(each), month) for month, each in enumerate(payments, 1))]
    assert cost_or_why(lambda: full_cost_by_month(loan, payments)) == cost_or_why(lambda: full_cost(flows))


def test_decimals_alone_find_what_floats_find(monkeypatch: pytest.MonkeyPatch) -> None:
    flows = [lent("500000", *[str(annuity(Decimal(500_000), Decimal(rate), 36))] * 36) for rate in (1, 24, 292)]
    flows += [lent("100", "30", "90", q=5, e=Decimal("0.25")), [*lent("100", "30"), Flow(Decimal(90), 9)]]
    by_floats = [full_cost(each) for each in flows]
    monkeypatch.setattr(module, "_newton", lambda _: None)
    assert [full_cost(each) for each in flows] == by_floats
