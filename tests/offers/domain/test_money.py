"""Rounding, and the bounds of money and rates."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest

from offers.domain.money import refuse_outside, to_kopeck, to_thousandth


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.00499", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("3", "3.00")],
)
def test_kopecks_are_rounded_half_up(amount: str, rounded: str) -> None:
    assert str(to_kopeck(Decimal(amount))) == rounded


@pytest.mark.parametrize(("percent", "rounded"), [("24.2995", "24.300"), ("24.29949", "24.299"), ("0", "0.000")])
def test_thousandths_are_rounded_half_up(percent: str, rounded: str) -> None:
    assert str(to_thousandth(Decimal(percent))) == rounded


def test_rounding_ignores_the_callers_context() -> None:
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert to_kopeck(Decimal("123456.785")) == Decimal("123456.79")
        assert to_thousandth(Decimal("123456.7895")) == Decimal("123456.790")


@pytest.mark.parametrize("value", ["0", "100", "99.99", "100.00", "1E+1", "1.000"])
def test_accepts_what_lies_within(value: str) -> None:
    refuse_outside("a share", Decimal(value), highest=Decimal(100), decimals=2)


@pytest.mark.parametrize("value", ["-0.01", "100.01", "0.001", "NaN", "sNaN", "Infinity", "-Infinity", "1E-999999"])
def test_refuses_what_lies_outside(value: str) -> None:
    with pytest.raises(ValueError, match="a share is 0 to 100 with at most 2 decimals, not"):
        refuse_outside("a share", Decimal(value), highest=Decimal(100), decimals=2)
