"""What the API answers with: bytes and headers as they leave, and nothing that a browser's page would need."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from integrations.yandex import errors, render
from integrations.yandex.errors import Problem

HEADERS: Final = MappingProxyType({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
JSON: Final = MappingProxyType({"Content-Type": "application/json", **HEADERS})


class Answer(NamedTuple):
    """In place of Django's response, whose headers and cookies would cost as much as deciding."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = JSON

    @property
    def status_line(self) -> str:
        """`200 OK`, as WSGI wants it."""
        return _STATUS_LINES[self.status]

    def sent_headers(self, request_id: UUID | None) -> list[tuple[str, str]]:
        """All of them; the request's id finds its entry in the journal, where it has one."""
        sent = [*self.headers.items(), ("Content-Length", str(len(self.body)))]
        if request_id is not None:
            sent.append(("X-Request-Id", str(request_id)))
        return sent


def respond(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """JSON, with more headers where there are any."""
    return Answer(body, status, {**JSON, **headers} if headers else JSON)


def refuse(problem: Problem) -> Answer:
    return respond(render.problem(problem), problem.status, problem.headers)


def come_again() -> Answer:
    """What is answered while the database is away."""
    return refuse(errors.unavailable())


_STATUS_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
