"""Fees by amount."""

from decimal import Decimal

import pytest

from offers.domain.fees import Charged, Fee


@pytest.mark.parametrize(
    ("fee", "amount", "due"),
    [
        (Fee(Charged.ONCE, fixed=Decimal(500)), "100000", "500.00"),
        (Fee(Charged.ONCE, share=Decimal("1.5")), "100000", "1500.00"),
        (Fee(Charged.ONCE, share=Decimal("1.5")), "0.33", "0.00"),
        (Fee(Charged.ONCE, share=Decimal("1.5")), "0.34", "0.01"),
        (Fee(Charged.ONCE, fixed=Decimal("390.50"), share=Decimal("3.9")), "1000", "429.50"),
        (Fee(Charged.ONCE, fixed=Decimal(7), amount_from=Decimal(100)), "99.99", "0.00"),
        (Fee(Charged.ONCE, fixed=Decimal(7), amount_from=Decimal(100)), "100", "7.00"),
        (Fee(Charged.ONCE, fixed=Decimal(7), amount_to=Decimal(100)), "100", "7.00"),
        (Fee(Charged.ONCE, fixed=Decimal(7), amount_to=Decimal(100)), "100.01", "0.00"),
        (Fee(Charged.ONCE), "100", "0.00"),
    ],
)
def test_due(fee: Fee, amount: str, due: str) -> None:
    assert str(fee.due(Decimal(amount))) == due


def test_steps_lie_on_both_sides_of_a_bands_ends() -> None:
    fee = Fee(Charged.YEARLY, amount_from=Decimal(100), amount_to=Decimal(200))
    assert fee.steps() == tuple(map(Decimal, ("99.99", "100", "200", "200.01")))
    assert Fee(Charged.YEARLY).steps() == ()


@pytest.mark.parametrize(
    ("terms", "complaint"),
    [
        ({"fixed": Decimal(-1)}, "a fee is 0 to"),
        ({"fixed": Decimal("0.001")}, "a fee is 0 to"),
        ({"fixed": Decimal("1e13")}, "a fee is 0 to"),
        ({"share": Decimal("100.1")}, "a fee's share is 0 to 100 with at most 10 decimals"),
        ({"share": Decimal("1e-11")}, "a fee's share"),
    ],
)
def test_refuses_what_is_no_fee(terms: dict[str, Decimal], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Fee(Charged.ONCE, **terms)
