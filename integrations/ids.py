"""Ids made by the application, so that writing an entry again is recognised: UUIDs of version 7, sortable by time."""

import os
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


def uuid7(now: datetime) -> UUID:
    """RFC 9562, 5.7: 48 bits of milliseconds, then chance."""
    milliseconds = (now - EPOCH) // MILLISECOND & (1 << 48) - 1
    chance = int.from_bytes(os.urandom(10))  # of its 80 bits the format takes 74
    return UUID(int=milliseconds << 80 | 0x7 << 76 | chance >> 68 << 64 | 0b10 << 62 | chance & (1 << 62) - 1)


def made_at(id7: UUID) -> datetime:
    """The millisecond in which `uuid7` made it."""
    return EPOCH + (id7.int >> 80) * MILLISECOND
