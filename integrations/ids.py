"""Ids made by the application, so that writing an entry again is recognised: UUIDs of version 7, sortable by time."""

import os
from datetime import UTC, datetime
from uuid import UUID


def uuid7(now: datetime) -> UUID:
    """RFC 9562, 5.7: 48 bits of milliseconds, then chance."""
    milliseconds = int(now.timestamp() * 1000) & (1 << 48) - 1
    chance = int.from_bytes(os.urandom(10))  # of its 80 bits the format takes 74
    return UUID(int=milliseconds << 80 | 0x7 << 76 | chance >> 68 << 64 | 0b10 << 62 | chance & (1 << 62) - 1)


def made_at(id7: UUID) -> datetime:
    """The millisecond in which `uuid7` made it."""
    return datetime.fromtimestamp((id7.int >> 80) / 1000, UTC)
