"""What has arrived of a request, and until when the rest is waited for."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from gunicorn.config import Config
from hypothesis import given
from hypothesis import strategies as st

from config import connection as module
from config.connection import Connection

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
        return self.connection.has_request()

    def close(self) -> None:
        self.theirs.close()
        self.connection.sock.close()


@pytest.fixture
def line() -> Iterator[Line]:
    with closing(Line()) as made:
        yield made


def test_before_a_word_there_is_no_request(line: Line) -> None:
    assert not line.connection.has_request()


def test_a_request_is_read_when_it_is_all_there(line: Line) -> None:
    assert line.say(WHOLE)
    request = line.connection.request()
    assert (request.method, request.path, request.body.read()) == ("POST", "/x", b"abc")
    assert line.connection.finish()
    assert not line.connection.has_request()


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
                whole = line.connection.has_request()
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


@pytest.mark.parametrize("said", [b"G", b"GET / HTTP/1.1\r\n", HEAD[:-1], HEAD, WHOLE[:-1], HEAD.lower() + b"ab"])
def test_what_is_not_all_there_is_waited_for(said: bytes, line: Line) -> None:
    assert not line.say(said)


@pytest.mark.parametrize("said", [b"", b"G", HEAD, WHOLE])
def test_after_a_hang_up_nothing_is_waited_for(said: bytes, line: Line) -> None:
    line.theirs.sendall(said)
    line.theirs.close()
    if said:
        line.connection.receive()
    line.connection.receive()
    assert line.connection.has_request()


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
    now += module.LONG_ARRIVAL + 1
    line.theirs.sendall(b"x" * 4096)
    with pytest.raises(TimeoutError):
        body.read(4096)
