"""Monthly payments in closed form."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.domain.payments import EqualPrincipal, annuity, equal_principal


@pytest.mark.parametrize(
    ("amount", "rate", "months", "payment"),
    [
        ("100000", "12", 3, "34002.21"),
        ("100000", "12", 12, "8884.88"),
        ("500000", "24.3", 36, "19695.27"),
        ("500000", "36.2", 36, "22958.89"),
        ("500000", "24.3", 60, "14471.18"),
        ("500000", "36.2", 60, "18131.04"),
        ("100000", "0", 3, "33333.33"),
        ("0", "12", 3, "0.00"),
    ],
)
def test_annuity(amount: str, rate: str, months: int, payment: str) -> None:
    assert annuity(Decimal(amount), Decimal(rate), months) == Decimal(payment)


def test_annuity_rounds_an_exact_half_up() -> None:
    assert annuity(Decimal(60), Decimal("0.1"), 1) == Decimal("60.01")


def test_annuity_ignores_the_callers_context() -> None:
    with localcontext(prec=4, rounding=ROUND_DOWN):
        assert annuity(Decimal(500000), Decimal("24.3"), 36) == Decimal("19695.27")


@pytest.mark.parametrize(
    ("amount", "rate", "months", "first", "last"),
    [
        ("120000", "12", 12, "11200.00", "10100.00"),
        ("100000", "12", 3, "34333.33", "33666.67"),
        ("100000", "12", 1, "101000.00", "101000.00"),
        ("0.05", "12", 9, "0.01", "0.00"),
    ],
)
def test_equal_principal(amount: str, rate: str, months: int, first: str, last: str) -> None:
    assert equal_principal(Decimal(amount), Decimal(rate), months) == EqualPrincipal(Decimal(first), Decimal(last))


@pytest.mark.parametrize("payment", [annuity, equal_principal])
@pytest.mark.parametrize(
    ("amount", "rate", "months", "complaint"),
    [
        ("1", "1", 0, "at least one month"),
        ("-1", "1", 1, "amount can't be negative"),
        ("1", "-1", 1, "rate can't be negative"),
    ],
)
def test_refuses_what_cannot_be(payment: object, amount: str, rate: str, months: int, complaint: str) -> None:
    assert callable(payment)
    with pytest.raises(ValueError, match=complaint):
        payment(Decimal(amount), Decimal(rate), months)


AMOUNTS = st.decimals(Decimal(1000), Decimal(10_000_000), places=2)
RATES = st.decimals(Decimal(0), Decimal(292), places=3)
MONTHS = st.integers(1, 360)


@given(AMOUNTS, AMOUNTS, RATES, MONTHS)
def test_a_larger_amount_is_a_larger_payment(some: Decimal, more: Decimal, rate: Decimal, months: int) -> None:
    assert annuity(some + more, rate, months) >= annuity(some, rate, months)
    assert equal_principal(some + more, rate, months).first >= equal_principal(some, rate, months).first


@given(AMOUNTS, RATES, RATES, MONTHS)
def test_a_higher_rate_is_a_larger_payment(amount: Decimal, rate: Decimal, more: Decimal, months: int) -> None:
    assert annuity(amount, rate + more, months) >= annuity(amount, rate, months)
    assert equal_principal(amount, rate + more, months).first >= equal_principal(amount, rate, months).first


@given(AMOUNTS, RATES, MONTHS, MONTHS)
def test_a_longer_term_is_a_smaller_payment(amount: Decimal, rate: Decimal, months: int, more: int) -> None:
    assert annuity(amount, rate, months + more) <= annuity(amount, rate, months)
    assert equal_principal(amount, rate, months + more).first <= equal_principal(amount, rate, months).first
