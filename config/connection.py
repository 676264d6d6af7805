"""One caller's connection: what has arrived of a request, read by gunicorn's parser once it is all there.

So a caller who dribbles its bytes occupies no thread, nor does one who does not hang up. Times are in seconds.
"""

import math
import re
import socket
import struct
import time
from contextlib import suppress
from enum import Enum, auto
from typing import Any

from gunicorn.http import errors
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import IterUnreader, SocketUnreader

from config import gateway

# A request has so long to arrive, from its first byte on.
ARRIVAL = 10.0
# What is longer than this is read while a thread waits for the rest, as it waits for answers to be taken: so long in
# silence, and in all.
WAITED_FOR, SILENCE, AT_LENGTH = 16 * 1024, 10.0, 60.0
# After the last answer, for so long and for so many bytes, what still comes is read away, so that the caller gets it.
LEAVE, LEAVE_BYTES = 0.5, 64 * 1024

# Only to tell whether more is to come. What a head means, and whether it is one, is the parser's to say.
HEAD_END = b"\r\n\r\n"
BARE_LINE_END = re.compile(rb"(?<!\r)\n")
REQUEST_LINE = re.compile(rb"(\r\n)?\S+ \S+ HTTP/[0-9]\.[0-9]\r\n")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
EXPECT = re.compile(rb"\r\nexpect:", re.IGNORECASE)
CODING = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)


class Gone(ConnectionError):
    """The caller has hung up, or is silent for too long."""


class Arrived(Enum):
    """How much of a request is there."""

    PART = auto()  # nobody need wait for the rest of it
    WHOLE = auto()  # all that is needed to answer it, if only by a refusal
    AT_LENGTH = auto()  # whoever reads it waits for its caller


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
            raise Gone
        try:
            return bytes(super().chunk(size_hint))
        except OSError as failure:
            raise Gone from failure


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
        self.sock, self.caller, self.leaving = sock, caller, False
        self.ends = gateway.ends_of(caller, server)
        self.timeout = time.monotonic() + cfg.keepalive  # until when somebody waits for it
        self._cfg = cfg
        self._parser = Parser(cfg, sock, caller)
        self._received, self._hung_up = b"", False
        self._is_http = False  # known of the head that has arrived
        self._may_say = 0

    def fileno(self) -> int:
        return self.sock.fileno()

    def is_over(self, now: float) -> bool:
        """Whether nobody need wait for it any longer. What was said, and waits for a thread, is waited for."""
        return self.timeout <= now and (self.leaving or not self._has_spoken())

    def receive(self) -> None:
        """Take in what has arrived, if anything has. Raises Gone."""
        try:
            piece = self.sock.recv(WAITED_FOR, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError as failure:
            raise Gone from failure
        if not self._received:
            self.timeout = time.monotonic() + ARRIVAL
        self._received += piece
        self._hung_up = not piece

    def arrived(self) -> Arrived:
        received = self._received
        if self._hung_up or not received:
            return Arrived.WHOLE if self._hung_up else Arrived.PART
        end = received.find(HEAD_END)
        if end < 0:
            return Arrived.PART if self._may_become_a_head() else Arrived.AT_LENGTH
        length = LENGTH.search(received, 0, end + 2)
        whole = end + len(HEAD_END) + (int(length[1]) if length else 0)
        if len(received) >= whole and (length or not CODING.search(received, 0, end)):
            return Arrived.WHOLE
        if self._is_refused(received[: end + len(HEAD_END)]):
            return Arrived.WHOLE
        if whole > WAITED_FOR or not length or EXPECT.search(received, 0, end):
            return Arrived.AT_LENGTH
        return Arrived.PART

    def request(self) -> Request:
        """Read it. Raises StopIteration, NoMoreData or Gone where there is none, ParseException where it is no HTTP."""
        self._parser.unreader.unread(self._received)
        self._parser.unreader.until = time.monotonic() + AT_LENGTH
        return next(self._parser)

    def sendall(self, data: bytes, /) -> None:
        """Raises Gone."""
        try:
            sent = self.sock.send(data)
            if sent < len(data):
                self._send_at_length(memoryview(data)[sent:])
        except OSError as failure:
            raise Gone from failure

    def finish(self) -> bool:
        """Whether the last request's body has come to its end, so that another may follow."""
        try:
            finished = self._parser.finish_body(time.monotonic() + LEAVE)
        except (errors.ParseException, errors.NoMoreData, Gone):
            return False
        self._parser.mesg = None  # what it holds is not for as long as the connection
        self._received, self._is_http = self._parser.unreader.take_buffered(), False
        self.timeout = time.monotonic() + (ARRIVAL if self._received else self._cfg.keepalive)
        return finished

    def leave(self) -> bool:
        """Say that nothing more comes. Whether the caller may still be speaking.

        Closed with bytes unread, the connection would be reset, and our answer may be lost with it.
        """
        if self._hung_up:
            return False
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.leaving, self._may_say = True, LEAVE_BYTES
        self.timeout = time.monotonic() + LEAVE
        return True

    def listen_no_more(self) -> bool:
        """Read away what comes after we have left. Whether more may."""
        try:
            piece = self.sock.recv(WAITED_FOR, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._may_say -= len(piece)
        return bool(piece) and self._may_say > 0

    def close(self) -> None:
        with suppress(OSError):
            self.sock.close()

    def _has_spoken(self) -> bool:
        try:
            return bool(self.sock.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
        except OSError:
            return False

    def _may_become_a_head(self) -> bool:
        received = self._received
        if len(received) >= WAITED_FOR or BARE_LINE_END.search(received):
            return False
        if received.find(b"\r\n", 2) < 0:
            return len(received) <= (self._cfg.limit_request_line or WAITED_FOR) + 2
        return REQUEST_LINE.match(received) is not None

    def _is_refused(self, head: bytes) -> bool:
        """Whether it is not worth waiting for what is said to follow; found out once a request."""
        if not self._is_http:
            try:
                RememberedRequest(self._cfg, IterUnreader([head]), self.caller)
            except errors.ParseException:
                return True
            except (StopIteration, errors.NoMoreData):
                pass
            self._is_http = True
        return False

    def _send_at_length(self, rest: memoryview) -> None:
        until = time.monotonic() + AT_LENGTH
        while rest:
            if time.monotonic() > until:
                raise Gone
            rest = rest[self.sock.send(rest) :]
