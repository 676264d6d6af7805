"""Many rows by one statement: a column goes over as one array, so that a thousand rows cost little more than one."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def insert(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Add them; those that are there already, by whichever unique key, are left as they are."""
    if rows:
        table = rows[0]._meta.db_table
        _execute(rows, columns, f"insert into {table} ({', '.join(columns)}) {{said}} on conflict do nothing")


def update(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Write these columns of rows that are there, by their `id`."""
    if rows:
        table, values = rows[0]._meta.db_table, ", ".join(f"{name} = said.{name}" for name in columns)
        statement = f"update {table} as kept set {values} from ({{said}}) as said where kept.id = said.id"
        _execute(rows, ("id", *columns), statement)


def _execute(rows: Sequence[Model], columns: Sequence[str], statement: str) -> None:
    fields = {name: rows[0]._meta.get_field(name) for name in columns}
    arrays = ", ".join(f"%({name})s::{field.db_type(connection)}[]" for name, field in fields.items())
    said = f"select * from unnest({arrays}) as said ({', '.join(columns)})"
    parameters: dict[str, Any] = {name: [getattr(row, name) for row in rows] for name in columns}
    with connection.cursor() as cursor:
        cursor.execute(statement.format(said=said), parameters)
