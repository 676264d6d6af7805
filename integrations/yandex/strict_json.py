"""JSON as RFC 8259 wants it, and no more of it than a small message needs.

Python's own parser takes NaN, duplicate keys, NUL and lone surrogates; Postgres and the people who read the journal
would be the next to see them.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

DEPTH_MAX = 16


class NotStrict(ValueError):
    """Why the bytes are refused, in Russian, ready for the caller."""


def loads(body: bytes) -> Any:
    """The value; numbers as Decimal, whatever their size. Raises NotStrict."""
    try:
        text = body.decode()
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise NotStrict("это не UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotStrict(f"ошибка в строке {error.lineno}, символ {error.colno}") from None
    except RecursionError:
        raise NotStrict(f"вложенность больше {DEPTH_MAX}") from None
    # Only an escape can say NUL or a lone surrogate, and what is deep has many brackets: few messages need the walk.
    if "\\u" in text or text.count("[") + text.count("{") > DEPTH_MAX:
        _check(value, 1)
    return value


def _number(literal: str) -> Decimal:
    try:
        return Decimal(literal)
    except InvalidOperation:  # an exponent beyond what a decimal can hold: out of any bound
        return Decimal("Infinity")


def _constant(name: str) -> NoReturn:
    raise NotStrict(f"{name} не число")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NotStrict("ключи повторяются")
    return members


# `json.loads` would make one for every message.
_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_constant, object_pairs_hook=_object)


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if depth > DEPTH_MAX:
            raise NotStrict(f"вложенность больше {DEPTH_MAX}")
        if isinstance(value, dict):
            for key in value:
                _check_text(key)
            value = list(value.values())
        for item in value:
            _check(item, depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise NotStrict("символ NUL недопустим")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NotStrict("одиночный суррогат недопустим")
