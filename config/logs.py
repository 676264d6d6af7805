"""Logs as JSON lines on standard error; digits that could be a phone number never leave."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

import structlog

# Ten digits in a row, or more, are a phone number until proven otherwise. What proves it is a UUID around them.
UUID_OR_LONG_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])|[+]?\d{10,}"
)
HIDDEN = "[…]"
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def mask(value: Any) -> Any:
    """The value without phone numbers: in texts, in what holds texts, and in whatever else becomes a text."""
    if isinstance(value, str):
        return UUID_OR_LONG_NUMBER.sub(lambda found: found[1] or HIDDEN, value)
    if isinstance(value, Mapping):
        return {mask(str(name)): mask(member) for name, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(item) for item in value]
    text = str(value)
    masked = mask(text)
    return value if masked == text else masked


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: an event, its traceback too, without phone numbers."""
    return cast(MutableMapping[str, Any], mask(event))


def formatter() -> logging.Formatter:
    """Makes a JSON line of every record, whoever logs it."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def configure(*, level: str) -> None:
    structlog.configure(
        processors=[
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
