"""Between a request as gunicorn has read it and the application: WSGI, PEP 3333.

gunicorn's own gateway looks for hints, proxies and HTTP/2 in every request, and sends head and body apart, which costs
an approval more than deciding does. Ours knows HTTP/1 and an application that it can trust.
"""

import sys
import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

COMMON = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
WITHOUT_PREFIX = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}
CONTENT_LENGTH = "content-length"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Headers = list[tuple[str, str]]
Failure = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Request(Protocol):
    """What is looked at of gunicorn's; names of headers are in capitals."""

    method: str
    path: str
    query: str
    version: tuple[int, int]
    headers: Headers
    body: Any

    def should_close(self) -> bool: ...


class Socket(Protocol):
    def sendall(self, data: bytes, /) -> None: ...


def ends_of(caller: object, server: object) -> dict[str, Any]:
    """The part of the environment that a connection has: the same for all its requests.

    Both are addresses as sockets give them; one that is no pair is a Unix socket's.
    """
    caller_host, caller_port = caller[:2] if isinstance(caller, tuple) else ("", "")
    server_host, server_port = server[:2] if isinstance(server, tuple) else (server, "")
    return {
        **COMMON,
        "REMOTE_ADDR": caller_host,
        "REMOTE_PORT": str(caller_port),
        "SERVER_NAME": str(server_host),
        "SERVER_PORT": str(server_port),
    }


def environ_of(request: Request, ends: dict[str, Any]) -> dict[str, Any]:
    """A header that came several times is one, joined by commas."""
    path = request.path
    made = {
        **ends,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": f"HTTP/{request.version[0]}.{request.version[1]}",
        "wsgi.input": request.body,
    }
    for name, value in request.headers:
        key = WITHOUT_PREFIX.get(name) or "HTTP_" + name.replace("-", "_")
        made[key] = f"{made[key]},{value}" if key in made else value
    return made


class Reply:
    """What the application answers, as HTTP/1.1: its head goes out together with the first of its body."""

    def __init__(self, request: Request, socket: Socket, *, keep: bool) -> None:
        """`keep`: whether the connection may go on, as far as the server is concerned."""
        self._request, self._socket = request, socket
        self.keeps = keep and not request.should_close()
        self.begun = False  # sent something, so that nothing else can be answered
        self._status, self._headers = "", Headers()
        self._left: int | None = None  # bytes that are still to come, where their number was announced
        self._chunked = False

    def start(self, status: str, headers: Headers, failure: Failure | None = None) -> Any:
        """`start_response`. With `failure`, in place of what was to be answered, unless that is on its way."""
        if failure and self.begun and failure[1]:
            raise failure[1].with_traceback(failure[2])
        if self._status and not failure:
            raise AssertionError("the answer has been started")
        self._status, self._headers = status, headers
        return self.write

    def write(self, piece: bytes) -> None:
        if piece:
            self._send(piece)

    def end(self) -> None:
        """The whole body was written."""
        if not self.begun:
            self._send(b"")
        if self._chunked:
            self._socket.sendall(b"0\r\n\r\n")
        elif self._left:
            self.keeps = False  # or the caller would take the next answer for the rest of this one

    def _send(self, piece: bytes) -> None:
        head = b"" if self.begun else self._head(piece)
        if self._left is not None:
            piece = piece[: self._left]
            self._left -= len(piece)
        elif self._chunked and piece:
            piece = b"%X\r\n%b\r\n" % (len(piece), piece)
        if head or piece:
            self.begun = True
            self._socket.sendall(head + piece)

    def _head(self, first: bytes) -> bytes:
        framing = self._framed(first)
        if not self._status:
            raise AssertionError("the answer has not been started")
        lines = "".join([f"{self._status}\r\n", *[f"{name}: {value}\r\n" for name, value in self._headers]])
        if not lines.count("\r") == lines.count("\n") == len(self._headers) + 1:
            raise ValueError("the answer's status or one of its headers has a line's end in it")
        connection = "keep-alive" if self.keeps else "close"
        date = _date(int(time.time()))
        return f"HTTP/1.1 {lines}Date: {date}\r\nConnection: {connection}\r\n{framing}\r\n".encode("latin-1")

    def _framed(self, first: bytes) -> str:
        """How the caller learns where the body ends: RFC 9112, 6.3."""
        announced = next((value for name, value in self._headers if name.lower() == CONTENT_LENGTH), None)
        if self._request.method == "HEAD" or self._status.startswith(("204", "304")):
            self._left = 0
            if self._status.startswith("204"):
                self._headers = [header for header in self._headers if header[0].lower() != CONTENT_LENGTH]
        elif announced is not None:
            self._left = int(announced)
        elif not first:
            self._left = 0
            return "Content-Length: 0\r\n"
        elif self._request.version >= (1, 1):
            self._chunked = True
            return "Transfer-Encoding: chunked\r\n"
        else:
            self.keeps = False
        return ""


def close(pieces: Iterable[bytes]) -> None:
    """As WSGI wants it, whatever became of them."""
    closing = getattr(pieces, "close", None)
    if closing is not None:
        closing()


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
