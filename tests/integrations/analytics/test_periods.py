from datetime import UTC, datetime, timedelta

import pytest

from integrations.analytics import periods
from integrations.analytics.periods import BadPeriod, Period
from integrations.analytics.tallies import MOSCOW

NOW = datetime(2026, 11, 24, 21, 30, 15, tzinfo=UTC)  # the 25th in Moscow


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ({}, "2026-11-19T00:00", "2026-11-25T00:31"),
        ({"days": "1"}, "2026-11-25T00:00", "2026-11-25T00:31"),
        ({"from": "2026-11-01", "to": "2026-11-30"}, "2026-11-01T00:00", "2026-12-01T00:00"),
        ({"from": "2026-11-01T10:30", "to": "2026-11-01T11:45"}, "2026-11-01T10:30", "2026-11-01T11:45"),
        ({"from": "2026-11-01T07:00+00:00"}, "2026-11-01T10:00", "2026-11-25T00:31"),
        ({"from": "", "to": ""}, "2026-11-19T00:00", "2026-11-25T00:31"),
    ],
)
def test_a_period_is_moscows(asked: dict[str, str], start: str, end: str) -> None:
    assert periods.parse(asked, NOW) == Period(moscow(start), moscow(end))


@pytest.mark.parametrize(
    "asked",
    [{"days": "2"}, {"days": "x"}, {"from": "x"}, {"to": "2026-11-18"}, {"from": "1999-01-01"}, {"to": "9999-12-31"}],
)
def test_nonsense_is_no_period(asked: dict[str, str]) -> None:
    with pytest.raises(BadPeriod):
        periods.parse(asked, NOW)


@pytest.mark.parametrize(("days", "grain"), [(1, "hour"), (3, "hour"), (4, "day"), (400, "day"), (401, "month")])
def test_curves_have_a_bearable_number_of_points(days: int, grain: str) -> None:
    assert Period(NOW, NOW + timedelta(days=days)).grain == grain


def test_a_form_shows_what_it_would_send() -> None:
    period = periods.last_days(7, NOW)

    assert periods.parse(period.fields, NOW) == period
