"""What has arrived of a request, and until when the rest is waited for."""

import math
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from gunicorn.config import Config
from gunicorn.http import errors
from hypothesis import given
from hypothesis import strategies as st

from config import connection as module
from config.connection import Arrived, Connection, Gone

HEAD = b"POST /x HTTP/1.1\r\nHost: bank.example\r\nContent-Length: 3\r\n\r\n"
WHOLE = HEAD + b"abc"


class Line:
    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.connection = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))

    def say(self, said: bytes) -> bool:
        """Whether that makes a request."""
        self.theirs.sendall(said)
        self.connection.receive()
        return self.connection.arrived() is not Arrived.PART

    def close(self) -> None:
        self.theirs.close()
        self.connection.sock.close()


@pytest.fixture
def line() -> Iterator[Line]:
    with closing(Line()) as made:
        yield made


def test_before_a_word_there_is_no_request(line: Line) -> None:
    assert line.connection.arrived() is Arrived.PART


def test_a_request_is_read_when_it_is_all_there(line: Line) -> None:
    assert line.say(WHOLE)
    request = line.connection.request()
    assert (request.method, request.path, request.body.read()) == ("POST", "/x", b"abc")
    assert line.connection.finish()
    assert line.connection.arrived() is Arrived.PART


@given(cuts=st.lists(st.integers(0, len(WHOLE) * 2), max_size=6))
def test_however_requests_are_cut_they_are_the_same(cuts: list[int]) -> None:
    bounds = sorted({0, *cuts, len(WHOLE) * 2})
    read = []
    with closing(Line()) as line:
        for start, end in pairwise(bounds):
            whole = line.say((WHOLE + WHOLE)[start:end])
            while whole:
                read.append(line.connection.request().body.read())
                assert line.connection.finish()
                whole = line.connection.arrived() is Arrived.WHOLE
    assert read == [b"abc", b"abc"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost"), id="who waits for our word"),
        pytest.param(HEAD.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked"), id="of unknown length"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", id="with lines that end otherwise"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\n", id="with one line that ends otherwise"),
        pytest.param(b"x" * module.WAITED_FOR, id="too long for a head"),
        pytest.param(HEAD.replace(b": 3", b": 16384"), id="too long to be waited for"),
        pytest.param(HEAD.replace(b": 3", b": abc"), id="of a length that is none"),
    ],
)
def test_what_can_not_be_waited_for_is_read_at_once(said: bytes, line: Line) -> None:
    assert line.say(said[: module.WAITED_FOR])


@pytest.mark.parametrize(
    "said", [b"G", b"GET / HTTP/1.1\r\n", HEAD[:-1], HEAD, WHOLE[:-1], HEAD.replace(b"Content-L", b"content-l")]
)
def test_what_is_not_all_there_is_waited_for(said: bytes, line: Line) -> None:
    assert not line.say(said)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"EHLO mail\r\n", id="another protocol"),
        pytest.param(b"GET /" + b"a" * 9000, id="a line without an end"),
        pytest.param(HEAD.replace(b"Host: bank.example", b"Host"), id="a header without a colon"),
        pytest.param(HEAD.replace(b"Host", b"Content-Length: 0\r\nHost"), id="two lengths"),
        pytest.param(HEAD.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"), id="two ways to tell the length"),
    ],
)
def test_what_will_be_refused_is_not_waited_for(said: bytes, line: Line) -> None:
    assert line.say(said)
    with pytest.raises(errors.ParseException):
        line.connection.request()


def test_where_nothing_has_arrived_nobody_waits(line: Line) -> None:
    line.connection.receive()
    assert line.connection.arrived() is Arrived.PART


def test_its_time_is_over_for_who_is_silent(line: Line) -> None:
    over = line.connection.timeout
    assert not line.connection.is_over(over - 1)
    assert line.connection.is_over(over)


def test_who_has_spoken_is_not_silent_though_no_thread_has_heard_it(line: Line) -> None:
    line.theirs.sendall(WHOLE)
    assert not line.connection.is_over(math.inf)
    line.connection.receive()
    assert line.connection.is_over(math.inf)


def test_who_speaks_after_we_have_left_has_little_time(line: Line) -> None:
    assert line.connection.leave()
    line.theirs.sendall(WHOLE)
    assert not line.connection.is_over(line.connection.timeout - 0.01)
    assert line.connection.is_over(line.connection.timeout)


def test_who_speaks_after_we_have_left_is_heard_only_so_far(line: Line) -> None:
    assert line.connection.leave()
    assert line.connection.listen_no_more(), "nothing is there"
    line.theirs.sendall(b"x" * module.LEAVE_BYTES)
    while line.connection.listen_no_more():
        pass
    assert line.connection._may_say <= 0


def test_nothing_of_a_request_is_held_once_it_is_answered(line: Line) -> None:
    line.say(WHOLE)
    line.connection.request().body.read()
    line.connection.finish()
    assert line.connection._parser.mesg is None


def test_a_body_that_turns_out_to_be_none_ends_the_connection(line: Line) -> None:
    line.say(HEAD.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked") + b"no number\r\n")
    line.connection.request()
    assert not line.connection.finish()


@pytest.mark.parametrize("said", [b"", b"G", HEAD, WHOLE])
def test_after_a_hang_up_nothing_is_waited_for(said: bytes, line: Line) -> None:
    line.theirs.sendall(said)
    line.theirs.close()
    if said:
        line.connection.receive()
    line.connection.receive()
    assert line.connection.arrived() is Arrived.WHOLE


def test_a_request_has_its_time_from_its_first_byte_on(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    line.say(WHOLE[:1])
    assert line.connection.timeout == now + module.ARRIVAL
    now += 5
    line.say(WHOLE[1:-1])
    assert line.connection.timeout == now - 5 + module.ARRIVAL
    line.say(WHOLE[-1:] + WHOLE[:1])
    line.connection.request().body.read()
    line.connection.finish()
    assert line.connection.timeout == now + module.ARRIVAL, "the next one's"
    line.say(WHOLE[1:])
    line.connection.request().body.read()
    line.connection.finish()
    assert line.connection.timeout == now + Config().keepalive


def test_what_a_thread_waits_for_has_its_time_too(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    line.say(HEAD.replace(b": 3", b": 20000"))
    body = line.connection.request().body
    line.theirs.sendall(b"x" * 4096)
    assert len(body.read(4096)) == 4096
    now += module.AT_LENGTH + 1
    line.theirs.sendall(b"x" * 4096)
    with pytest.raises(Gone):
        body.read(4096)
