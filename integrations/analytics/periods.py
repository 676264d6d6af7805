"""The period of a question, as people choose it: by the clocks of Moscow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from integrations.analytics.tallies import MOSCOW, Grain

DEFAULT_DAYS: Final = 7
PRESETS: Final = (1, 7, 30, 90, 365)
# Up to so many days a curve has a point for each hour or day.
BY_HOUR, BY_DAY = 3, 400
LONGEST: Final = timedelta(days=366 * 10)
DATE_LENGTH: Final = len("2026-11-24")
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


def parse(asked: Mapping[str, str], now: datetime) -> Period:
    """Of an address: `days`, or `from` and `to` (an end that is a date is counted in). Raises BadPeriod."""
    usual = last_days(DEFAULT_DAYS, now)
    if days := asked.get("days"):
        if days not in map(str, PRESETS):
            raise BadPeriod
        return last_days(int(days), now)
    first = moment(start) if (start := asked.get("from")) else usual.start
    beyond = moment(end, through=True) if (end := asked.get("to")) else usual.end
    if not timedelta() < beyond - first <= LONGEST:
        raise BadPeriod
    return Period(first, beyond)


def moment(text: str, *, through: bool = False) -> datetime:
    """A date or a moment in ISO 8601, by default of Moscow; `through`: a date's end. Raises BadPeriod."""
    try:
        written = datetime.fromisoformat(text)
        local = written.astimezone(MOSCOW) if written.tzinfo else written.replace(tzinfo=MOSCOW)
        return local + timedelta(days=1) if through and len(text) == DATE_LENGTH else local
    except (ValueError, OverflowError):
        raise BadPeriod from None
