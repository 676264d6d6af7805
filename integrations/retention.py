"""What is not kept for longer than it may be: answers to recall, the keys of requests, whole months of entries.

Leads go with the key of their request, which can't be handed over any more; applications when nothing was told of them
for as long as entries are kept, with whatever was told; people on lists with their version.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from integrations import journal, keys, partitions, people
from integrations.lists import retention as lists
from integrations.models import Kind, MonthKey
from integrations.partitions import Month
from integrations.proof import sealing

ROWS_A_DELETE: Final = 5_000

OUTLIVED = "from integrations_enquiry where coalesce(decided_at, asked_at) <= %(oldest)s"
DELETE_OUTLIVED = f"""
delete from integrations_enquiry where id in (
    select id {OUTLIVED} order by id limit {ROWS_A_DELETE} for update skip locked)"""

LEADS = "from integrations_lead where received_at < %(keys_until)s"
QUIET = """
from integrations_application application where made_at < %(entries_until)s
    and not exists (select from integrations_applicationevent event
        where event.application = application.id and event.received_at >= %(entries_until)s)
    and (search_id = any(%(held)s)) is not true"""
DELETE_QUIET = f"""
with gone as materialized (select id {QUIET} order by id limit {ROWS_A_DELETE} for update of application),
news as (delete from integrations_applicationevent where application in (select id from gone)),
marks as (delete from integrations_conversion where application_id in (select id from gone))
delete from integrations_application where id in (select id from gone)"""
DELETE_EMPTY_BATCHES = """
delete from integrations_conversionbatch batch where made_at < %(entries_until)s
    and not exists (select from integrations_conversion where batch_id = batch.id)"""


@dataclass(frozen=True, slots=True)
class Due:
    """What has outlived its time; after `purge`, what was destroyed."""

    enquiries: int = 0
    leads: int = 0
    applications: int = 0
    listed: int = 0  # lines of versions of lists
    keys: list[str] = field(default_factory=list)
    months: dict[date, int] = field(default_factory=dict)  # with how many entries
    # Months whose time has come and which stay, since a person in them is held or an entry is not sealed.
    kept: list[date] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.enquiries or self.leads or self.applications or self.listed or self.keys or self.months)


def due(now: datetime) -> Due:
    """What `purge` would destroy."""
    over = [month for month in partitions.whole_months() if _is_over(month, now)]
    kept = [month for month in over if _must_stay(month)]
    return Due(
        enquiries=_execute(f"select count(*) {OUTLIVED}", _bounds(now))[0][0],
        leads=_execute(f"select count(*) {LEADS}", _bounds(now))[0][0],
        applications=_execute(f"select count(*) {QUIET}", _bounds(now) | {"held": people.held()})[0][0],
        listed=sum(version.rows for version in lists.outlived(now)),
        keys=list(_keys(now).values_list("id", flat=True)),
        months={month.first: _count(month) for month in over if month not in kept},
        kept=[month.first for month in kept],
    )


def purge(now: datetime) -> Due:
    """Destroy it. Each part is a transaction of its own with the entry that says so; killed, it goes on next time.

    Raises OperationalError where a month can't be dropped, since somebody reads the journal for long.
    """
    found = due(now)
    enquiries = _delete_all(DELETE_OUTLIVED, now)
    leads = _delete_all(f"delete {LEADS}", now)
    applications = _delete_quiet(now)
    listed = lists.purge(now)
    if found.keys:
        _destroy_keys(now)
    for first in found.months:
        _drop(Month(first))
    return Due(enquiries, leads, applications, listed, found.keys, found.months, found.kept)


def _delete_all(statement: str, now: datetime) -> int:
    """So many at a time as the statement says, until there are none."""
    deleted = 0
    while some := _delete(statement, _bounds(now)):
        deleted += some
    return deleted


def _delete(statement: str, bounds: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, bounds)
        return int(cursor.rowcount)


def _delete_quiet(now: datetime) -> int:
    deleted = 0
    while some := _delete_some_quiet(now):
        deleted += some
    _delete(DELETE_EMPTY_BATCHES, _bounds(now))
    return deleted


@transaction.atomic
def _delete_some_quiet(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("set local vitrina.forgetting = 'on'")  # so news may be deleted
        applications = _delete(DELETE_QUIET, _bounds(now) | {"held": people.held()})
        cursor.execute("set local vitrina.forgetting = 'off'")
    if applications:
        journal.record(Kind.PURGED, applications=applications)
    return applications


def _destroy_keys(now: datetime) -> None:
    with transaction.atomic():
        destroyed = list(_keys(now).select_for_update().values_list("id", flat=True))
        MonthKey.objects.filter(id__in=destroyed).update(wrapped=None, destroyed_at=now)
        journal.record(Kind.PURGED, keys=destroyed)
    keys.forget()


def _drop(month: Month) -> None:
    with partitions.alone(), transaction.atomic():
        journal.record(Kind.PURGED, months=[f"{month.first:%Y-%m}"], entries=_count(month))
        partitions.drop(month)


def _keys(now: datetime) -> Any:
    """The keys of months whose last day is old enough."""
    return MonthKey.objects.filter(month__lt=_keys_until(now), wrapped__isnull=False).order_by("month")


def _keys_until(now: datetime) -> date:
    """The first month whose key is kept."""
    last_day = now.astimezone(UTC).date() - timedelta(days=settings.REQUESTS_KEPT_DAYS)
    return (last_day + timedelta(days=1)).replace(day=1)


def _is_over(month: Month, now: datetime) -> bool:
    beyond = partitions.following(month.first)
    return beyond.replace(year=beyond.year + settings.ENTRIES_KEPT_YEARS) <= now.astimezone(UTC).date()


def _must_stay(month: Month) -> bool:
    position = sealing.position()
    return bool(
        _execute(
            f"""select exists (select from {month.partition} where (xact, id) > (%(xact)s, %(id)s))
            or exists (select from {month.partition} join integrations_hold using (phone_hash))""",
            {"xact": position.xact, "id": position.id},
        )[0][0]
    )


def _count(month: Month) -> int:
    return int(_execute(f"select count(*) from {month.partition}", {})[0][0])


def _bounds(now: datetime) -> dict[str, Any]:
    this_month = now.astimezone(UTC).date().replace(day=1)
    return {
        "oldest": now - timedelta(hours=settings.ANSWERS_LIFETIME_HOURS),
        "keys_until": datetime.combine(_keys_until(now), time(), UTC),
        "entries_until": datetime.combine(
            this_month.replace(year=this_month.year - settings.ENTRIES_KEPT_YEARS), time(), UTC
        ),
    }


def _execute(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
