"""The floor: a bare WSGI callable with psycopg, and nothing that the work does not need."""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

import psycopg

from bench.peers import work

PHONE_NUMBER = re.compile(r"[0-9]{10}")
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
BODY_MAX = 65_536

kept = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    started = time.monotonic_ns()
    if not work.is_ours(environ.get("HTTP_AUTHORIZATION", "")):
        return refuse("403 Forbidden", start_response)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ["PATH_INFO"] != work.PATH or length > BODY_MAX:
        return refuse("404 Not Found", start_response)
    body = environ["wsgi.input"].read(length)
    try:
        question = parse(body)
    except (ValueError, KeyError, TypeError):
        return refuse("400 Bad Request", start_response)
    answer, row = work.answered(question, body, environ["REMOTE_ADDR"], started)
    if not connection().execute(work.STATEMENT, [written(value) for value in row]).fetchall():
        return refuse("503 Service Unavailable", start_response)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def refuse(status: str, start_response: Callable[..., Any]) -> list[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]


def connection() -> psycopg.RawCursor[Any]:
    """This thread's cursor, on a connection of its own."""
    try:
        cursor: psycopg.RawCursor[Any] = kept.cursor
    except AttributeError:
        opened = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, options=work.LIMITS, prepare_threshold=0)
        cursor = kept.cursor = psycopg.RawCursor(opened)
    return cursor


def written(value: Any) -> Any:
    """Lists as Postgres writes arrays: psycopg would go through them item by item, in Python. Codes need no quotes."""
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else value


def parse(body: bytes) -> work.Question:
    """Strictly: UTF-8, no duplicate keys, no NaN, every field by its type and its bounds."""
    members = json.loads(
        body.decode(), parse_float=Decimal, parse_int=Decimal, parse_constant=never, object_pairs_hook=unique
    )
    phone, spelling = members["phone_number"], members["search_id"]
    product, amount, term, props = (members.get(name) for name in ("product_type", "amount", "term", "props"))
    if not (isinstance(phone, str) and PHONE_NUMBER.fullmatch(phone)):
        raise ValueError("phone_number")
    if not (isinstance(spelling, str) and UUID_FORM.fullmatch(spelling)):
        raise ValueError("search_id")
    if product not in ("loan", "credit_card"):
        raise ValueError("product_type")
    if not (amount is None or (isinstance(amount, Decimal) and 0 < amount <= 10**10)):
        raise ValueError("amount")
    if not (term is None or (isinstance(term, Decimal) and 1 <= term <= 600 and term == int(term))):  # noqa: PLR2004
        raise ValueError("term")
    if not (props is None or (isinstance(props, list) and all(isinstance(item, str) for item in props))):
        raise ValueError("props")
    return work.Question(UUID(spelling), spelling, phone, product, amount, None if term is None else int(term), props)


def never(name: str) -> NoReturn:
    raise ValueError(name)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("duplicate keys")
    return members
