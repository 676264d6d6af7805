"""The journal's partitions: one for each calendar month in UTC, made long before it begins."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from django.db import connection

MONTHS_AHEAD = 24
# `migrate` may run on several machines at once.
PARTITION_LOCK = 0x7061_7274


def make_ahead(today: date | None = None) -> None:
    """Make the partitions of this month and the next two years, where they are missing.

    Once the default partition holds rows of a month, that month's own partition can't be made any more.
    """
    first = today or datetime.now(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [PARTITION_LOCK])
        try:
            for month in months(first, MONTHS_AHEAD + 1):
                cursor.execute("select integrations_make_partition(%s::date, %s::date)", [month, following(month)])
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [PARTITION_LOCK])


def months(day: date, count: int) -> Iterator[date]:
    """The first days of so many months, beginning with the month of `day`."""
    month = day.replace(day=1)
    for _ in range(count):
        yield month
        month = following(month)


def following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
