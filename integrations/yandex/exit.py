"""The one exit of the API: whatever became of a request, its entry is committed before its answer leaves."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from rest_framework.request import Request

from integrations import deadline, journal, networks, spool
from integrations.ids import uuid7
from integrations.journal import KEPT_BYTES, Exchange
from integrations.keys import KeyDestroyed, UnknownMasterKey
from integrations.yandex import errors, render
from integrations.yandex.errors import Problem
from offers.catalogue import NothingPublished

logger = logging.getLogger(__name__)

PREFIXES = ("/integrations/", "/api/banking/", "/go/")
# Only a call that tells of many applications, or people, at once is longer than what the journal keeps of a request.
# Nobody waits for its answer at a screen, so it may take longer too, in seconds.
NEWS_PATH, NEWS_BYTES, NEWS_PATIENCE = "/integrations/api/banking/applications", 512 * 1024, 10.0
TOKEN_PATH, LISTS_PATH = "/integrations/oauth/token", "/integrations/api/banking/lists"
# What is sent under these paths holds a secret, or the phones of many: it is handed to the view, and no more.
UNKEPT = ("/integrations/oauth", LISTS_PATH)
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ApiExit:
    """A WSGI application around Django's own: the API's requests end here, all others go on.

    Django's handler would cost such a request as much again as its view, for signals, middleware and cookies that are
    the admin's.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not is_api(environ.get("PATH_INFO", "")):
            return self.application(environ, start_response)
        response = answer(ApiRequest(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


class ApiRequest(WSGIRequest):
    """Without Django's own reading of the content's type, which raises at an unknown coding: see `check_coding`."""

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        self.content_type, self.content_params = "", {}


def answer(request: HttpRequest) -> HttpResponse:
    """What the API answers, journalled."""
    exchange = receive(request)
    request.exchange = exchange  # type: ignore[attr-defined]
    if request.path_info.startswith(UNKEPT):
        request.unkept, exchange.body = exchange.body, b""  # type: ignore[attr-defined]
    patience = NEWS_PATIENCE if _tells_much(request) else deadline.SECONDS
    return _recorded(exchange, lambda: _answered(request), lambda: _complete(come_again(), request.method), patience)


def answer_unread(exchange: Exchange, problem: Problem) -> HttpResponse:
    """The refusal of what could not be read as HTTP, journalled. It is final, whether the database is there or not."""
    response = _complete(refuse(problem), exchange.method)
    return _recorded(exchange, lambda: response, lambda: response)


def is_api(path: str) -> bool:
    return path.startswith(PREFIXES) or f"{path}/" in PREFIXES


def receive(request: HttpRequest) -> Exchange:
    """The request as it will be journalled. A body that announces to be too long is not read at all."""
    announced = _announced_length(request.META)
    most = NEWS_BYTES if _tells_much(request) else KEPT_BYTES
    body = b"" if announced is not None and announced > most else _read(request, announced, most)
    now = datetime.now(UTC)
    return Exchange(
        id=uuid7(now),
        received_at=now,
        method=request.META["REQUEST_METHOD"],
        path=request.path,
        remote_addr=address_of(request.META),
        body=body[:most],
        length=len(body) if announced is None else announced,
    )


def exchange_of(request: Request) -> Exchange:
    return cast(Exchange, request._request.exchange)  # type: ignore[attr-defined]  # noqa: SLF001


def respond(content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(content, status=status, content_type="application/json", headers={**HEADERS, **(headers or {})})


def refuse(problem: Problem) -> HttpResponse:
    return respond(render.problem(problem), problem.status, problem.headers)


def come_again() -> HttpResponse:
    """What is answered while the database is away."""
    return refuse(errors.unavailable())


def _recorded(
    exchange: Exchange,
    answered: Callable[[], HttpResponse],
    otherwise: Callable[[], HttpResponse],
    patience: float = deadline.SECONDS,
) -> HttpResponse:
    """The answer, its entry committed; while the database is away another one, its entry on this machine's disk."""
    try:
        with deadline.bounded(patience):
            response = answered()
            if not exchange.recorded:
                journal.append(exchange, response.status_code, response.content)
    except (DatabaseError, InterfaceError, KeyDestroyed, UnknownMasterKey) as error:
        # Its text may quote what was asked; the log needs to know no more than this.
        logger.warning("not answered, the database or a key is away: %s", type(error).__name__)
        response = spooled(exchange, otherwise())
    response["X-Request-Id"] = str(exchange.request_id)
    response["Content-Length"] = str(len(response.content))
    return response


def _answered(request: HttpRequest) -> HttpResponse:
    """The view's answer; a failure of our own code becomes an answer as well."""
    try:
        view, arguments, keywords = _resolved(request.path_info)
        response = cast(HttpResponse, view(request, *arguments, **keywords))
    except (DatabaseError, InterfaceError):
        raise
    except NothingPublished:
        response = refuse(errors.unavailable())
    except Exception:
        logger.exception("an answer failed")
        response = refuse(Problem(500, errors.INTERNAL))
    return _complete(response, request.method)


def _complete(response: HttpResponse, method: str | None) -> HttpResponse:
    if method == "HEAD":
        response.content = b""
    return response


# A few paths are asked for all the time.
_resolved = lru_cache(maxsize=64)(resolve)


def spooled(exchange: Exchange, response: HttpResponse) -> HttpResponse:
    """The answer, its entry on this machine's disk until the database is back."""
    try:
        spool.keep(exchange, response.status_code, response.content)
    except OSError as error:
        logger.error("an entry is lost, the spool does not take it: %s, %s", exchange.id, error.strerror)  # noqa: TRY400
    return response


def _tells_much(request: HttpRequest) -> bool:
    return request.path_info.removesuffix("/") == NEWS_PATH or request.path_info.startswith(LISTS_PATH)


def _announced_length(headers: Mapping[str, Any]) -> int | None:
    length = headers.get("CONTENT_LENGTH", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _read(request: HttpRequest, announced: int | None, most: int) -> bytes:
    """One byte more than is allowed, so that too much is recognised. A chunked body announces no length.

    A body that ends before the announced length is none: who knows what else would have been said.
    """
    if announced is None and "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    stream = request.META["wsgi.input"]
    wanted = most + 1 if announced is None else announced
    pieces: list[bytes] = []
    try:
        while wanted > 0 and (piece := stream.read(wanted)):
            pieces.append(piece)
            wanted -= len(piece)
    except Exception:  # noqa: BLE001  (the caller went away or its chunks are malformed; each server has its own words)
        return b""
    return b"" if announced and wanted else b"".join(pieces)


def address_of(headers: Mapping[str, Any]) -> str | None:
    """Of the caller, past the proxies that are trusted."""
    forwarded_for = headers.get("HTTP_X_FORWARDED_FOR", "")
    return networks.caller(headers.get("REMOTE_ADDR", ""), forwarded_for, settings.TRUSTED_PROXIES)
