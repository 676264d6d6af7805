"""Frozen values as JSON and back, so that a release can be kept, hashed and read again.

The form is canonical: the same value always gives the same text. Decimals are strings without trailing zeros, moments
are ISO 8601 in UTC, sets are sorted, bytes are base64.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from offers.domain.catalogue import Content

Value = TypeVar("Value")


def dump(content: Content) -> str:
    return json.dumps(to_plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def load(text: str) -> Content:
    return from_plain(Content, json.loads(text))


def digest(text: str) -> bytes:
    """SHA-256 of a dumped content."""
    return hashlib.sha256(text.encode()).digest()


def to_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def plain_decimal(value: Decimal) -> str:
    """Digits without an exponent and without trailing zeros: 500000, 24.3."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def from_plain(kind: type[Value], plain: Any) -> Value:
    """The value of that type that `to_plain` wrote as `plain`; its types are its schema."""
    read: Value = _reader(kind)(plain)  # type: ignore[arg-type]  # a class is hashable
    return read


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What reads one type; made once, as a release of a thousand offers is read while callers wait for it."""
    origin: Any = get_origin(kind) or kind
    arguments = get_args(kind)
    if origin in (Union, UnionType):
        some = _reader(next(argument for argument in arguments if argument is not NoneType))
        return lambda plain: None if plain is None else some(plain)
    if origin in (tuple, frozenset):
        one = _reader(arguments[0])
        return lambda plain: origin(map(one, plain))
    if hasattr(origin, "__dataclass_fields__"):
        return _fields_reader(origin, arguments)
    if origin is datetime:
        return datetime.fromisoformat
    if origin is bytes:
        return base64.b64decode
    return origin  # type: ignore[no-any-return]


def _fields_reader(kind: Any, arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    """A field that the text lacks takes its default: releases outlive the code that wrote them."""
    hints = get_type_hints(kind)
    readers = [
        (field.name, _reader(arguments[0] if isinstance(hints[field.name], TypeVar) else hints[field.name]))
        for field in fields(kind)
    ]
    return lambda plain: kind(**{name: read(plain[name]) for name, read in readers if name in plain})
