"""Bytes and times of entries, as people read them."""

import json
from typing import Any

from django import template
from django.utils import formats

register = template.Library()


@register.filter
def readable(answer: Any) -> str:
    """JSON with line breaks; what is no JSON as it stands."""
    try:
        return json.dumps(json.loads(bytes(answer)), ensure_ascii=False, indent=2)
    except ValueError:
        return bytes(answer).decode(errors="replace")


@register.filter
def exact(answer: Any) -> str:
    return bytes(answer).decode()


@register.filter
def hexadecimal(value: Any) -> str:
    return bytes(value).hex()


@register.filter
def milliseconds(microseconds: int) -> str:
    return formats.number_format(microseconds / 1000, 1)
