"""Promise 3, on bodies that were right until some bytes of them were changed."""

import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.hostile.catalogue import ID, body
from tests.server import contract, wire
from tests.server.service import Service

CALLERS = 4
SHORT, LONG = 600, 100_000
ROOM = 24 * 1024 * 1024  # what a worker's memory may grow by

RIGHT = (
    body(),
    body(product_type="credit_card"),
    body(term="36", props=["a", "ё"]),
    body(amount=None, note={"nested": [1, 2.5, None, True]}),
    json.dumps({"search_id": ID}).encode(),
)
PIECES = (
    b'"',
    b"{",
    b"}",
    b"[",
    b",",
    b":",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"-",
    b"e9",
    b".",
    b"0",
    b"\0",
    b"\xff",
)


def mutated(chance: random.Random) -> bytes:
    content = bytearray(chance.choice(RIGHT))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(content) or 1)
        match chance.randrange(6):
            case 0:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                content[at : at + 1] = bytes([(content[at] if content else 0) ^ (1 << chance.randrange(8))])
            case 2:
                del content[at : at + chance.randrange(1, 9)]
            case 3:
                content[at:at] = content[at : at + chance.randrange(1, 30)]
            case 4:
                content[at:at] = chance.choice(PIECES)
            case _:
                del content[at:]
    return bytes(content)


@pytest.mark.parametrize("number", [SHORT, pytest.param(LONG, marks=pytest.mark.faults)])
def test_changed_bytes(number: int, service: Service) -> None:
    bodies = [mutated(random.Random(seed)) for seed in range(number)]
    list(_answers(service, bodies[: number // 10]))
    before = service.memory()

    answered = list(zip(bodies, _answers(service, bodies), strict=True))
    wrong = [(sent, status) for sent, (status, _answer) in answered if status not in expected(sent)]
    for _sent, (status, answer) in answered:
        if status == 200:
            contract.check_answer(contract.loads(answer))
    assert not wrong, wrong[:20]
    assert service.memory() < before + ROOM


def _answers(service: Service, bodies: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """In the order of the bodies, each caller on one connection."""

    def call(part: list[bytes]) -> list[tuple[int, bytes]]:
        with wire.connected_to(service.port) as connection:
            answers = [connection.exchange(wire.request(service.token, sent)) for sent in part]
        return [(answer.status, answer.body) for answer in answers]

    size = -(-len(bodies) // CALLERS) or 1
    with ThreadPoolExecutor(CALLERS) as threads:
        for answers in threads.map(call, [bodies[start : start + size] for start in range(0, len(bodies), size)]):
            yield from answers


def expected(sent: bytes) -> tuple[int, ...]:
    """By the contract alone: 200 for a question; 404 for a poll, or 200 if another body had its id; else 400."""
    try:
        asked = contract.loads(sent)
        _check_text(asked)
    except (ValueError, AssertionError):
        return (400,)
    if not isinstance(asked, dict) or not _is(
        asked.get("search_id"), r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    ):
        return (400,)
    given = {name: value for name, value in asked.items() if name in OPTIONAL and value is not None}
    if not given and not {"phone_number", "product_type"} & set(asked):
        return (200, 404)
    return (200,) if _is_question(asked, given) else (400,)


OPTIONAL = ("amount", "term", "props")


def _is_question(asked: dict[str, Any], given: dict[str, Any]) -> bool:
    amount, term, props = (given.get(name) for name in OPTIONAL)
    is_card = asked.get("product_type") == "credit_card"
    return (
        _is(asked.get("phone_number"), "[0-9]{10}")
        and (is_card or asked.get("product_type") == "loan")
        and (amount is None or _is_amount(amount))
        and (term is None or is_card or _is_term(term))
        and (props is None or (isinstance(props, list) and all(isinstance(each, str) for each in props)))
    )


def _is_amount(amount: Any) -> bool:
    return isinstance(amount, Decimal) and 0 < amount <= 10**10 and amount % Decimal("0.01") == 0


def _is_term(term: Any) -> bool:
    if _is(term, "[1-9][0-9]{0,2}"):
        term = Decimal(term)
    return isinstance(term, Decimal) and 1 <= term <= 600 and term % 1 == 0


def _is(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _check_text(value: Any) -> None:
    """Neither NUL nor lone surrogates, anywhere."""
    assert "\\u0000" not in json.dumps(value, default=str).replace("\\\\", "")
    json.dumps(value, default=str, ensure_ascii=False).encode()
