from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.analytics import bands, charts
from integrations.analytics.charts import Timeline
from offers.domain.catalogue import Product

START = datetime(2026, 11, 1, tzinfo=UTC)


def days(count: int) -> list[datetime]:
    return [START + timedelta(days=number) for number in range(count)]


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=60))
def test_every_point_lies_inside(values: list[float]) -> None:
    chart = charts.lines("", Timeline(days(len(values)), "day"), {"n": values})

    for dot in chart.curves[0].dots:
        assert chart.left <= dot.x <= chart.right
        assert chart.top - 0.01 <= dot.y <= chart.bottom + 0.01


def test_a_gap_is_seen() -> None:
    moments = [START, START + timedelta(days=1), START + timedelta(days=9)]

    first, second, third = charts.lines("", Timeline(moments, "day"), {"n": [1, 2, 3]}).curves[0].dots

    assert third.x - second.x == pytest.approx(8 * (second.x - first.x))


def test_a_release_is_marked_where_it_came_into_use() -> None:
    moments = days(11)

    (mark,) = charts.lines("", Timeline(moments, "day"), {"n": [1] * 11}, [(moments[5], "2", "why")]).marks

    assert mark.at == pytest.approx((charts.LEFT + charts.WIDTH - charts.RIGHT) / 2)
    assert (mark.label, mark.told) == ("2", "why")


def test_nothing_is_drawn_of_nothing() -> None:
    assert charts.lines("", Timeline([], "day"), {"n": []}, [(START, "1", "")]).curves == []
    assert charts.bars("", [0] * 24).up


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (3, 4), (17, 20), (100, 100), (1234, 2000), (99_999, 100_000)])
def test_axes_are_round(highest: int, top: int) -> None:
    assert charts._scale(highest)[0] == top


def test_bands_follow_one_another() -> None:
    for edges in (bands.amounts(), bands.terms()):
        assert edges[0].start == 0
        assert edges[-1].end is None
        assert all(band.end == later.start for band, later in pairwise(edges))


@pytest.mark.parametrize(
    ("start", "label"),
    [(None, "не указано"), (0, "меньше 50 тыс."), (1_000_000, "1 млн – 2 млн"), (5_000_000, "от 5 млн")],
)
def test_amounts_are_said_shortly(start: int | None, label: str) -> None:
    assert bands.amount_label(start) == label


@pytest.mark.parametrize(("start", "label"), [(None, "не указано"), (0, "1–6"), (13, "13–24"), (85, "85 и больше")])
def test_terms_are_said_with_both_ends(start: int | None, label: str) -> None:
    assert bands.term_label(start) == label


def test_a_card_has_no_bands_of_terms() -> None:
    assert bands.edges(Product.CREDIT_CARD)[1] == ()
