"""The full cost against a solver written by others, of the same equation as US Regulation Z has it."""

from datetime import date
from decimal import Decimal

import pytest
from curo import (  # type: ignore[import-untyped]
    Calculator,
    SeriesAdvance,
    SeriesPayment,
    USAppendixJ,
)

from offers.domain.base_period import DatedFlow, equation
from offers.domain.dates import add_months


@pytest.mark.parametrize("months", [1, 12, 36, 60])  # it divides by zero from some 80 months on
@pytest.mark.parametrize("dearness", ["1.001", "1.9", "6"])
def test_monthly_payments(months: int, dearness: str) -> None:
    loan, start = Decimal(500_000), date(2026, 1, 15)  # and takes the end of February for the end of each month
    payment = (loan * Decimal(dearness) / months).quantize(Decimal("0.01"))
    days = [add_months(start, number) for number in range(1, months + 1)]
    ours = equation([DatedFlow(-loan, start), *(DatedFlow(payment, day) for day in days)]).full_cost

    calculator = Calculator()
    calculator.add(SeriesAdvance(amount=float(loan), post_date_from=start))
    calculator.add(SeriesPayment(number_of=months, amount=float(payment), post_date_from=days[0]))
    theirs = calculator.solve_rate(convention=USAppendixJ()) * 100

    assert abs(float(ours) - theirs) < 0.000_51
