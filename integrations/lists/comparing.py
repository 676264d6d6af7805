"""Versions of lists as sets of lines, each one person's terms for a product or an offer: what repeats, what differs.

Over millions of rows, so in SQL, after `take_time`.
"""

from typing import Any, Final, NamedTuple

from django.db import connection

KEY: Final = "phone_hash, product_type, offer"
TERMS: Final = ("amount_max", "rate", "approval", "valid_until")
DOUBLED: Final = f"""
doubled as materialized (
    select {KEY}, min(line) as first from integrations_listedperson where version = %(version)s
    group by {KEY} having count(*) > 1)"""

# Of lines that say the same, the first stays.
DROP_REPEATED: Final = f"""
with {DOUBLED}, numbered as (
    select phone_hash, line, row_number() over (partition by {KEY}, {", ".join(TERMS)} order by line) as place
    from doubled join integrations_listedperson using ({KEY}) where version = %(version)s)
delete from integrations_listedperson person using numbered
where place > 1 and person.version = %(version)s
    and person.phone_hash = numbered.phone_hash and person.line = numbered.line"""

CONTRADICTIONS: Final = f"""
with {DOUBLED}
select line, first, count(*) over () from doubled join integrations_listedperson using ({KEY})
where version = %(version)s and line <> first order by line limit %(most)s"""

COMPARE: Final = f"""
select count(*) filter (where live.line is null),
    count(*) filter (where ({", ".join(f"new.{term}" for term in TERMS)})
        is distinct from ({", ".join(f"live.{term}" for term in TERMS)})
        and new.line is not null and live.line is not null),
    count(*) filter (where new.line is null)
from (select * from integrations_listedperson where version = %(version)s) new
full join (select * from integrations_listedperson where version = %(live)s) live using ({KEY})"""


class Contradictions(NamedTuple):
    """Lines that say of the same person and offer something else than an earlier one: the first, and how many."""

    shown: list[tuple[int, int]]
    total: int


class Counted(NamedTuple):
    """What would become of the live lines; those that are neither stay as they are."""

    added: int
    changed: int
    removed: int


def take_time() -> None:
    """For the rest of the transaction: the limits of what serves people are not for millions of rows."""
    with connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0; set local work_mem = '128MB'")


def drop_repeated(version: int) -> int:
    """How many lines said what an earlier one had said."""
    with connection.cursor() as cursor:
        cursor.execute(DROP_REPEATED, {"version": version})
        return int(cursor.rowcount)


def contradictions(version: int, most: int) -> Contradictions:
    rows = _execute(CONTRADICTIONS, {"version": version, "most": most})
    return Contradictions([(line, first) for line, first, _count in rows], rows[0][2] if rows else 0)


def compare(version: int, live: int | None) -> Counted:
    """`live`: None where nothing is."""
    return Counted(*_execute(COMPARE, {"version": version, "live": live})[0])


def _execute(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
