from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import given

from offers.domain.catalogue import Range
from tests.offers.domain import values
from tests.offers.domain.values import card, content, loan


@pytest.mark.parametrize(("value", "inside"), [(11, False), (12, True), (13, True), (36, True), (37, False)])
def test_a_range_includes_both_ends(value: int, *, inside: bool) -> None:
    assert (value in Range(12, 36)) is inside


def test_a_range_may_be_a_single_value() -> None:
    assert Decimal("120000.00") in values.roubles("120000", "120000")


def test_a_range_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="36 > 12"):
        Range(36, 12)


@pytest.mark.parametrize(("asked", "nearest"), [("1", "600000.01"), ("700000", "700000"), ("1000000.01", "1000000")])
def test_the_nearest_of_a_range(asked: str, nearest: str) -> None:
    assert values.roubles("600000.01", "1000000").nearest(Decimal(asked)) == Decimal(nearest)


@given(values.ranges(values.amounts), values.amounts)
def test_the_nearest_is_inside_and_no_other_is_nearer(own: Range[Decimal], asked: Decimal) -> None:
    nearest = own.nearest(asked)

    assert nearest in own
    assert abs(nearest - asked) <= min(abs(own.min - asked), abs(own.max - asked))
    assert (nearest == asked) == (asked in own)


@given(values.ranges(values.terms), values.ranges(values.terms))
def test_a_range_holds_another_if_it_holds_its_ends(one: Range[int], other: Range[int]) -> None:
    assert one.holds(other) == (other.min in one and other.max in one)
    assert one.holds(one)


@pytest.mark.parametrize(
    ("amount", "term", "fits"),
    [
        (None, None, True),
        ("100000", 12, True),
        ("600000", 36, True),
        ("600000.01", None, False),
        ("99999.99", 24, False),
        (None, 11, False),
        ("300000", 37, False),
    ],
)
def test_what_is_asked_fits_the_own_ranges_of_an_offer(amount: str | None, term: int | None, *, fits: bool) -> None:
    offer = loan(shown_amount=values.roubles("1", "10000000"), shown_term=Range(1, 600))

    assert offer.fits(amount and Decimal(amount), term) is fits  # type: ignore[arg-type]


def test_any_term_fits_a_card() -> None:
    assert card().fits(Decimal(300_000), 600)


def test_values_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        loan().position = 1  # type: ignore[misc]


def test_a_content_finds_an_offer_by_its_code() -> None:
    first, second = loan("first"), card("second")

    assert content(first, second).get("second") is second
    assert content(first, second).get("third") is None
    assert list(content(first, second)) == [first, second]
