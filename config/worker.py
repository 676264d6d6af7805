"""Gunicorn's worker with threads, but for two things.

Its own refusals are journalled, and answered as the contract says; and its threads cost less.
"""

import socket
import time
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote

from gunicorn.http import errors
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.threads import Threads

STATUSES = {errors.LimitRequestLine: 414, errors.LimitRequestHeaders: 431, errors.ExpectationFailed: 417}

# For so long, in seconds, and for so many bytes, what a caller still sends is read away, so that it gets our answer.
LEAVE, LEAVE_BYTES = 0.5, 64 * 1024


class RememberedRequest(Request):  # type: ignore[misc]
    """It hands what was read of it over with its refusal."""

    def __init__(self, *arguments: Any) -> None:
        self.head = bytearray()
        try:
            super().__init__(*arguments)
        except errors.ParseException as refusal:
            refusal.unread = self
            raise

    def read_into(self, unreader: Any, buf: bytearray, stop: bool = False) -> None:  # noqa: FBT001, FBT002
        known = len(buf)
        super().read_into(unreader, buf, stop=stop)
        self.head += buf[known:]


RequestParser.mesg_class = RememberedRequest


class Handled(NamedTuple):
    """What the worker asks of a future: whether the connection is kept."""

    kept: Any

    def cancelled(self) -> bool:
        return False

    def result(self) -> Any:
        return self.kept


class Worker(ThreadWorker):  # type: ignore[misc]
    def get_thread_pool(self) -> Threads[TConn]:
        return Threads(self.cfg.threads, self._serve)

    def enqueue_req(self, conn: TConn) -> None:
        self.tpool.submit(conn)

    def _serve(self, conn: TConn) -> None:
        """In a thread; the connection goes back to the one that waits for requests, whatever happens here."""
        kept: Any = False
        try:
            kept = self.handle(conn)
        finally:
            self.method_queue.defer(self.finish_request, conn, Handled(kept))

    def handle(self, conn: TConn) -> Any:
        """Says farewell here: gunicorn does it in the one thread that accepts, for up to two seconds each."""
        kept: Any = False
        try:
            kept = super().handle(conn)
        finally:
            if not kept:
                _take_leave(conn.sock)
        return kept

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Names what is wrong by its kind: the rest may hold credentials, which are not for the log."""
        if isinstance(exc, errors.ParseException):
            self.log.warning("A request was refused: %s", type(exc).__name__)
        else:
            self.log.error("A request failed.", exc_info=exc)
        with suppress(OSError):
            client.sendall(_refusal(req or getattr(exc, "unread", None), addr, exc))


def _refusal(request: Any, addr: Any, exc: Exception) -> bytes:
    # Not before a worker has set Django up.
    from integrations.yandex import unread
    from integrations.yandex.errors import INTERNAL, Problem, not_http

    if isinstance(exc, errors.ParseException):
        problem = not_http(type(exc).__name__, STATUSES.get(type(exc), 400))
    else:
        problem = Problem(500, INTERNAL)
    path = getattr(request, "path", None) or ""
    return unread.refused(
        method=request.method if path else "",  # before the path is read, it may be anything
        path=unquote(path),
        address=addr[0] if addr else "",
        head=bytes(getattr(request, "head", b"")),
        problem=problem,
    )


def _take_leave(sock: socket.socket) -> None:
    """Closed with bytes unread, a connection is reset, and our answer may be lost with it."""
    until, left = time.monotonic() + LEAVE, LEAVE_BYTES
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        while left > 0 and (patience := until - time.monotonic()) > 0:
            sock.settimeout(patience)
            piece = sock.recv(4096)
            if not piece:
                break
            left -= len(piece)
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
