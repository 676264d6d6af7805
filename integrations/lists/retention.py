"""People of versions that nobody needs are deleted: the live version and the one before it stay."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations import journal
from integrations.lists.models import ListVersion, PersonList
from integrations.models import Kind

State = ListVersion.State

ROWS_A_DELETE: Final = 20_000
DELETE_SOME: Final = f"""
delete from integrations_listedperson where ctid = any(array(
    select ctid from integrations_listedperson where version = %s limit {ROWS_A_DELETE}))"""


def outlived(now: datetime) -> QuerySet[ListVersion]:
    """Versions whose people are to be deleted: those with mistakes at once, others after their days."""
    needed = PersonList.objects.filter(Q(live=OuterRef("pk")) | Q(previous=OuterRef("pk")))
    old = Q(state=State.READY, finished_at__lt=now - timedelta(days=settings.LISTS_KEPT_DAYS))
    versions = ListVersion.objects.filter(~Exists(needed), old | Q(state=State.FAILED))
    return versions.select_related("person_list").order_by("pk")


def purge(now: datetime) -> int:
    """How many lines. Killed, it goes on next time: a version is given up first, its people are deleted after."""
    for version in outlived(now):
        _give_up(version, now)
    return sum(map(_empty, ListVersion.objects.filter(state=State.EMPTIED).values_list("pk", flat=True)))


@transaction.atomic
def _give_up(version: ListVersion, now: datetime) -> None:
    """Unless it has become live meanwhile."""
    PersonList.objects.select_for_update().get(pk=version.person_list_id)
    if outlived(now).filter(pk=version.pk).update(state=State.EMPTIED):
        journal.record(Kind.PURGED, list=version.person_list.code, version=version.number, lines=version.rows)


def _empty(version: int) -> int:
    deleted = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(DELETE_SOME, [version])
            if not cursor.rowcount:
                return deleted
            deleted += int(cursor.rowcount)
