"""What of an entry is proven: its canonical form, and the record of it that is a leaf of its batch.

The form is the same in any language: each covered column in this order, as its text in UTF-8 or as its bytes, after
FORM. A value goes in as "+", its length in eight bytes and itself, a missing one as "-"; see docs/journal.md. What came
later, LATER, goes in only where there is something, so what was sealed before it came stays as it is. The personal
columns and the salt are covered by the commitment, so that they can be forgotten.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from integrations.proof import merkle

FORM = b"vitrina journal entry 1\n"


def _moment(column: str) -> str:
    return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


# Each covered column and the SQL of its canonical text.
COVERED = {
    "id": "id::text",
    "received_at": _moment("received_at"),
    "kind": "kind",
    "client": "client",
    "request_id": "request_id::text",
    "method": "method",
    "path": "path",
    "status": "status::text",
    "latency_us": "latency_us::text",
    "search_id": "search_id::text",
    "product_type": "product_type",
    "amount": "amount::text",
    "term": "term::text",
    "phone_key": "phone_key",
    "decision": "decision",
    "release": "release::text",
    "reasons": "array_to_string(reasons, ',', '-')",
    "decided_at": _moment("decided_at"),
    "repeated": "repeated::text",
    "request_length": "request_length::text",
    "seal_key": "seal_key",
    "answer": "answer",
    "commitment": "commitment",
    "xact": "xact::text",
    "known": "known",
}
LATER = 1  # so many of the last columns
# These and the salt are what `commitment` covers, in this order.
PERSONAL = ("phone_hash", "phone_mask", "remote_addr", "request_sealed")

_RECORD = struct.Struct(">16sq32s")
RECORD_BYTES = _RECORD.size


@dataclass(frozen=True, slots=True)
class Member:
    """An entry as its batch remembers it: which it is, when it was received (µs since 1970, UTC), and its digest."""

    id: UUID
    received_us: int
    digest: bytes

    def pack(self) -> bytes:
        """The data of its leaf."""
        return _RECORD.pack(self.id.bytes, self.received_us, self.digest)


def unpack(packed: bytes) -> list[Member]:
    """Raises struct.error where the bytes are no whole number of records."""
    return [Member(UUID(bytes=identity), *rest) for identity, *rest in _RECORD.iter_unpack(packed)]


def leaves(packed: bytes) -> Iterator[bytes]:
    """The hashes of the leaves of a batch."""
    return (merkle.leaf(packed[at : at + RECORD_BYTES]) for at in range(0, len(packed), RECORD_BYTES))


def digest(values: Sequence[str | bytes | None]) -> bytes:
    """Of an entry's covered columns, in their order."""
    parts = [FORM]
    later = len(COVERED) - LATER
    for place, value in enumerate(values):
        if value is None and place >= later:
            continue
        if value is None:
            parts.append(b"-")
        else:
            data = value.encode() if isinstance(value, str) else value
            parts.append(b"+%b%b" % (len(data).to_bytes(8), data))
    return sha256(b"".join(parts)).digest()
