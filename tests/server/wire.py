"""Requests as bytes, for what no client library would send."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tests.server import serving
from tests.server.serving import Server


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Wire:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, request: bytes) -> None:
        self.connection.sendall(request)

    def end_of_request(self) -> None:
        """Say that nothing more comes, and go on listening."""
        self.connection.shutdown(socket.SHUT_WR)

    def receive(self, method: str = "POST") -> Answer:
        """The next answer. Of a HEAD no body is expected: one that comes spoils the next answer."""
        with http.client.HTTPResponse(self.connection, method=method) as response:
            response.begin()
            body = response.read()
            assert not response.length, "the body is shorter than Content-Length says"
            return Answer(response.status, response.headers, body)

    def exchange(self, request: bytes) -> Answer:
        self.send(request)
        return self.receive(request.partition(b" ")[0].decode())


@contextmanager
def connected_to(port: int) -> Iterator[Wire]:
    with socket.create_connection((serving.HOST, port), timeout=serving.PATIENCE) as connection:
        yield Wire(connection)


def connected(server: Server) -> AbstractContextManager[Wire]:
    return connected_to(server.port)


def request(
    token: str | None,
    body: bytes | None = None,
    *,
    method: str = "POST",
    path: str | bytes = serving.PATH,
    chunks: tuple[bytes, ...] | None = None,
    **headers: str,
) -> bytes:
    """An HTTP/1.1 request; `Content_Type="…"` becomes a header of that name."""
    lines = {"Host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        lines["Authorization"] = f"Bearer {token}"
    if body is not None:
        lines.setdefault("Content-Length", str(len(body)))
    if chunks is not None:
        lines["Transfer-Encoding"] = "chunked"
        body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    target = path if isinstance(path, bytes) else path.encode()
    head = [method.encode() + b" " + target + b" HTTP/1.1"]
    head += [f"{name}: {value}".encode() for name, value in lines.items()]
    return b"\r\n".join([*head, b"", body or b""])
