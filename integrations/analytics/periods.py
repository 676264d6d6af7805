"""The period of a question, as people choose it: by the clocks of Moscow."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from integrations.analytics.tallies import MOSCOW, Grain

DEFAULT_DAYS: Final = 7
PRESETS: Final = (1, 7, 30, 90, 365)
# Up to so many days a curve has a point for each hour or day.
BY_HOUR, BY_DAY = 3, 400
LONGEST: Final = timedelta(days=366 * 10)
MINUTE: Final = "%Y-%m-%dT%H:%M"


class BadPeriod(ValueError):
    """It ends before it begins, is no date, or is too long."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to just before `end`, in Moscow time."""

    start: datetime
    end: datetime

    @property
    def grain(self) -> Grain:
        """What one point of a curve stands for."""
        length = self.end - self.start
        if length <= timedelta(days=BY_HOUR):
            return "hour"
        return "day" if length <= timedelta(days=BY_DAY) else "month"

    @property
    def fields(self) -> dict[str, str]:
        """As an address and a form write it."""
        return {"from": f"{self.start:{MINUTE}}", "to": f"{self.end:{MINUTE}}"}


def last_days(days: int, now: datetime) -> Period:
    """So many days up to this minute's end, the first from its midnight on."""
    end = now.astimezone(MOSCOW).replace(second=0, microsecond=0) + timedelta(minutes=1)
    midnight = datetime.combine(end.date(), time(), MOSCOW)
    return Period(midnight - timedelta(days=days - 1), end)


def parse(start: str, end: str, now: datetime) -> Period:
    """Dates or moments in ISO 8601; a date as the end is counted in. Empty: the last days. Raises BadPeriod."""
    usual = last_days(DEFAULT_DAYS, now)
    try:
        first = _moment(start) if start else usual.start
        beyond = _moment(end, through=True) if end else usual.end
    except (ValueError, OverflowError):
        raise BadPeriod from None
    if not timedelta() < beyond - first <= LONGEST:
        raise BadPeriod
    return Period(first, beyond)


def _moment(text: str, *, through: bool = False) -> datetime:
    moment = datetime.fromisoformat(text)
    local = moment.astimezone(MOSCOW) if moment.tzinfo else moment.replace(tzinfo=MOSCOW)
    is_date = len(text) == len("2026-11-24")
    return local + timedelta(days=1) if through and is_date else local
