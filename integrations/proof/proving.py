"""Proving: that an entry is in the log that a checkpoint was signed for, to whoever has the public key alone.

`bin/check_proof` checks what this makes, and shows how: it needs nothing of this program.
"""

import base64
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from integrations.models import Batch, JournalEntry
from integrations.proof import merkle, sealing
from integrations.proof.members import COVERED, leaves, unpack

# Batches are cut in the order of (xact, id), so the next one that ends behind an entry is its own, and behind what is
# not sealed none ends. What was sealed only after it had been restored elsewhere lies in a batch of its own time.
ENDING = "from integrations_batch where (last_xact, last_id) >= (%(xact)s, %(id)s)"
NEXT = f"""
select number from (select number, members {ENDING} order by last_xact, last_id limit 2) as next
where position(uuid_send(%(id)s) in members) > 0 order by number"""
BEHIND = f"select number {ENDING} and position(uuid_send(%(id)s) in members) > 0 order by number"


class NotSealed(LookupError):
    """No batch holds the entry: it is too young, or unknown."""


def prove(entry_id: UUID) -> dict[str, Any]:
    """The proof as JSON takes it. Raises JournalEntry.DoesNotExist or NotSealed."""
    with transaction.atomic():
        received_at = JournalEntry.objects.values_list("received_at", flat=True).get(id=entry_id)
        entry = dict(zip(COVERED, _values(entry_id, received_at), strict=True))
        batch, place = _place(entry_id, int(entry["xact"]))
        last = Batch.objects.order_by("-number").only("number", "checkpoint")[0]
        return {
            "entry": {name: _plain(value) for name, value in entry.items()},
            "in_batch": _inclusion(place, batch.entries, merkle.path(place, list(leaves(bytes(batch.members))))),
            "in_log": _inclusion(batch.number, last.number + 1, sealing.log().path(batch.number, last.number + 1)),
            "checkpoint": last.checkpoint,
        }


def _values(entry_id: UUID, received_at: Any) -> tuple[Any, ...]:
    columns = ", ".join(COVERED.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {columns} from integrations_journalentry where id = %s and received_at = %s",
            [entry_id, received_at],
        )
        return tuple(cursor.fetchone())


def _place(entry_id: UUID, xact: int) -> tuple[Batch, int]:
    for statement in (NEXT, BEHIND):
        for batch in Batch.objects.filter(number__in=_holding(statement, entry_id, xact)):
            for place, member in enumerate(unpack(bytes(batch.members))):
                if member.id == entry_id:
                    return batch, place
    raise NotSealed


def _holding(statement: str, entry_id: UUID, xact: int) -> list[int]:
    """The batches in whose members the id stands; perhaps across two of them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"id": entry_id, "xact": xact})
        return [number for (number,) in cursor.fetchall()]


def _inclusion(index: int, size: int, path: list[bytes]) -> dict[str, Any]:
    return {"index": index, "size": size, "path": [base64.b64encode(sibling).decode() for sibling in path]}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else {"base64": base64.b64encode(value).decode()}
