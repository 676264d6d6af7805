"""The one door to the database for the API: one statement a call, in autocommit, with bounded waits."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError, connection, connections

from integrations import deadline

# So long a request waits for a database that was away a moment ago, and so often it is tried meanwhile, in seconds.
PATIENCE: Final = 0.08
PROBE_EVERY: Final = 0.02


class Away(OperationalError):
    """The database was away a moment ago and is not back yet, or the time to ask it is used up."""


class _Line:
    """What this process knows of the way to the database: whether new connections come about."""

    open = threading.Event()
    probing = threading.Lock()


_Line.open.set()


def execute(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The statement's rows; raises django.db.Error, within a bounded time.

    Every statement given here may run twice: ids are made before it, conflicts do nothing. So it is tried once more
    where the connection turned out to be dead, which is cheaper than asking before each.

    Once a connection was lost, a thread of its own tries to make one, and who needs one waits for that but a moment. So
    nobody queues for a server that does not answer, and the first call after its return succeeds.
    """
    line = connections[DEFAULT_DB_ALIAS]
    if deadline.is_over() or (_is_lost(line) and not _comes_about()):
        raise Away
    try:
        return _with_another_try(line, statement, parameters)
    except (OperationalError, InterfaceError):
        if _is_lost(line):
            line.close()
            _Line.open.clear()
            _see_to_it()
        raise


def array(items: Iterable[object]) -> str:
    """Numbers or codes as Postgres writes an array: psycopg would go through them one by one, and quote them."""
    return "{" + ",".join(map(str, items)) + "}"


def forget() -> None:
    """Think well of the database again: for tests, whose databases come and go within one process."""
    _Line.open.set()


def _with_another_try(line: Any, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    was_connected = line.connection is not None
    try:
        return _once(line, statement, parameters)
    except (OperationalError, InterfaceError):
        if not (was_connected and _is_lost(line)) or deadline.is_over() or line.in_atomic_block:
            raise
        line.close()
        return _once(line, statement, parameters)


def _once(line: Any, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """By psycopg's own cursor: Django's writes the parameters into the text, which Postgres then parses every time."""
    with line.wrap_database_errors:
        line.ensure_connection()
        cursor = psycopg.Cursor(line.connection)
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _is_lost(line: Any) -> bool:
    return line.connection is None or line.connection.closed


def _comes_about() -> bool:
    if not _Line.open.is_set():
        _see_to_it()
    return _Line.open.wait(PATIENCE)


def _see_to_it() -> None:
    """One thread at a time tries to connect. Whoever waits asks for it again: the last one may be about to end."""
    if _Line.probing.acquire(blocking=False):
        threading.Thread(target=_probe, name="database-probe", daemon=True).start()


def _probe() -> None:
    """Until a connection comes about; each try is bounded by `connect_timeout`."""
    pause = threading.Event()
    try:
        while not _Line.open.is_set():
            try:
                with deadline.bounded():
                    connection.ensure_connection()
                _Line.open.set()
            except Error:
                pause.wait(PROBE_EVERY)
    finally:
        connection.close()
        _Line.probing.release()
