"""httpcore's network under one deadline for everything that a call waits for.

A read timeout begins anew with each byte, a connection's with each address, and looking up a name knows none. Here the
deadline of the calling thread cuts each of them.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Thread
from typing import Any

import httpcore

_until: ContextVar[float] = ContextVar("until")


@contextmanager
def deadline(until: float) -> Iterator[None]:
    """Within the block nothing on this network waits beyond that moment of the monotonic clock."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


def _left(timeout: float | None, over: type[httpcore.TimeoutException]) -> float:
    left = _until.get() - time.monotonic()
    if left <= 0:
        raise over
    return left if timeout is None else min(timeout, left)


class Network(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError()
        for address in _addresses(host, _left(timeout, httpcore.ConnectTimeout)):
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(self._plain.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore.NetworkStream):
    def __init__(self, plain: httpcore.NetworkStream) -> None:
        self._plain = plain
        self._heard = False  # anything since it was last spoken to

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = self._plain.read(max_bytes, _left(timeout, httpcore.ReadTimeout))
        if not piece and not self._heard:  # It hung up, or had done so before: not the same as answering rubbish.
            raise httpcore.ReadError
        self._heard = True
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._heard = False
        self._plain.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._plain.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)


def _addresses(host: str, timeout: float) -> list[str]:
    """Of the name, looked up by a thread of its own, since nothing else can be left waiting for it."""
    found: Future[list[str]] = Future()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.set_exception(httpcore.ConnectError(str(error)))
        else:
            found.set_result([str(address[0]) for *_, address in entries])

    Thread(target=look_up, name="scoring-name", daemon=True).start()
    try:
        return found.result(timeout)
    except TimeoutError:
        raise httpcore.ConnectTimeout from None
