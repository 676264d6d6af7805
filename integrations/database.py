"""The one door to the database for the API: one statement a call, in autocommit."""

from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError, connection


def execute(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The statement's rows. Every statement given here may run twice: ids are made before it, conflicts do nothing.

    So it is tried once more where the connection turned out to be dead, which is cheaper than asking before each.
    """
    try:
        return _once(statement, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or not _is_lost():
            raise
        connection.close()
        return _once(statement, parameters)


def _once(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _is_lost() -> bool:
    return connection.connection is not None and connection.connection.closed
