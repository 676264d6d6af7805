"""One caller's connection: what has arrived of a request, read by gunicorn's parser once it is all there.

So a caller who dribbles its bytes occupies no thread. Times are in seconds.
"""

import math
import re
import socket
import struct
import time
from contextlib import closing, suppress
from typing import Any

from gunicorn.http import errors
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader

from config import gateway

# A request has so long to arrive, from its first byte on.
ARRIVAL = 10.0
# What is longer than this is read while a thread waits for the rest: so long in silence, and in all.
WAITED_FOR, SILENCE, LONG_ARRIVAL = 16 * 1024, 10.0, 60.0
# For so long, and for so many bytes, what a caller still sends is read away, so that it gets our answer.
LEAVE, LEAVE_BYTES = 0.5, 64 * 1024

# Only to tell whether more is to come. What a head means, and whether it is one, is the parser's to say.
HEAD_END = b"\r\n\r\n"
BARE_LINE_END = re.compile(rb"(?<!\r)\n")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
EXPECT = re.compile(rb"\r\nexpect:", re.IGNORECASE)


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


class Unreader(SocketUnreader):  # type: ignore[misc]
    until = math.inf

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What comes next; asked only for what was not there from the beginning."""
        if time.monotonic() > self.until:
            raise TimeoutError
        return bytes(super().chunk(size_hint))


class Parser(RequestParser):  # type: ignore[misc]
    mesg_class = RememberedRequest

    def __init__(self, cfg: Any, sock: socket.socket, caller: Any) -> None:
        super().__init__(cfg, sock, caller)
        self.unreader = Unreader(sock)

    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
        """Whether nothing of the last request's body is left; asks the socket only where something may be."""
        reader = self.mesg and self.mesg.body.reader
        if isinstance(reader, LengthReader) and reader.length == 0:
            return True
        return bool(super().finish_body(deadline, max_bytes))


class Connection:
    """Its socket blocks, but for no longer than SILENCE."""

    def __init__(self, cfg: Any, sock: socket.socket, caller: Any, server: Any, silence: float = SILENCE) -> None:
        sock.setblocking(True)
        bound = struct.pack("ll", int(silence), int(silence % 1 * 1e6))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, bound)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)
        self.sock, self.caller = sock, caller
        self.ends = gateway.ends_of(caller, server)
        self.timeout = time.monotonic() + cfg.keepalive  # until when somebody waits for it
        self._keepalive = cfg.keepalive
        self._parser = Parser(cfg, sock, caller)
        self._received, self._hung_up = b"", False

    def fileno(self) -> int:
        return self.sock.fileno()

    def receive(self) -> None:
        """Take in what has arrived."""
        piece = self.sock.recv(WAITED_FOR)
        if not self._received:
            self.timeout = time.monotonic() + ARRIVAL
        self._received += piece
        self._hung_up = not piece

    def has_request(self) -> bool:
        """Whether a thread need not wait for the rest of what is there, or has to, to say what is wrong with it."""
        return self._hung_up or (self._received != b"" and _is_whole(self._received))

    def request(self) -> Request:
        """Read it. Raises StopIteration or NoMoreData where there is none, ParseException where it is no HTTP."""
        self._parser.unreader.unread(self._received)
        self._parser.unreader.until = time.monotonic() + LONG_ARRIVAL
        return next(self._parser)

    def finish(self) -> bool:
        """Whether the last request's body has come to its end, so that another may follow."""
        finished = self._parser.finish_body(time.monotonic() + SILENCE)
        self._received = self._parser.unreader.take_buffered()
        self.timeout = time.monotonic() + (ARRIVAL if self._received else self._keepalive)
        return finished

    def leave(self) -> None:
        """Close it, but not with bytes unread: it would be reset, and our answer may be lost with it."""
        until, left = time.monotonic() + LEAVE, LEAVE_BYTES
        with closing(self.sock), suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            while left > 0 and (patience := until - time.monotonic()) > 0:
                self.sock.settimeout(patience)
                piece = self.sock.recv(4096)
                if not piece:
                    break
                left -= len(piece)


def _is_whole(received: bytes) -> bool:
    end = received.find(HEAD_END)
    if end < 0:
        return len(received) >= WAITED_FOR or BARE_LINE_END.search(received) is not None
    length = LENGTH.search(received, 0, end + 2)
    whole = end + len(HEAD_END) + (int(length[1]) if length else 0)
    return len(received) >= whole or whole > WAITED_FOR or EXPECT.search(received, 0, end) is not None
