from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.analytics import tallies, unmet
from integrations.analytics.past import Filled
from integrations.analytics.unmet import Asked
from offers import catalogue
from offers.domain.catalogue import Content, Offer, Product, Range
from offers.domain.decide import Enquiry, Reason, reason
from tests.offers.domain.values import content, loan

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def offer(
    code: str = "cash", amount: tuple[int, int] = (100_000, 1_000_000), term: tuple[int, int] = (12, 60)
) -> Offer:
    amounts, terms = Range(*map(Decimal, amount)), Range(*term)
    return loan(code=code, amount=amounts, shown_amount=amounts, term=terms, shown_term=terms)


def asked(amount: int | None, term: int | None, count: int = 1) -> Asked:
    return Asked(None if amount is None else Decimal(amount), term, count)


def explore(*refused: Asked, offers: tuple[Offer, ...] = (offer(),)) -> unmet.Unmet:
    return unmet.explore(refused, Product.LOAN, content(*offers), NOW, shown=10)


def test_the_nearest_offer_is_the_one_that_misses_by_least() -> None:
    far, near = offer("far", amount=(10_000, 200_000)), offer("near", amount=(100_000, 900_000))

    (nearest,) = explore(asked(1_000_000, 72), offers=(far, near)).nearest

    assert nearest.offer == "near"
    assert [(miss.bound, miss.gap) for miss in nearest.misses] == [("amount_max", 100_000), ("term_max", 12)]


def test_what_is_served_today_is_set_apart() -> None:
    found = explore(asked(500_000, 36, 7), asked(5_000_000, 36, 2))

    assert (found.refused, found.served_today) == (9, 7)
    assert [nearest.asked.count for nearest in found.nearest] == [2]


def test_a_change_wins_those_whom_its_bound_alone_keeps_away() -> None:
    found = explore(asked(500_000, 72, 6), asked(500_000, 84, 3), asked(5_000_000, 84, 50), asked(None, 120, 5))

    (change,) = [change for change in found.changes if change.bound == "term_max"]

    assert (change.offer, change.current, change.proposed) == ("cash", 60, 84)
    assert (change.won, change.of) == (9, 14)


def test_no_bound_is_widened_beyond_as_much_again() -> None:
    assert explore(asked(500_000, 121), asked(2_000_001, 36)).changes == []


def test_the_smallest_bounds_are_widened_downwards() -> None:
    (change,) = explore(asked(50_000, 36, 4)).changes

    assert (change.bound, change.proposed, change.won) == ("amount_min", 50_000, 4)


@pytest.mark.parametrize("product", Product)
def test_the_decision_itself_agrees(product: Product, filled: Filled) -> None:
    """Each proposed change, made to the offer, serves just as many of the refused as was promised."""
    live: Content = catalogue.refresh().content
    refused = unmet.refused(tallies.window(filled.start, filled.end), product)

    found = unmet.explore(refused, product, live, NOW, shown=10)

    assert found.refused > 0
    assert found.served_today == 0
    assert found.changes
    for change in found.changes:
        changed = _widened(live, change)
        served = [one for one in refused if _reason(one, product, changed, live) is Reason.OFFERED]
        assert sum(one.count for one in served) == change.won


def _widened(live: Content, change: unmet.Change) -> Offer:
    before = live.get(change.offer)
    assert before is not None
    field, end = change.bound.split("_")
    name = f"shown_{field}"
    return replace(before, **{name: replace(getattr(before, name), **{end: change.proposed})})


def _reason(one: Asked, product: Product, changed: Offer, live: Content) -> Reason:
    return reason(Enquiry(product, one.amount, one.term), changed, live, NOW)


def test_the_map_adds_up(filled: Filled) -> None:
    window = tallies.window(filled.start, filled.end)

    drawn = unmet.demand_map(window, Product.LOAN)

    in_vain = sum(one.count for one in unmet.refused(window, Product.LOAN))
    assert sum(cell.refused for cell in drawn.cells.values()) == in_vain > 0
    assert set(drawn.cells) <= {(amount, term) for amount in drawn.amounts for term in drawn.terms}
