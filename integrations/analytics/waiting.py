"""Enquiries without an answer yet: how many wait now, which for longest, and what becomes of one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from integrations import trials
from integrations.analytics import derive
from integrations.ids import made_at
from integrations.models import Enquiry

# The first is the oldest: ids are sortable by time. By the index of those that are pending, of which there are few.
NOW: Final = f"""select id, search_id, count(*) over () from integrations_enquiry
where answer is null and {trials.REAL.format(client="client")} order by id limit 1"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Those that wait now, but for tests of the integration."""

    count: int
    longest: timedelta
    search_id: UUID  # of the one that waits for longest


@dataclass(frozen=True, slots=True)
class Pending:
    """One revision of an enquiry that waits. `due_at`: from then on whoever finds it goes on with it."""

    asked: str
    since: datetime
    waited: timedelta
    attempts: int
    due_at: datetime | None


def now_waiting(now: datetime) -> Waiting | None:
    """None where nobody waits."""
    with connection.cursor() as cursor:
        cursor.execute(NOW)
        row = cursor.fetchone()
    return Waiting(row[2], now - made_at(row[0]), row[1]) if row else None


def of(search_id: UUID, now: datetime) -> list[Pending]:
    """The enquiry's revisions that wait, whoever asked; by the index of those that are pending."""
    rows = Enquiry.objects.filter(search_id=search_id, answer=None).order_by("id")
    return [Pending(derive.asked(row), since := made_at(row.id), now - since, row.attempts, row.due_at) for row in rows]
