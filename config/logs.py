"""Logs as JSON lines on standard error; digits that could be a phone number never leave."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# Ten digits in a row, or more, are a phone number until proven otherwise; ids are hexadecimal with dashes.
PHONE = re.compile(r"(?<![0-9A-Fa-f-])[+]?[0-9]{10,15}(?![0-9A-Fa-f-])")


def mask(value: Any) -> Any:
    return PHONE.sub("[…]", value) if isinstance(value, str) else value


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: every string of an event, its traceback too, without phone numbers."""
    return {name: mask(value) for name, value in event.items()}


def configure(*, level: str) -> None:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask_event,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
