"""A scoring service to try ours against: it decides by what it is told at its start, and fails as it is told.

It is what docs/scoring.openapi.yaml describes, in plain Python, and knows nothing of ours but that file.
"""

import hmac
import json
import re
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any, Final

HOST: Final = "127.0.0.1"
PATH: Final = "/score"
LONGEST: Final = 64 * 1024  # bytes of a question
REMEMBERED: Final = 10_000  # questions whose first moment is kept
IDLE: Final = 60.0  # seconds for which a connection is kept
TRICKLE: Final = 0.05  # seconds before each byte
UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PHONE_HASH, PHONE_NUMBER = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9]{10}")
# Where nobody said on which terms to approve.
USUAL_LIMIT, USUAL_RATE, HIGHEST_LIMIT = Decimal(300_000), Decimal("24.9"), Decimal(10_000_000)


class Manner(StrEnum):
    """What it does with a question. By default it approves what was asked for, at a rate of its own."""

    SCORE = "score"
    APPROVE = "approve"
    REFUSE = "refuse"
    LATER = "later"
    ERROR = "error"
    GARBAGE = "garbage"
    FLAP = "flap"
    TRICKLE = "trickle"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`delay`: seconds from a question's first coming to its answer. `limit`, `rate`: on which terms it approves."""

    manner: Manner = Manner.SCORE
    delay: float = 0.0
    limit: Decimal | None = None
    rate: Decimal | None = None
    token: str = ""


class Scorer(ThreadingHTTPServer):
    """Listens on this machine alone; 0 is any free port."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, behaviour: Behaviour) -> None:
        super().__init__((HOST, port), _Handler)
        self.behaviour = behaviour
        self._first_asked = OrderedDict[str, float]()
        self._remembering = threading.Lock()
        # One after the other, as questions come.
        self.by_turns: Iterator[Manner] = cycle([Manner.SCORE, Manner.ERROR, Manner.GARBAGE, Manner.ERROR])
        self.rubbish: Iterator[bytes] = cycle(RUBBISH)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}{PATH}"

    def ready_in(self, question: str) -> float:
        """Seconds until its answer; a question that comes again waits no longer than the first time."""
        now = time.monotonic()
        with self._remembering:
            first = self._first_asked.setdefault(question, now)
            while len(self._first_asked) > REMEMBERED:
                self._first_asked.popitem(last=False)
        return max(0.0, first + self.behaviour.delay - now)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers hang up; nothing else is expected, and worth more than a line."""
        if not isinstance(error := sys.exception(), ConnectionError | TimeoutError):
            print(f"failed: {error!r}", flush=True)  # noqa: T201


class _Handler(BaseHTTPRequestHandler):
    server: Scorer
    protocol_version = "HTTP/1.1"
    timeout = IDLE

    def do_POST(self) -> None:
        question = self._question()
        if isinstance(question, HTTPStatus):
            self._say(question)
            return
        behaviour = self.server.behaviour
        manner = next(self.server.by_turns) if behaviour.manner is Manner.FLAP else behaviour.manner
        wait = self.server.ready_in(question["id"])
        if manner is not Manner.LATER:
            time.sleep(wait)
        print(question["id"], manner.value, flush=True)  # noqa: T201
        if manner is Manner.LATER and (wait or not behaviour.delay):
            self._say(HTTPStatus.OK, {"decision": "later", "after": round(max(wait, 1.0), 1)})
        elif manner is Manner.REFUSE:
            self._say(HTTPStatus.OK, {"decision": "refused", "reason": "low_score"})
        elif manner is Manner.ERROR:
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR)
        elif manner is Manner.GARBAGE:
            self.wfile.write(next(self.server.rubbish))
            self.close_connection = True
        else:
            granted = _granted(question, behaviour, usual=manner is not Manner.APPROVE)
            self._say(HTTPStatus.OK, granted, slowly=manner is Manner.TRICKLE)

    def _question(self) -> Any:
        """What was asked, or the status that refuses it."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= LONGEST):
            self.close_connection = True
            return HTTPStatus.LENGTH_REQUIRED if not length else HTTPStatus.BAD_REQUEST
        body = self.rfile.read(int(length))
        if self.path != PATH:
            return HTTPStatus.NOT_FOUND
        token = self.server.behaviour.token
        shown = self.headers.get("Authorization", "").encode()
        if token and not hmac.compare_digest(shown, f"Bearer {token}".encode()):
            return HTTPStatus.UNAUTHORIZED
        try:
            question = json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        return question if _is_question(question) else HTTPStatus.BAD_REQUEST

    def _say(self, status: HTTPStatus, answer: Any = None, *, slowly: bool = False) -> None:
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "POST")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        for place in range(len(body) if slowly else 0):
            time.sleep(TRICKLE)
            self.wfile.write(body[place : place + 1])
        if not slowly:
            self.wfile.write(body)

    def send_error(self, code: int, *_: Any) -> None:
        """In few words, and that no method but POST is known."""
        self.close_connection = True
        self._say(HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code))

    def log_message(self, *_: Any) -> None:
        """What was asked and answered is said above."""


def _granted(question: dict[str, Any], behaviour: Behaviour, *, usual: bool) -> dict[str, Any]:
    limit, rate = behaviour.limit, behaviour.rate
    if usual and limit is None and rate is None:
        limit, rate = min(Decimal(question["amount"] or USUAL_LIMIT), HIGHEST_LIMIT), USUAL_RATE
    terms: dict[str, float] = {}
    if limit is not None:
        terms["limit"] = int(limit)
    if rate is not None:
        terms["rate"] = float(rate)
    return {"decision": "approved"} | ({"grants": [terms]} if terms else {})


def _is_question(value: Any) -> bool:
    if not isinstance(value, dict) or not value.keys() >= NEEDED:
        return False
    if (value.keys() >= HASHED) == ("phone_number" in value):
        return False
    return all(rule(value[name]) for name, rule in RULES.items() if name in value)


NEEDED: Final = {"id", "product_type", "amount", "term", "offers"}
HASHED: Final = {"phone_hash", "phone_hash_key"}
RULES: Final[dict[str, Callable[[Any], bool]]] = {
    "id": lambda value: isinstance(value, str) and UUID.fullmatch(value) is not None,
    "phone_hash": lambda value: isinstance(value, str) and PHONE_HASH.fullmatch(value) is not None,
    "phone_hash_key": lambda value: isinstance(value, str) and value != "",
    "phone_number": lambda value: isinstance(value, str) and PHONE_NUMBER.fullmatch(value) is not None,
    "product_type": lambda value: value in ("loan", "credit_card"),
    "amount": lambda value: value is None or (type(value) in (int, Decimal) and value > 0),
    "term": lambda value: value is None or (type(value) in (int, Decimal) and value >= 1 and value == int(value)),
    "offers": lambda value: isinstance(value, list) and all(isinstance(code, str) for code in value),
}


def _http(body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers))
    return f"{lines}\r\n".encode() + body


JSON: Final = "Content-Type: application/json"
RUBBISH: Final = (
    _http(b"<html>It works!</html>", "Content-Type: text/html"),
    _http(b'{"decision": "approved", "grants": [{"limit": "much"', JSON),
    _http(b'{"decision": "approved", "grants": [{"limit": -1, "rate": 1e999}]}', JSON),
    _http(b'{"decision": "approved", "of": "' + b"x" * 100_000 + b'"}', JSON),
    _http(b"\xff\xfe\x00", JSON),
    b"\x16\x03\x01\x02\x00",
)
