"""The one door to the database for the API: one statement a call, in autocommit, with bounded waits."""

import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError, connection, connections

from integrations import deadline

# So long a request waits for a database that was silent when it was last tried, in seconds.
PATIENCE: Final = 0.08


class Away(OperationalError):
    """The database was silent a moment ago and still is, or the time to ask it is used up."""


class _Line:
    """What this process knows of the way to the database: whether somebody at its end speaks, if only to refuse."""

    speaks = threading.Event()
    probing = threading.Lock()


_Line.speaks.set()


_Cursor = psycopg.Cursor[tuple[Any, ...]]


class _Kept(threading.local):
    """This thread's cursor: a new one would find out anew, for every statement, how each type of parameter is sent."""

    cursor: _Cursor | None = None


_kept = _Kept()


def execute(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The statement's rows; raises as `write` does."""
    cursor = _done(statement, parameters)
    try:
        return cursor.fetchall()  # which is where values are read, and may turn out to be none that Python knows
    except psycopg.Error:
        with connections[DEFAULT_DB_ALIAS].wrap_database_errors:
            raise


def write(statement: str, parameters: Mapping[str, Any]) -> int:
    """How many rows the statement wrote; raises django.db.Error, within a bounded time.

    Every statement given here may run twice: ids are made before it, conflicts do nothing. So it is tried once more
    where the connection turned out to be dead, which is cheaper than asking before each.

    A server that is down refuses at once: whoever needs a connection sees for himself, so the first call after its
    return succeeds. A silent one would keep everybody waiting. So once it was met, a thread of its own tries until it
    speaks again, and others wait for that but a moment.
    """
    return _done(statement, parameters).rowcount


def find_alive() -> None:
    """Replace a connection that died while nobody used it: before a transaction, whose statements are tried only once,
    and before it is said that the database is away.
    """
    execute("select 1", {})


def array(items: Iterable[str]) -> str:
    """Numbers or codes as Postgres writes an array: psycopg would go through them one by one, and quote them."""
    return "{" + ",".join(items) + "}"


def forget() -> None:
    """Think well of the database again: for tests, whose databases come and go within one process."""
    _Line.speaks.set()


def _done(statement: str, parameters: Mapping[str, Any]) -> _Cursor:
    line = connections[DEFAULT_DB_ALIAS]
    if deadline.is_over() or (_is_lost(line) and not _speaks()):
        raise Away
    try:
        return _with_another_try(line, statement, parameters)
    except (OperationalError, InterfaceError) as error:
        if _is_lost(line):
            line.close()
            if _met_silence(error):
                _Line.speaks.clear()
                _see_to_it()
        raise


def _with_another_try(line: Any, statement: str, parameters: Mapping[str, Any]) -> _Cursor:
    was_connected = line.connection is not None
    try:
        return _once(line, statement, parameters)
    except (OperationalError, InterfaceError):
        if not (was_connected and _is_lost(line)) or deadline.is_over() or line.in_atomic_block:
            raise
        line.close()
        return _once(line, statement, parameters)


def _once(line: Any, statement: str, parameters: Mapping[str, Any]) -> _Cursor:
    """By psycopg's own cursor: Django's writes the parameters into the text, which Postgres then parses every time."""
    if line.connection is None:
        line.ensure_connection()
    try:
        return _cursor(line).execute(_encoded(statement), parameters)
    except psycopg.Error:
        with line.wrap_database_errors:
            raise


_encoded = lru_cache(str.encode)


def _cursor(line: Any) -> _Cursor:
    if _kept.cursor is None or _kept.cursor.connection is not line.connection:
        _kept.cursor = psycopg.Cursor(line.connection)
    return _kept.cursor


def _is_lost(line: Any) -> bool:
    return line.connection is None or line.connection.closed


def _met_silence(error: Error) -> bool:
    return deadline.is_over() or isinstance(error.__cause__, psycopg.errors.ConnectionTimeout)


def _speaks() -> bool:
    if not _Line.speaks.is_set():
        _see_to_it()
    return _Line.speaks.wait(PATIENCE)


def _see_to_it() -> None:
    """One thread at a time tries to connect. Whoever waits asks for it again: the last one may be about to end."""
    if _Line.probing.acquire(blocking=False):
        threading.Thread(target=_probe, name="database-probe", daemon=True).start()


def _probe() -> None:
    """Until somebody speaks, or refuses; each try that meets silence takes as long as `connect_timeout` says."""
    try:
        while not _Line.speaks.is_set():
            with deadline.bounded():
                if _is_heard():
                    _Line.speaks.set()
    finally:
        connection.close()
        _Line.probing.release()


def _is_heard() -> bool:
    try:
        connection.ensure_connection()
    except Error as error:
        return not _met_silence(error)
    return True
