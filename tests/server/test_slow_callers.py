"""Whoever dribbles a request stands in nobody's way, and is answered once it is all there."""

from contextlib import ExitStack

import pytest

from tests import factories
from tests.server import serving, wire
from tests.server.serving import Server

SLOW = 48  # three times as many as there are threads


@pytest.mark.parametrize("missing", [1, 40, 250], ids=["the last byte", "much of the body", "most of the head"])
def test_others_are_answered_meanwhile(missing: int, server: Server) -> None:
    server.publish(factories.LoanFactory.build())
    with ExitStack() as stack:
        slow = [
            (stack.enter_context(wire.connected(server)), wire.request(server.token, serving.body()))
            for _ in range(SLOW)
        ]
        for line, request in slow:
            line.send(request[:-missing])
        with server.client_of_each_process() as each:
            for client in each:
                assert client.get("/readyz").status_code == 200
        for line, request in slow:
            line.send(request[-missing:])
        assert [line.receive().status for line, _request in slow] == [200] * SLOW


@pytest.mark.parametrize(
    "said",
    [b"Transfer-Encoding: chunked", b"Content-Length: 99999", b"Expect: 100-continue\r\nContent-Length: 3"],
    ids=["of unknown length", "long", "who wait for our word"],
)
def test_those_who_must_be_waited_for_do_not_take_every_thread(said: bytes, server: Server) -> None:
    server.publish(factories.LoanFactory.build())
    with ExitStack() as stack:
        for _ in range(SLOW):
            line = stack.enter_context(wire.connected(server))
            line.send(b"POST /livez HTTP/1.1\r\nHost: a\r\n" + said + b"\r\n\r\n")
        with server.client_of_each_process() as each:
            for client in each:
                assert client.get("/readyz").status_code == 200
