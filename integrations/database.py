"""The one door to the database for the API: one statement a call, in autocommit, with bounded waits."""

import threading
from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError, connection


class Away(OperationalError):
    """The database was away a moment ago, and somebody else is finding out whether it still is."""


class _Line:
    """What this process knows of the way to the database."""

    suspect = False
    probe = threading.Lock()


def execute(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The statement's rows; raises django.db.Error, within a bounded time.

    Every statement given here may run twice: ids are made before it, conflicts do nothing. So it is tried once more
    where the connection turned out to be dead, which is cheaper than asking before each.

    Once the database was away, one caller at a time tries it and the others are told at once; so nobody waits in a
    queue for a server that does not answer, and the first call after its return succeeds.
    """
    if not _Line.suspect:
        return _tried(statement, parameters)
    if not _Line.probe.acquire(blocking=False):
        raise Away
    try:
        return _tried(statement, parameters)
    finally:
        _Line.probe.release()


def forget() -> None:
    """Think well of the database again: for tests, whose databases come and go within one process."""
    _Line.suspect = False


def _tried(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    try:
        rows = _with_another_try(statement, parameters)
    except (OperationalError, InterfaceError):
        _Line.suspect = _Line.suspect or _is_lost()
        raise
    _Line.suspect = False
    return rows


def _with_another_try(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    kept = connection.connection is not None
    try:
        return _once(statement, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or _Line.suspect or not (kept and _is_lost()):
            raise
        connection.close()
        return _once(statement, parameters)


def _once(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _is_lost() -> bool:
    return connection.connection is None or connection.connection.closed
