"""Entries as the proof reads them: many at a time, a few in memory, their covered columns in canonical form."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from integrations.proof.members import COVERED, Member, digest

ROWS_A_FETCH: Final = 500  # an answer may be large
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

# An address as `str` of Python's ip_address has it is made of this by `ip_address`.
PERSONAL = "phone_hash, phone_mask, host(remote_addr), request_sealed, salt, commitment"
BY_ID = """
select id, received_at, {columns} from integrations_journalentry
where id = any(%(ids)s) and received_at between %(first)s and %(last)s"""


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def moment(received_us: int) -> datetime:
    return EPOCH + received_us * MICROSECOND


def members(keys: Sequence[tuple[UUID, datetime]]) -> Iterator[Member]:
    """The entries with these ids and moments, in no order, as members of a batch."""
    return (_member(row) for row in _read(keys, ", ".join(COVERED.values())))


def members_and_personal(keys: Sequence[tuple[UUID, datetime]]) -> Iterator[tuple[Member, tuple[Any, ...]]]:
    """The same, with what the commitment covers, the salt and the commitment."""
    columns, personal = ", ".join(COVERED.values()), PERSONAL.count(",") + 1
    return ((_member(row[:-personal]), row[-personal:]) for row in _read(keys, f"{columns}, {PERSONAL}"))


def stream(statement: str, parameters: dict[str, Any], fetch: int) -> Iterator[tuple[Any, ...]]:
    """Rows by a cursor on the server; outside of a transaction it outlives those begun meanwhile."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(fetch):
            yield from rows


def _read(keys: Sequence[tuple[UUID, datetime]], columns: str) -> Iterator[tuple[Any, ...]]:
    moments = [received_at for _id, received_at in keys]
    parameters = {"ids": [entry_id for entry_id, _received_at in keys], "first": min(moments), "last": max(moments)}
    return stream(BY_ID.format(columns=columns), parameters, ROWS_A_FETCH)


def _member(row: tuple[Any, ...]) -> Member:
    return Member(row[0], microseconds(row[1]), digest(row[2:]))
