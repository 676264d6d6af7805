"""The journal's partitions: one for each calendar month in UTC, made long before it begins.

What lies in no month's partition strays into the default one, and then that month's can't be made any more without
moving it. All that touches partitions is done by the owner, one at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection, transaction

JOURNAL: Final = "integrations_journalentry"
DEFAULT: Final = f"{JOURNAL}_default"
REPLACED: Final = f"{DEFAULT}_replaced"
MONTHS_AHEAD: Final = 24
# `migrate` may run on several machines at once.
PARTITION_LOCK: Final = 0x7061_7274
ROWS_A_MOVE: Final = 5_000
# How long who serves may have to wait behind the exchange of partitions; given up after this, nothing is changed.
PATIENCE: Final = "400ms"

LEFT_BEHIND = f"""
select oid::regclass::text from pg_class where relname ~ '^{JOURNAL}_[0-9_]+_moving$' and relkind = 'r'"""
STRAYS = f"""
select date_trunc('month', received_at at time zone 'UTC')::date, count(*) from {DEFAULT} group by 1 order by 1"""
ATTACHED = f"select relid::regclass::text from pg_partition_tree('{JOURNAL}') where isleaf order by 1"


@dataclass(frozen=True, slots=True)
class Month:
    """A month and its partition."""

    first: date

    @property
    def partition(self) -> str:
        return f"{JOURNAL}_{self.first:%Y_%m}"

    @property
    def moving(self) -> str:
        """Where its strays are gathered."""
        return f"{self.partition}_moving"

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        return _midnight(self.first), _midnight(following(self.first))


def make_ahead(today: date | None = None) -> None:
    """Make the partitions of this month and the next two years, where they are missing."""
    first = today or datetime.now(UTC).date()
    with alone(), connection.cursor() as cursor:
        for month in months(first, MONTHS_AHEAD + 1):
            cursor.execute("select integrations_make_partition(%s::date, %s::date)", [month, following(month)])


@contextmanager
def alone() -> Iterator[None]:
    """Let nobody else change partitions meanwhile, and begin without what somebody killed has left behind."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [PARTITION_LOCK])
        try:
            cursor.execute(LEFT_BEHIND)
            for (table,) in cursor.fetchall():
                cursor.execute(f"drop table {table}")
            yield
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


def whole_months() -> list[Month]:
    """Those that have a partition, the oldest first."""
    names = [name.removeprefix(f"{JOURNAL}_") for (name,) in _execute(ATTACHED) if name != DEFAULT]
    return [Month(datetime.strptime(name, "%Y_%m").replace(tzinfo=UTC).date()) for name in names]


def strays() -> dict[date, int]:
    """How many entries of which months lie in the default partition."""
    return dict(_execute(STRAYS))


def gather_strays() -> dict[date, int]:
    """Give each month that has strays its own partition; how many were moved of each.

    They are copied a few at a time; then one short transaction puts the new partitions in the place of the default
    one, so that whoever reads or writes sees each entry once. Raises OperationalError where somebody is in the way for
    too long: do it again.
    """
    with alone():
        found = strays()
        moved = [Month(first) for first in found]
        for month in moved:
            _copy(month)
        if moved:
            _exchange(moved)
    return found


def drop(month: Month) -> None:
    """Drop the month with all its entries. Within `alone` and a transaction."""
    _execute(f"set local lock_timeout = '{PATIENCE}'")
    _execute(f"drop table {month.partition}")


def _copy(month: Month) -> None:
    first, beyond = month.bounds
    _execute(f"create table {month.moving} (like {JOURNAL} including all)")
    _execute(
        f"alter table {month.moving} add constraint its_month"
        f" check (received_at >= '{first.isoformat()}' and received_at < '{beyond.isoformat()}')"
    )
    last: tuple[Any, ...] = (first, "00000000-0000-0000-0000-000000000000")
    while rows := _execute(
        f"""with moved as (
            insert into {month.moving} select * from {DEFAULT}
            where (received_at, id) > (%s, %s) and received_at < %s order by received_at, id limit {ROWS_A_MOVE}
            returning received_at, id)
        select received_at, id from moved order by 1 desc, 2 desc limit 1""",
        [*last, beyond],
    ):
        last = rows[0]


def _exchange(moved: list[Month]) -> None:
    with transaction.atomic():
        _execute(f"set local lock_timeout = '{PATIENCE}'")
        # Everybody waits here, and looks for partitions afterwards: with less, a reader could miss or double entries.
        _execute(f"lock table {JOURNAL} in access exclusive mode")
        _execute(f"alter table {JOURNAL} detach partition {DEFAULT}")
        _execute(f"alter table {DEFAULT} rename to {REPLACED}")
        _execute(f"create table {DEFAULT} partition of {JOURNAL} default")
        _execute("select integrations_refuse_truncate(%s::regclass)", [DEFAULT])
        for month in moved:
            _attach(month)
        # What has come since it was copied, whatever its month.
        _execute(f"insert into {JOURNAL} select * from {REPLACED} on conflict do nothing")
        _execute(f"drop table {REPLACED}")


def _attach(month: Month) -> None:
    first, beyond = month.bounds
    _execute(f"alter table {month.moving} rename to {month.partition}")
    _execute(
        f"alter table {JOURNAL} attach partition {month.partition}"
        f" for values from ('{first.isoformat()}') to ('{beyond.isoformat()}')"
    )
    _execute(f"alter table {month.partition} drop constraint its_month")
    _execute("select integrations_refuse_truncate(%s::regclass)", [month.partition])


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _execute(statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
