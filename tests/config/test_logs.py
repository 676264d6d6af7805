"""No phone number in a log line, however it got there."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from config import logs

PHONE = "9330445040"
ID = "e2b4948b-7d8a-4eec-875c-933044504012"

Lines = Callable[[], list[dict[str, Any]]]


@dataclass
class Person:
    phone_number: str


class Refusal(Exception):
    pass


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the logger "tests" has written so far, as it would stand on standard error."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    logger = logging.getLogger("tests")
    logger.addHandler(handler)
    logger.propagate = False
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.propagate = True


LOGGERS: dict[str, Any] = {"logging": logging.getLogger("tests"), "structlog": structlog.stdlib.get_logger("tests")}


@pytest.fixture(params=LOGGERS)
def logger(request: pytest.FixtureRequest) -> Any:
    return LOGGERS[request.param]


def test_it_works(lines: Lines, logger: Any) -> None:
    logger.warning("Ответ не отправлен")

    [line] = lines()
    assert line["event"] == "Ответ не отправлен"
    assert (line["level"], line["logger"]) == ("warning", "tests")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        f"+7{PHONE}",
        f"8{PHONE}",
        f"tel:{PHONE}",
        f"id-{PHONE}",
        f"a{PHONE}",
        f"{PHONE}-1",
        f"00000000{PHONE}00000",
    ],
)
def test_a_text(text: str, lines: Lines, logger: Any) -> None:
    logger.info("refused: " + text)  # noqa: G003  (as whoever forgets the argument)

    assert PHONE not in json.dumps(lines())
    assert "refused: " in lines()[0]["event"]


@pytest.mark.parametrize("argument", [PHONE, int(PHONE), Decimal(PHONE), Person(PHONE), [PHONE], Refusal(PHONE)])
def test_an_argument(argument: object, lines: Lines, logger: Any) -> None:
    logger.info("refused %s", argument)

    [line] = lines()
    assert logs.HIDDEN in line["event"]
    assert PHONE not in json.dumps(line)


NESTED = [
    PHONE,
    int(PHONE),
    float(PHONE),
    Decimal(PHONE),
    PHONE.encode(),
    Person(PHONE),
    Refusal(PHONE),
    {"fields": {"phone_number": PHONE}},
    {"fields": [{PHONE: 1}]},
    {int(PHONE): True},
    ({PHONE},),
    frozenset([PHONE]),
    [Person(PHONE)],
]


@pytest.mark.parametrize("value", NESTED)
def test_a_value(value: object, lines: Lines) -> None:
    LOGGERS["structlog"].info("refused", value=value)

    [line] = lines()
    assert logs.HIDDEN in json.dumps(line["value"], ensure_ascii=False)
    assert PHONE not in json.dumps(line)


def test_bound_values(lines: Lines, logger: Any) -> None:
    with structlog.contextvars.bound_contextvars(asked={"phone_number": PHONE}):
        logger.info("asked")

    assert lines()[0]["asked"] == {"phone_number": logs.HIDDEN}


def test_a_traceback(lines: Lines, logger: Any) -> None:
    try:
        raise Refusal(f"no such person: {PHONE}") from Refusal(PHONE)  # noqa: TRY301
    except Refusal:
        logger.exception("failed for %s", PHONE)

    [line] = lines()
    assert "test_a_traceback" in line["exception"]
    assert PHONE not in json.dumps(line)


def test_a_stack(lines: Lines, logger: Any) -> None:
    logger.info("here", stack_info=True)

    assert lines()[0]["event"] == "here"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.upper(),
        f'"{ID}"',
        f"request {ID}: 200",
        f"/{ID}/",
        "2026-11-24T20:58:00.123456Z",
        "500000.00",
        "933044504",
    ],
)
def test_ids_moments_and_sums_stay_as_they_are(text: str) -> None:
    assert logs.mask(text) == text


@pytest.mark.parametrize("text", [f"{ID}{PHONE}", f"{PHONE}{ID}", f"{PHONE} {ID}", f"{ID}:{PHONE}", f"x{ID}"])
def test_an_id_protects_nothing_beside_it(text: str) -> None:
    without_id = logs.mask(text).replace(ID, "")

    assert PHONE[2:] not in without_id
    assert logs.HIDDEN in without_id


@pytest.mark.parametrize(
    "value", [None, True, 0, 1.5, 1_000_000, Decimal("500000.00"), UUID(ID), [1, "a"], {"a": None}]
)
def test_values_without_phone_numbers_stay_as_they_are(value: object) -> None:
    assert logs.mask(value) == value


@given(st.text("0123456789abcdef-+ :٣", max_size=60))
def test_no_ten_digits_are_left_but_in_ids(text: str) -> None:
    masked = logs.mask(text)

    left = [found for found in logs.UUID_OR_LONG_NUMBER.finditer(masked) if not found[1]]
    assert left == []
    assert logs.mask(masked) == masked
