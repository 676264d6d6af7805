"""Asks the bank's scoring service, and never waits longer than it may.

Between a question and the service stand a bulkhead, so that only some threads of a process can wait for it, and a
circuit breaker, so that nobody waits for one that is down. Both are of this process.
"""

import os
import random
import threading
import time
from dataclasses import replace
from http import HTTPStatus
from typing import Final

import httpcore
import structlog
from django.conf import settings

from integrations.scoring import network, wire
from integrations.scoring.breaker import Breaker
from integrations.scoring.question import Later, ScoringQuestion
from offers.domain.known import Scored, Verdict

logger = structlog.get_logger(__name__)

NOT_CONFIGURED: Final = "not_configured"
# Causes that say that the service is not well.
FAILURES: Final = frozenset({"timeout", "unreachable", "failed", "unreadable", "too_many"})
# After these it is asked once more, a moment later, if there is time. The question's id makes that harmless.
RETRIED: Final = frozenset({"unreachable", "failed"})
ATTEMPTS: Final = 2
PAUSE: Final = 0.02, 0.1  # seconds, by chance, so that those who failed together don't come again together
WORTH_TRYING: Final = 0.05  # seconds that must be left after it
IDLE: Final = 30.0  # seconds for which a connection is kept


def ask(question: ScoringQuestion, *, within: float) -> Scored | Later:
    """What it says of the person within so many seconds; raises nothing, whatever the service or the network do."""
    if not settings.SCORING_URL:
        return Scored(Verdict.UNAVAILABLE, NOT_CONFIGURED)
    return _of_this_process().ask(question, within)


def begin(at_once: int) -> None:
    """Ask so many questions at the same time: for a process in which nobody else needs the threads."""
    global _client  # noqa: PLW0603
    forget()
    _client = Client(at_once)


def forget() -> None:
    """Begin anew when it is needed, with the settings of then."""
    if _client is not None:
        _client.close()
        _leave_to_the_parent()


def _leave_to_the_parent() -> None:
    """Its connections are not those of a child process; nor may the child wait for what the parent's threads hold."""
    global _client, _making
    _client, _making = None, threading.Lock()


class Client:
    """The connections to the service, and what this process has seen of it."""

    def __init__(self, at_once: int) -> None:
        self.places = threading.BoundedSemaphore(at_once)
        self.breaker = Breaker(settings.SCORING_BREAKER_FAILURES, settings.SCORING_BREAKER_SECONDS, time.monotonic)
        self._url = settings.SCORING_URL
        self._connect, self._read = settings.SCORING_CONNECT_MS / 1000, settings.SCORING_READ_MS / 1000
        self._headers: dict[bytes | str, bytes | str] = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "vitrina",
        }
        if settings.SCORING_TOKEN:
            self._headers["Authorization"] = f"Bearer {settings.SCORING_TOKEN}"
        # It follows no redirects, keeps no cookies and knows no proxies.
        self._pool = httpcore.ConnectionPool(
            ssl_context=settings.SCORING_TLS,
            max_connections=at_once,
            keepalive_expiry=IDLE,
            network_backend=network.Network(),
        )

    def ask(self, question: ScoringQuestion, within: float) -> Scored | Later:
        started = time.monotonic()
        answer, attempts = self._guarded(question, started + within)
        waited_ms = round((time.monotonic() - started) * 1000)
        outcome = answer.cause if isinstance(answer, Later) else answer.verdict.value
        logger.info("scoring", question=str(question.id), outcome=outcome, attempts=attempts, ms=waited_ms)
        if isinstance(answer, Later):
            return answer
        return replace(answer, attempts=attempts, waited_ms=waited_ms)

    def close(self) -> None:
        self._pool.close()

    def _guarded(self, question: ScoringQuestion, until: float) -> tuple[Scored | Later, int]:
        if not self.places.acquire(blocking=False):
            return Later("too_busy"), 0
        try:
            if self.breaker.wait():
                return Later("circuit_open"), 0  # of this process: another may have more patience with the service
            with network.deadline(until):
                return self._attempts(question, until)
        finally:
            self.places.release()

    def _attempts(self, question: ScoringQuestion, until: float) -> tuple[Scored | Later, int]:
        content = wire.write(question, key_id=settings.PHONE_KEY.id, clear=settings.SCORING_PHONE == "clear")
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._attempt(question, content, until)
            self._note(answer)
            pause = random.uniform(*PAUSE)  # noqa: S311
            if not self._is_worth_another(answer) or time.monotonic() + pause + WORTH_TRYING > until:
                break
            if attempt < ATTEMPTS:
                time.sleep(pause)
        return answer, attempt

    def _is_worth_another(self, answer: Scored | Later) -> bool:
        return (
            isinstance(answer, Later) and answer.cause in RETRIED and answer.after is None and not self.breaker.is_open
        )

    def _note(self, answer: Scored | Later) -> None:
        if isinstance(answer, Later) and answer.cause in FAILURES:
            if self.breaker.failed():
                logger.error("scoring is left alone", cause=answer.cause, seconds=settings.SCORING_BREAKER_SECONDS)
        elif self.breaker.succeeded():
            logger.warning("scoring is back")

    def _attempt(self, question: ScoringQuestion, content: bytes, until: float) -> Scored | Later:
        left = until - time.monotonic()
        headers = self._headers | {"Idempotency-Key": str(question.id), "Deadline-Ms": str(max(0, round(left * 1000)))}
        timeout = {"connect": self._connect, "read": self._read, "write": self._read, "pool": max(0.0, left)}
        try:
            with self._pool.stream(
                "POST", self._url, headers=headers, content=content, extensions={"timeout": timeout}
            ) as response:
                return _answer(response, question)
        except httpcore.TimeoutException:
            return Later("timeout")
        except httpcore.NetworkError:
            return Later("unreachable")
        except httpcore.ProtocolError:
            return Later("unreadable")
        except wire.Unreadable as refusal:
            logger.warning("scoring is unreadable", question=str(question.id), where=str(refusal))
            return Later("unreadable")


def _answer(response: httpcore.Response, question: ScoringQuestion) -> Scored | Later:
    """Raises wire.Unreadable. Beside a status of failure nothing is read: it may repeat the question."""
    headers = {name.lower(): value for name, value in response.headers}
    after = wire.pause(headers.get(b"retry-after", b"").decode("latin-1"))
    status = response.status
    if status == HTTPStatus.OK:
        answer = wire.read(_body(response, headers), question.offers)
        if isinstance(answer, Later) and answer.after is None:
            return Later(answer.cause, after)
        return answer
    if status == HTTPStatus.ACCEPTED:
        return Later("later", after)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Later("too_many", after)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Later("failed", after)
    if status >= HTTPStatus.BAD_REQUEST:
        logger.error("scoring refuses the request", question=str(question.id), status=status)
        return Later("refused_request")
    raise wire.Unreadable(f"status {status}")


def _body(response: httpcore.Response, headers: dict[bytes, bytes]) -> bytes:
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != b"application/json":
        raise wire.Unreadable("Content-Type")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise wire.Unreadable("Content-Encoding")
    body = bytearray()
    for piece in response.iter_stream():
        body += piece
        if len(body) > wire.LONGEST:
            raise wire.Unreadable("length")
    return bytes(body)


_client: Client | None = None
_making = threading.Lock()


def _of_this_process() -> Client:
    global _client  # noqa: PLW0603
    if _client is None:
        with _making:
            if _client is None:
                _client = Client(settings.SCORING_AT_ONCE)
    return _client


os.register_at_fork(after_in_child=_leave_to_the_parent)
