"""Requests as WSGI has them, and answers as HTTP has them."""

import http.client
import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.validate import validator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import gateway
from config.gateway import Reply

PIECES = st.lists(st.binary(max_size=40), max_size=5)


@dataclass
class Asked:
    """What gunicorn would have read."""

    method: str = "GET"
    path: str = "/"
    query: str = ""
    version: tuple[int, int] = (1, 1)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Any = field(default_factory=io.BytesIO)
    close: bool = False

    def should_close(self) -> bool:
        return self.close


class Sent:
    """A socket that notes what was sent, and answers http.client, which reads it."""

    def __init__(self) -> None:
        self.sends: list[bytes] = []

    def sendall(self, data: bytes, /) -> None:
        self.sends.append(data)

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(b"".join(self.sends))

    def read(self, method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
        response = http.client.HTTPResponse(self, method=method)  # type: ignore[arg-type]
        response.begin()
        return response, response.read()


def answered(
    pieces: Iterable[bytes],
    *,
    status: str = "200 OK",
    headers: Iterable[tuple[str, str]] = (),
    keep: bool = True,
    asked: Asked | None = None,
) -> tuple[Reply, Sent]:
    sent = Sent()
    reply = Reply(asked or Asked(), sent, keep=keep)
    reply.start(status, list(headers))
    for piece in pieces:
        reply.write(piece)
    reply.end()
    return reply, sent


ENDS = gateway.ends_of(("127.0.0.1", 4711), ("127.0.0.2", 8000))


def test_a_request_becomes_an_environment() -> None:
    asked = Asked(
        method="POST",
        path="/integrations/api",
        query="search_id=1",
        headers=[("HOST", "bank.example"), ("CONTENT-TYPE", "application/json"), ("CONTENT-LENGTH", "2")],
    )
    assert gateway.environ_of(asked, ENDS) == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/integrations/api",
        "QUERY_STRING": "search_id=1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.2",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "4711",
        "HTTP_HOST": "bank.example",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": asked.body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def test_what_a_path_spells_in_percents_is_bytes() -> None:
    assert gateway.environ_of(Asked(path="/%D0%B9%2F"), ENDS)["PATH_INFO"] == "/й/".encode().decode("latin-1")


def test_a_header_that_came_several_times_is_one() -> None:
    headers = [("X-FORWARDED-FOR", "192.0.2.1"), ("ACCEPT", "*/*"), ("X-FORWARDED-FOR", "192.0.2.2")]
    made = gateway.environ_of(Asked(headers=headers), ENDS)
    assert made["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"


def test_no_header_takes_the_place_of_what_the_server_knows() -> None:
    headers = [("REMOTE-ADDR", "192.0.2.1"), ("PATH-INFO", "/admin/"), ("WSGI.INPUT", "x"), ("SCRIPT-NAME", "/x")]
    made = gateway.environ_of(Asked(headers=headers), ENDS)
    assert {name: made[name] for name in ENDS} == ENDS
    assert made["PATH_INFO"] == "/"


@pytest.mark.parametrize(("caller", "server"), [("", "/run/vitrina.sock"), (b"", "/run/vitrina.sock"), (None, "")])
def test_who_calls_on_a_unix_socket_has_no_address(caller: object, server: object) -> None:
    ends = gateway.ends_of(caller, server)
    assert (ends["REMOTE_ADDR"], ends["REMOTE_PORT"], ends["SERVER_PORT"]) == ("", "", "")


def test_an_address_of_ipv6_has_four_parts() -> None:
    assert gateway.ends_of(("::1", 4711, 0, 0), ("::", 8000, 0, 0))["REMOTE_ADDR"] == "::1"


def test_it_is_wsgi_as_the_standard_library_checks_it() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
        return [environ["wsgi.input"].read(3)]

    sent, asked = Sent(), Asked(method="POST", body=io.BytesIO(b"abc"), headers=[("CONTENT-LENGTH", "3")])
    reply = Reply(asked, sent, keep=True)
    pieces = validator(application)(gateway.environ_of(asked, ENDS), reply.start)
    for piece in pieces:
        reply.write(piece)
    reply.end()
    gateway.close(pieces)
    assert sent.read()[1] == b"abc"


@given(pieces=PIECES)
def test_a_body_of_unknown_length_arrives(pieces: list[bytes]) -> None:
    reply, sent = answered(pieces)
    assert sent.read()[1] == b"".join(pieces)
    assert reply.keeps


@given(pieces=PIECES)
def test_a_body_of_known_length_arrives(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    reply, sent = answered(pieces, headers=[("Content-Length", str(len(whole)))])
    response, body = sent.read()
    assert (body, response.length) == (whole, 0)
    assert reply.keeps


@given(pieces=PIECES)
def test_a_caller_of_http_1_0_is_told_the_end_by_the_connections(pieces: list[bytes]) -> None:
    reply, sent = answered(pieces, asked=Asked(version=(1, 0)))
    response, body = sent.read()
    assert body == b"".join(pieces)
    assert response.getheader("Transfer-Encoding") is None
    assert reply.keeps is (body == b"")


def test_head_and_body_go_out_together() -> None:
    """Two packets would wake the caller twice."""
    _reply, sent = answered([b"abc"], headers=[("Content-Length", "3")])
    assert len(sent.sends) == 1


def test_a_head_says_what_it_must() -> None:
    reply, sent = answered([], status="404 Not Found", headers=[("Content-Type", "application/json")])
    response, _body = sent.read()
    assert (response.version, response.status, response.reason) == (11, 404, "Not Found")
    assert set(response.headers.keys()) == {"Date", "Connection", "Content-Length", "Content-Type"}
    assert response.headers["Connection"] == "keep-alive"
    assert reply.keeps


@pytest.mark.parametrize(("keep", "close"), [(False, False), (True, True)])
def test_either_side_may_end_the_connection(keep: bool, close: bool) -> None:  # noqa: FBT001
    reply, sent = answered([b"abc"], keep=keep, asked=Asked(close=close))
    assert sent.read()[0].headers["Connection"] == "close"
    assert not reply.keeps


@pytest.mark.parametrize(
    ("method", "status", "length"),
    [("HEAD", "200 OK", "3"), ("GET", "304 Not Modified", "3"), ("GET", "204 No Content", None)],
)
def test_an_answer_that_has_no_body_is_sent_without(method: str, status: str, length: str | None) -> None:
    asked = Asked(method=method)
    reply, sent = answered([b"abc"], status=status, headers=[("Content-Length", "3")], asked=asked)
    assert b"".join(sent.sends).endswith(b"\r\n\r\n")
    assert sent.read(method)[0].getheader("Content-Length") == length
    assert reply.keeps


def test_a_body_longer_than_announced_is_cut() -> None:
    """What is too much would be taken for the beginning of the next answer."""
    reply, sent = answered([b"ab", b"cd", b"ef"], headers=[("Content-Length", "3")])
    assert b"".join(sent.sends).endswith(b"\r\n\r\nabc")
    assert reply.keeps


def test_after_a_body_shorter_than_announced_the_connection_ends() -> None:
    """Else the next answer would be taken for the rest of this one."""
    reply, _sent = answered([b"ab"], headers=[("Content-Length", "3")])
    assert not reply.keeps


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "\r\n\r\n<html>"])
def test_no_header_can_smuggle_another_in(value: str) -> None:
    sent = Sent()
    reply = Reply(Asked(), sent, keep=True)
    reply.start("200 OK", [("X-Name", value)])
    with pytest.raises(ValueError, match="line's end"):
        reply.write(b"abc")
    assert sent.sends == []
    assert not reply.begun


def test_an_answer_is_started_once() -> None:
    reply = Reply(Asked(), Sent(), keep=True)
    reply.start("200 OK", [])
    with pytest.raises(AssertionError):
        reply.start("500 Internal Server Error", [])


def test_a_failure_replaces_what_was_not_sent_yet() -> None:
    sent = Sent()
    reply = Reply(Asked(), sent, keep=True)
    reply.start("200 OK", [])
    reply.start("500 Internal Server Error", [], failure())
    reply.end()
    assert sent.read()[0].status == 500


def test_a_failure_after_the_head_is_raised() -> None:
    reply = Reply(Asked(), Sent(), keep=True)
    reply.start("200 OK", [])
    reply.write(b"abc")
    with pytest.raises(ZeroDivisionError):
        reply.start("500 Internal Server Error", [], failure())


def failure() -> Any:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        return sys.exc_info()


def test_what_can_be_closed_is() -> None:
    pieces = io.BytesIO(b"abc")
    gateway.close(pieces)
    assert pieces.closed
    gateway.close([b"abc"])
