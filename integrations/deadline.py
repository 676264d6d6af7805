"""A bound on waiting for Postgres that holds even where Postgres itself has stopped counting.

`statement_timeout` is the server's; a frozen server never says anything. So a thread of our own shuts the connection's
socket down once the time is over, and whoever waits on it gets an error as if the server had gone away.
"""

import math
import os
import socket
import threading
import time
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

SECONDS = 2.0  # for all that one request asks of the database
CHECK_EVERY = 0.1

_lock = threading.Lock()
_waiting: dict[int, tuple[float, Any]] = {}  # by thread: until when, and its connection as Django wraps it
_watcher: threading.Thread | None = None


class bounded:  # noqa: N801  (read as a word after `with`)
    """Cut this thread's connection if this lasts longer: the wait ends in an OperationalError, and it is closed."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        _watch()
        # Not django.db.connection, which is another one in every thread.
        _waiting[threading.get_ident()] = time.monotonic() + self._seconds, connections[DEFAULT_DB_ALIAS]

    def __exit__(self, *_error: object) -> None:
        with _lock:  # not while it is being cut: the socket's number may belong to another a moment later
            del _waiting[threading.get_ident()]


def is_over() -> bool:
    """Whether this thread's time for the database is used up; never outside of `bounded`."""
    until, _connection = _waiting.get(threading.get_ident(), (math.inf, None))
    return time.monotonic() >= until


def _watch() -> None:
    """One watcher a process; made when it is first needed, and anew in a child, which has none of its parent's."""
    global _watcher  # noqa: PLW0603
    if _watcher is None:
        with _lock:
            if _watcher is None:
                _watcher = threading.Thread(target=_cut_what_is_over, name="deadline", daemon=True)
                _watcher.start()


def _watch_no_more() -> None:
    global _watcher  # noqa: PLW0603
    _watcher = None


os.register_at_fork(after_in_child=_watch_no_more)


def _cut_what_is_over() -> None:
    pause = threading.Event()
    try:
        while not pause.wait(CHECK_EVERY):
            now = time.monotonic()
            with _lock:
                for until, connection in list(_waiting.values()):
                    if now > until:
                        _cut(connection)
    finally:
        _watch_no_more()  # whatever went wrong, the next to wait makes another


def _cut(connection: Any) -> None:
    line = connection.connection
    if line is None or line.closed:
        return  # not connected yet, which has a limit of its own
    with socket.socket(fileno=os.dup(line.fileno())) as own:
        try:
            own.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # gone already
