"""Gunicorn's worker with threads, but that each thread waits for requests itself.

Gunicorn starts, watches and ends processes, binds the socket, reads HTTP and knows what is wrong with it. Ours is what
happens in between: connections are accepted, kept and closed here, `threads` wait on them, `gateway` calls the
application. What gunicorn refuses is journalled, and answered as the contract says. There is no TLS, no HTTP/2, no
PROXY protocol and no access log: the first three are the proxy's business, the last is the journal.
"""

import errno
import math
import selectors
import socket
import time
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from gunicorn.errors import ConfigError
from gunicorn.http import errors
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from config import gateway
from config.connection import AT_LENGTH, LEAVE, Arrived, Connection, Gone
from config.gateway import Reply
from config.threads import Next, Threads

STATUSES = {errors.LimitRequestLine: 414, errors.LimitRequestHeaders: 431, errors.ExpectationFailed: 417}

# Their texts quote what was sent, which may hold credentials.
QUOTING = errors.ParseException, errors.NoMoreData
# What is said where there are too many open files. Others wait in the queue then, until somebody's connection ends.
NO_ROOM = errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM
# So long, in seconds, a worker that is told to stop answers what comes on its connections; gunicorn's own measure.
LINGER = 2.0


class Worker(ThreadWorker):  # type: ignore[misc]
    alive: bool
    worker_connections: int

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("TLS is the business of the proxy in front: see deploy/nginx.conf.")
        super().check_config(cfg, log)

    def get_thread_pool(self) -> Threads[Connection]:
        return Threads(self.cfg.threads, self._serve)

    def run(self) -> None:
        """This thread accepts connections, closes those that are silent for long, and tells gunicorn that it lives."""
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.tpool.start()
        looked_at = time.monotonic()
        while self.alive and self.is_parent_alive():
            self.notify()
            self.set_accept_enabled(self.nr_conns < self.worker_connections)
            self.wait_for_and_dispatch_events(timeout=1.0)
            if (now := time.monotonic()) >= looked_at + 1.0:
                looked_at = now
                self._close(self.tpool.take_expired(now))
                self.worker_connections = self.cfg.worker_connections  # there may be room again
        self.alive = False
        self.set_accept_enabled(False)
        self._finish()
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, caller = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another process was faster, or the caller thought again
            return
        except OSError as failure:
            if failure.errno not in NO_ROOM:
                raise
            # Each thread needs one for its connection to the database.
            self.worker_connections = max(self.nr_conns - self.cfg.threads, 1)
            self.log.warning("Only %d connections are taken for now: %s", self.worker_connections, failure.strerror)
            return
        try:
            self.tpool.add(Connection(self.cfg, sock, caller, listener.getsockname()))
        except OSError:
            sock.close()
        else:
            self.nr_conns += 1

    def handle(self, conn: Connection) -> bool:
        """Read a request and answer it. Whether there may be another on its connection."""
        try:
            request = conn.request()
        except (StopIteration, errors.NoMoreData, Gone):
            return False
        except Exception as failure:  # noqa: BLE001  (what it is, and that it is refused, is logged)
            self._refuse(None, conn, failure)
            return False
        reply = Reply(request, conn, keep=self._may_keep())
        try:
            self._answer(request, conn, reply)
        except Gone:
            return False
        except Exception as failure:  # noqa: BLE001
            if reply.begun:
                self._log("An answer broke off", failure)
            else:
                self._refuse(request, conn, failure)
            return False
        return reply.keeps and conn.finish()

    def _refuse(self, request: Any, conn: Connection, failure: Exception) -> None:
        refused = isinstance(failure, errors.ParseException)
        self._log("A request was refused" if refused else "A request failed", failure)
        with suppress(Gone):
            conn.sendall(_refusal(request or getattr(failure, "unread", None), conn.caller, failure))

    def _log(self, what: str, failure: Exception) -> None:
        if isinstance(failure, QUOTING):
            self.log.warning("%s: %s", what, type(failure).__name__)
        else:
            self.log.error("%s.", what, exc_info=failure)

    def _serve(self, conn: Connection) -> Next:
        """In one of the threads. A connection that is not waited for any longer is closed."""
        after = Next.END
        try:
            if conn.leaving:
                after = Next.MORE if conn.listen_no_more() else Next.END
            else:
                after = self._answer_all(conn)
                if after is Next.END and conn.leave():
                    after = Next.MORE
        finally:
            if after is Next.END:
                conn.close()
                self.method_queue.defer(self._one_less)
        return after

    def _answer_all(self, conn: Connection) -> Next:
        """Whatever has arrived."""
        try:
            conn.receive()
        except Gone:
            return Next.END
        until = time.monotonic() + AT_LENGTH
        while (arrived := conn.arrived()) is not Arrived.PART:
            if arrived is Arrived.WHOLE:
                kept = self.handle(conn)
            else:
                with self.tpool.turn() as is_ours:
                    if not is_ours:
                        return Next.TURN
                    kept = self.handle(conn)
            if not kept or time.monotonic() > until:
                return Next.END
        return Next.MORE

    def _answer(self, request: Request, conn: Connection, reply: Reply) -> None:
        if request._expected_100_continue:  # noqa: SLF001  (nothing else says so)
            conn.sendall(gateway.CONTINUE)
        pieces = self.wsgi(gateway.environ_of(request, conn.ends), reply.start)
        try:
            for piece in pieces:
                reply.write(piece)
            reply.end()
        finally:
            gateway.close(pieces)

    def _may_keep(self) -> bool:
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("This worker has answered enough, and makes room for a new one.")
            self.alive = False
        return bool(self.alive and self.cfg.keepalive and len(self.tpool) < self.max_keepalived)

    def _one_less(self) -> None:
        self.nr_conns -= 1

    def _close(self, connections: list[Connection]) -> None:
        for conn in connections:
            self._one_less()
            conn.close()

    def _finish(self) -> None:
        """Answer what was said, or may be on its way already: each answer says that the connection ends with it."""
        now = time.monotonic()
        lingers, ends = now + LINGER, now + self.cfg.graceful_timeout
        while self.nr_conns > 0 and now < ends:
            self.notify()
            self.wait_for_and_dispatch_events(timeout=min(1.0, lingers - now) if now < lingers else LEAVE)
            now = time.monotonic()
            self._close(self.tpool.take_expired(math.inf if now >= lingers else now))
        self._close(self.tpool.take_all())


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
