"""A scoring service on this machine that answers whatever a test tells it, byte for byte."""

import json
import socket
import socketserver
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest

from integrations.scoring import client
from integrations.scoring.question import ScoringQuestion
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry

PHONE = "9330445040"
QUESTION = ScoringQuestion(
    id=UUID("0193606e-0000-7000-8000-000000000001"),
    enquiry=Enquiry(Product.LOAN, Decimal("500000.50"), 36),
    offers=("cash", "refinancing"),
    phone_hash=bytes(range(32)),
    phone_number=PHONE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Any], None]  # told the socket on which to answer


def raw(*pieces: bytes, pause: float = 0.0) -> Answer:
    def answer(connection: Any) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return answer


def http(body: Any = b"", status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return raw(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + content)


class Scorer:
    """Answers with each of `answers` in turn, and from then on with the last."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: list[Answer] = [http({"decision": "approved"})]
        self.asked: list[Asked] = []
        self.connections = 0
        self.over = Event()
        scorer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                scorer.connections += 1
                with suppress(OSError):
                    if tls:
                        self.connection = tls.wrap_socket(self.request, server_side=True)
                        self.rfile = self.connection.makefile("rb")
                    while scorer.hears(self.rfile):
                        scorer.next_answer()(self.connection)
                self.connection.close()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}/score"

    def hears(self, stream: Any) -> bool:
        line = stream.readline().decode().strip()
        if not line:
            return False
        headers = dict(each.decode().strip().split(": ", 1) for each in iter(stream.readline, b"\r\n"))
        self.asked.append(Asked(line, headers, stream.read(int(headers["Content-Length"]))))
        return True

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def silence(self, connection: Any) -> None:
        """Until the test is over."""
        self.over.wait(10)
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Scorer]:
    running = Scorer(tls)
    thread = Thread(target=running.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        running.over.set()
        running.server.shutdown()
        thread.join()
        running.server.server_close()


@pytest.fixture
def scorer(settings: Any) -> Iterator[Scorer]:
    with serving() as running:
        settings.SCORING_URL = running.address
        yield running
    client.forget()
