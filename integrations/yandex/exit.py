"""The one exit of the API: whatever became of a request, its entry is committed before its answer leaves."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.urls import resolve

from integrations import deadline, journal, networks, spool
from integrations.ids import uuid7
from integrations.journal import KEPT_BYTES, Exchange
from integrations.keys import KeyDestroyed, UnknownMasterKey
from integrations.yandex import answers, errors
from integrations.yandex.answers import Answer
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
        request = ApiRequest(environ)
        given = answer(request)
        start_response(given.status_line, given.sent_headers(request.exchange.request_id))
        return [given.body]


class ApiRequest(HttpRequest):
    """What the API looks at of a request, its exchange among it: no form, cookie or host is read of it."""

    exchange: Exchange
    unkept: bytes = b""  # what was sent where nothing of it is to be kept

    def __init__(self, environ: WSGIEnvironment) -> None:
        # Without Django's own: it would make all that is named above, for each question.
        self.META = environ
        self.method = environ["REQUEST_METHOD"].upper()
        path: str = environ["PATH_INFO"]
        self.path = self.path_info = path if path.isascii() else get_path_info(environ)


def answer(request: ApiRequest) -> Answer:
    """What the API answers, journalled."""
    exchange = request.exchange = receive(request)
    if request.path_info.startswith(UNKEPT):
        request.unkept, exchange.body = exchange.body, b""
    patience = NEWS_PATIENCE if _tells_much(request) else deadline.SECONDS
    return _recorded(exchange, lambda: _answered(request), answers.come_again, patience)


def answer_unread(exchange: Exchange, problem: Problem) -> Answer:
    """The refusal of what could not be read as HTTP, journalled. It is final, whether the database is there or not."""
    refusal = answers.refuse(problem)
    return _recorded(exchange, lambda: refusal, lambda: refusal)


def is_api(path: str) -> bool:
    return path.startswith(PREFIXES) or f"{path}/" in PREFIXES


def receive(request: ApiRequest) -> Exchange:
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


def _recorded(
    exchange: Exchange,
    answered: Callable[[], Answer],
    otherwise: Callable[[], Answer],
    patience: float = deadline.SECONDS,
) -> Answer:
    """The answer, its entry committed; while the database is away another one, its entry on this machine's disk."""
    try:
        with deadline.bounded(patience):
            given = _fitting(answered(), exchange)
            if not exchange.recorded:
                journal.append(exchange, given.status, given.body)
    except (DatabaseError, InterfaceError, KeyDestroyed, UnknownMasterKey) as error:
        # Its text may quote what was asked; the log needs to know no more than this.
        logger.warning("not answered, the database or a key is away: %s", type(error).__name__)
        given = spooled(exchange, _fitting(otherwise(), exchange))
    return given


def _answered(request: ApiRequest) -> Answer:
    """The view's answer; a failure of our own code becomes an answer as well."""
    try:
        view, arguments, keywords = _resolved(request.path_info)
        return view(request, *arguments, **keywords)
    except (DatabaseError, InterfaceError):
        raise
    except NothingPublished:
        return answers.come_again()
    except Exception:
        logger.exception("an answer failed")
        return answers.refuse(Problem(500, errors.INTERNAL))


def _fitting(given: Answer, exchange: Exchange) -> Answer:
    return given._replace(body=b"") if exchange.method.upper() == "HEAD" else given


@lru_cache(maxsize=64)  # a few paths are asked for all the time
def _resolved(path: str) -> tuple[Callable[..., Answer], tuple[Any, ...], dict[str, Any]]:
    return tuple(resolve(path))


def spooled(exchange: Exchange, given: Answer) -> Answer:
    """The answer, its entry on this machine's disk until the database is back."""
    try:
        spool.keep(exchange, given.status, given.body)
    except OSError as error:
        logger.error("an entry is lost, the spool does not take it: %s, %s", exchange.id, error.strerror)  # noqa: TRY400
    return given


def _tells_much(request: ApiRequest) -> bool:
    return request.path_info.removesuffix("/") == NEWS_PATH or request.path_info.startswith(LISTS_PATH)


def _announced_length(headers: Mapping[str, Any]) -> int | None:
    length = headers.get("CONTENT_LENGTH", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _read(request: ApiRequest, announced: int | None, most: int) -> bytes:
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
