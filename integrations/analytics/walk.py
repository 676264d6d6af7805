"""Through the journal from the newest entry on, in steps whose work is bounded however rare what is looked for."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from integrations.models import JournalEntry

# What is rare is looked for among so many entries a step.
SEARCHED = 25_000
CHUNK = 5_000


def floor(newest: datetime | None) -> datetime | None:
    """The moment so many entries below, by the index on time alone; None where the beginning is nearer."""
    passed = JournalEntry.objects.order_by("-received_at").values_list("received_at", flat=True)
    if newest:
        passed = passed.filter(received_at__lte=newest)
    return next(iter(passed[SEARCHED : SEARCHED + 1]), None)


def below(received_at: datetime, entry_id: UUID) -> Q:
    """The first condition is the index's, the second settles what came in the same microsecond."""
    return Q(received_at__lte=received_at) & (Q(received_at__lt=received_at) | Q(id__lt=entry_id))


def walk(rows: QuerySet[JournalEntry], start: datetime | None, end: datetime | None) -> Iterator[list[JournalEntry]]:
    """The rows of that period in chunks; each goes on where the last one ended, so no transaction is held."""
    newest = end
    while True:
        bottom = floor(newest)
        within = rows if newest is None else rows.filter(received_at__lte=newest)
        within = within if bottom is None else within.filter(received_at__gt=bottom)
        yield from _chunks(within)
        if bottom is None or (start is not None and bottom < start):
            return
        newest = bottom


def _chunks(rows: QuerySet[JournalEntry]) -> Iterator[list[JournalEntry]]:
    ordered = rows.order_by("-received_at", "-id")
    chunk = list(ordered[:CHUNK])
    while chunk:
        yield chunk
        if len(chunk) < CHUNK:
            return
        chunk = list(ordered.filter(below(chunk[-1].received_at, chunk[-1].id))[:CHUNK])
