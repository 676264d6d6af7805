"""The one exit of the API: whatever became of a request, its entry is committed before its answer leaves.

The API's requests go their own short way, past the admin's sessions and cookies: this middleware stands first, and
calls their views itself.
"""

import ipaddress
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from rest_framework.request import Request

from integrations import deadline, journal, spool
from integrations.ids import uuid7
from integrations.journal import KEPT_BYTES, Exchange
from integrations.yandex import errors, render
from integrations.yandex.errors import Problem
from offers.catalogue import NothingPublished

logger = logging.getLogger(__name__)

PREFIXES = ("/integrations/", "/api/banking/")
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ApiExit:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request.path_info):
            return self.get_response(request)
        exchange = receive(request)
        request.exchange = exchange  # type: ignore[attr-defined]
        response = _recorded(request, exchange)
        response["X-Request-Id"] = str(exchange.request_id)
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  (Django would log every refusal)
        return response


def is_api(path: str) -> bool:
    return path.startswith(PREFIXES) or f"{path}/" in PREFIXES


def receive(request: HttpRequest) -> Exchange:
    """The request as it will be journalled. A body that announces to be too long is not read at all."""
    announced = _announced_length(request.META)
    body = b"" if announced is not None and announced > KEPT_BYTES else _read(request, announced)
    now = datetime.now(UTC)
    return Exchange(
        id=uuid7(now),
        received_at=now,
        method=request.META["REQUEST_METHOD"],
        path=request.path,
        remote_addr=_address(request.META.get("REMOTE_ADDR", "")),
        body=body[:KEPT_BYTES],
        length=len(body) if announced is None else announced,
    )


def exchange_of(request: Request) -> Exchange:
    return cast(Exchange, request._request.exchange)  # type: ignore[attr-defined]  # noqa: SLF001


def respond(content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(content, status=status, content_type="application/json", headers={**HEADERS, **(headers or {})})


def refuse(problem: Problem) -> HttpResponse:
    return respond(render.problem(problem), problem.status, problem.headers)


def _recorded(request: HttpRequest, exchange: Exchange) -> HttpResponse:
    """The answer, its entry committed. While the database is away, none but the one that asks to come again."""
    try:
        with deadline.bounded():
            response = _answered(request)
            if not exchange.recorded:
                journal.append(exchange, response.status_code, response.content)
            return response
    except (DatabaseError, InterfaceError) as error:
        # Its text may quote what was asked; the log needs to know no more than this.
        logger.warning("not answered, the database is away: %s", type(error).__name__)
        return _spooled(exchange, refuse(errors.unavailable()))


def _answered(request: HttpRequest) -> HttpResponse:
    """The view's answer; a failure of our own code becomes an answer as well."""
    try:
        view, arguments, keywords = resolve(request.path_info)
        response = cast(HttpResponse, view(request, *arguments, **keywords))
    except (DatabaseError, InterfaceError):
        raise
    except NothingPublished:
        response = refuse(errors.unavailable())
    except Exception:
        logger.exception("an answer failed")
        response = refuse(Problem(500, errors.INTERNAL))
    if request.method == "HEAD":
        response.content = b""
    response["Content-Length"] = str(len(response.content))
    return response


def _spooled(exchange: Exchange, response: HttpResponse) -> HttpResponse:
    try:
        spool.keep(exchange, response.status_code, response.content)
    except OSError as error:
        logger.error("an entry is lost, the spool does not take it: %s, %s", exchange.id, error.strerror)  # noqa: TRY400
    return response


def _announced_length(headers: Mapping[str, Any]) -> int | None:
    length = headers.get("CONTENT_LENGTH", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _read(request: HttpRequest, announced: int | None) -> bytes:
    """One byte more than is allowed, so that too much is recognised. A chunked body announces no length."""
    if announced is None and "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    stream = request.META["wsgi.input"]
    wanted = KEPT_BYTES + 1 if announced is None else announced
    pieces: list[bytes] = []
    try:
        while wanted > 0 and (piece := stream.read(wanted)):
            pieces.append(piece)
            wanted -= len(piece)
    except Exception:  # noqa: BLE001  (the caller went away or its chunks are malformed; each server has its own words)
        return b""
    return b"".join(pieces)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
