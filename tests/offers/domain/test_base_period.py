"""The base period found from dates, and the flows counted in it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from offers.domain.base_period import YEAR, BasePeriod, DatedFlow, Unit, base_period, equation
from offers.domain.dates import add_months
from offers.domain.full_cost import Absence, BadFlowError, Flow, FlowRule, NoFullCostError

MONTH = BasePeriod(1, Unit.MONTHS)
WEEK = BasePeriod(7, Unit.DAYS)


def on(text: str, amount: str = "1") -> DatedFlow:
    return DatedFlow(Decimal(amount), date.fromisoformat(text))


def monthly(start: date, months: int) -> list[date]:
    return [add_months(start, number) for number in range(months + 1)]


def every(days: int, count: int, start: date = date(2026, 1, 15)) -> list[date]:
    return [start + timedelta(days=days * number) for number in range(count + 1)]


@pytest.mark.parametrize(
    ("days", "period"),
    [
        (monthly(date(2026, 1, 15), 12), MONTH),
        (monthly(date(2026, 1, 31), 12), MONTH),
        (monthly(date(2026, 1, 31), 1), MONTH),
        (monthly(date(2026, 1, 15), 12)[::3], BasePeriod(3, Unit.MONTHS)),
        (monthly(date(2026, 1, 15), 48)[::12], YEAR),
        (monthly(date(2026, 1, 15), 48)[::24], YEAR),
        (every(7, 30), WEEK),
        (every(1, 30), BasePeriod(1, Unit.DAYS)),
        (every(28, 12, date(2026, 2, 1)), BasePeriod(28, Unit.DAYS)),
        (every(400, 3), YEAR),
        (every(364, 3), BasePeriod(364, Unit.DAYS)),
        ([date(2026, 1, 15)], YEAR),
        ([*monthly(date(2026, 1, 15), 48)[::12], date(2030, 2, 15)], YEAR),
        (every(26, 1) + monthly(date(2026, 2, 10), 12), MONTH),
        # Two weeks and two months: the smaller.
        ([*every(7, 2), *monthly(date(2026, 1, 29), 2)], WEEK),
        # Thirty days are less than a month, thirty-one more.
        ([*every(30, 1), date(2026, 3, 14)], BasePeriod(30, Unit.DAYS)),
        ([date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 2)], MONTH),
        ([date(2026, 3, 1), date(2026, 4, 1), date(2026, 4, 1)], MONTH),
    ],
)
def test_the_most_frequent_standard_interval(days: list[date], period: BasePeriod) -> None:
    assert base_period(days) == period
    assert base_period(reversed(days)) == period


@pytest.mark.parametrize(
    ("period", "in_a_year"),
    [
        (MONTH, Decimal(12)),
        (BasePeriod(3, Unit.MONTHS), Decimal(4)),
        (YEAR, Decimal(1)),
        (BasePeriod(1, Unit.DAYS), Decimal(365)),
        (BasePeriod(5, Unit.DAYS), Decimal(73)),
    ],
)
def test_periods_in_a_year(period: BasePeriod, in_a_year: Decimal) -> None:
    assert period.periods_per_year == in_a_year


@pytest.mark.parametrize(
    ("period", "day", "q", "e"),
    [
        (MONTH, "2026-01-31", 0, Decimal(0)),
        (MONTH, "2026-02-27", 0, Decimal(27) / 28),
        (MONTH, "2026-02-28", 1, Decimal(0)),
        (MONTH, "2026-03-30", 1, Decimal(30) / 31),
        (MONTH, "2026-03-31", 2, Decimal(0)),
        (BasePeriod(3, Unit.MONTHS), "2026-04-30", 1, Decimal(0)),
        (BasePeriod(3, Unit.MONTHS), "2026-04-29", 0, Decimal(88) / 89),
        (WEEK, "2026-02-08", 1, Decimal(1) / 7),
        (WEEK, "2026-02-07", 1, Decimal(0)),
    ],
)
def test_counts_whole_periods_and_the_rest(period: BasePeriod, day: str, q: int, e: Decimal) -> None:
    flow = period.flow(on(day), date(2026, 1, 31))
    assert flow.q == q
    assert abs(flow.e - e) < Decimal("1e-25")


def test_calendar_months_are_counted_not_days() -> None:
    for start in (date(2026, 1, 15), date(2026, 1, 31), date(2028, 1, 31)):
        days = monthly(start, 3)
        flows = [DatedFlow(Decimal(-100_000), start), *(DatedFlow(Decimal("34002.21"), day) for day in days[1:])]
        assert equation(flows).full_cost == Decimal("12.000")


def test_payments_before_the_disbursement_count_on_its_day() -> None:
    found = equation([on("2026-01-10", "5"), on("2026-02-15", "110"), on("2026-01-15", "-100")])
    assert found.base_period == MONTH
    assert found.flows == (Flow(Decimal(5), 0), Flow(Decimal(110), 1), Flow(Decimal(-100), 0))


def test_a_payment_is_no_disbursement_however_small() -> None:
    found = equation([on("2026-01-14", "0.01"), on("2026-01-15", "-100"), on("2026-02-15", "110")])
    assert found.flows == (Flow(Decimal("0.01"), 0), Flow(Decimal(-100), 0), Flow(Decimal(110), 1))


def test_flows_of_nothing_set_no_period() -> None:
    found = equation([on("2026-01-15", "-100"), on("2026-01-22", "0"), on("2026-01-29", "0"), on("2026-02-15", "110")])
    assert found.base_period == MONTH


def test_yearly_payments() -> None:
    found = equation([on("2026-01-15", "-100"), on("2027-01-15", "10"), on("2028-01-15", "110")])
    assert (found.base_period, found.full_cost) == (YEAR, Decimal("10.000"))


def test_weekly_payments_are_counted_in_a_year_of_365_days() -> None:
    found = equation([on("2026-01-15", "-100"), on("2026-01-22", "50.5"), on("2026-01-29", "50.5")])
    assert found.base_period == WEEK
    assert found.full_cost == Decimal("34.723")


@pytest.mark.parametrize(
    ("flows", "absence"),
    [
        ([], Absence.NO_FLOWS),
        ([on("2026-01-15", "0")], Absence.NO_FLOWS),
        ([on("2026-01-15")], Absence.NO_DISBURSEMENT),
    ],
)
def test_nothing_is_lent(flows: list[DatedFlow], absence: Absence) -> None:
    with pytest.raises(NoFullCostError) as refusal:
        equation(flows)
    assert refusal.value.absence is absence


@pytest.mark.parametrize("year", [1899, 3000])
def test_refuses_a_year_out_of_range(year: int) -> None:
    with pytest.raises(BadFlowError) as refusal:
        DatedFlow(Decimal(1), date(year, 6, 1))
    assert (refusal.value.field, refusal.value.rule) == ("date", FlowRule.YEAR_OUT_OF_RANGE)


def test_the_years_at_the_ends_of_the_range() -> None:
    found = equation([on("1900-01-01", "-100"), on("2999-12-31", "200")])
    assert found.full_cost == Decimal("0.063")


def test_refuses_a_bad_amount() -> None:
    with pytest.raises(BadFlowError):
        on("2026-01-15", "NaN")
