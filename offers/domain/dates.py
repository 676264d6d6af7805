"""Calendar months and years: a date that a month lacks is its last day."""

from calendar import isleap, monthrange
from datetime import date
from typing import Final

MONTHS_IN_YEAR: Final = 12


def add_months(day: date, months: int) -> date:
    """The same day so many months later; 31 January + 1 month is 28 or 29 February."""
    year, month = divmod(day.year * MONTHS_IN_YEAR + day.month - 1 + months, MONTHS_IN_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int:
    """How many whole calendar months fit between two dates, `start` not after `end`."""
    months = _months_apart(start, end)
    return months if add_months(start, months) <= end else months - 1


def exact_months(start: date, end: date) -> int | None:
    """The calendar months between two payments of one monthly schedule; None if no day of the month gives both dates.

    28 February and 31 March are a month apart: both are what the 31st makes of them.
    """
    clamped = (start.day < end.day and _is_month_end(start)) or (end.day < start.day and _is_month_end(end))
    return _months_apart(start, end) if start.day == end.day or clamped else None


def days_by_year_length(start: date, end: date) -> tuple[int, int]:
    """The days after `start` up to and with `end` that fall into years of 365 and of 366 days."""
    days = [0, 0]
    for year in range(start.year, end.year + 1):
        first = max(start, date(year - 1, 12, 31))
        last = min(end, date(year, 12, 31))
        days[isleap(year)] += (last - first).days
    return days[0], days[1]


def _months_apart(start: date, end: date) -> int:
    return (end.year - start.year) * MONTHS_IN_YEAR + end.month - start.month


def _is_month_end(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]
