"""Calendar months and actual days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.domain.dates import add_months, days_by_year_length, exact_months, whole_months

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_adds_calendar_months(start: date, months: int, expected: date) -> None:
    assert add_months(start, months) == expected


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 15), date(2027, 1, 14), 11),
        (date(2026, 1, 15), date(2027, 1, 15), 12),
        (date(2026, 1, 15), date(2026, 1, 15), 0),
    ],
)
def test_counts_whole_months(start: date, end: date, months: int) -> None:
    assert whole_months(start, end) == months


@given(DAYS, st.integers(0, 600))
def test_whole_months_undo_adding(start: date, months: int) -> None:
    assert whole_months(start, add_months(start, months)) == months


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 15), date(2026, 4, 15), 3),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 2, 28), date(2026, 3, 31), 1),
        (date(2026, 6, 30), date(2026, 7, 31), 1),
        (date(2026, 1, 15), date(2026, 2, 16), None),
        (date(2026, 1, 15), date(2026, 2, 14), None),
        (date(2026, 1, 30), date(2026, 2, 27), None),
    ],
)
def test_recognises_months_of_one_schedule(start: date, end: date, months: int | None) -> None:
    assert exact_months(start, end) == months


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 1, 15), date(2026, 2, 15), (31, 0)),
        (date(2027, 12, 15), date(2028, 1, 15), (16, 15)),
        (date(2028, 12, 31), date(2029, 1, 1), (1, 0)),
        (date(2027, 12, 31), date(2028, 12, 31), (0, 366)),
        (date(2027, 12, 30), date(2029, 1, 1), (2, 366)),
    ],
)
def test_splits_days_at_new_year(start: date, end: date, days: tuple[int, int]) -> None:
    assert days_by_year_length(start, end) == days


@given(DAYS, st.integers(0, 2000))
def test_no_day_is_lost(start: date, length: int) -> None:
    end = date.fromordinal(start.toordinal() + length)
    assert sum(days_by_year_length(start, end)) == length
