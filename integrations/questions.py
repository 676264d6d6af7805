"""What makes a question the same as another: who asks, under which id, and every documented field by value."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from offers.domain.decide import Enquiry
from offers.domain.snapshot import plain_decimal

# Answers begin with the question's id, so that a stored one can be given back with the id spelt as it was sent.
ANSWER_HEAD = b'{"search_id":"'


_ENCODER = json.JSONEncoder(ensure_ascii=False)  # `json.dumps` would make one for each question


@dataclass(frozen=True, slots=True)
class SearchId:
    """The id of a question: equal by value, echoed as it was spelt."""

    value: UUID
    spelling: str


@dataclass(frozen=True, slots=True)
class Question:
    client: str
    search_id: SearchId
    fields_digest: bytes


def digest_fields(phone_hash: bytes, enquiry: Enquiry, props: tuple[str, ...] | None) -> bytes:
    """Sameness of the documented fields, by value. Not to be guessed from outside, since the phone's hash is keyed."""
    amount = None if enquiry.amount is None else plain_decimal(enquiry.amount)
    fields = _ENCODER.encode([enquiry.product, amount, enquiry.term, props])
    return hashlib.sha256(phone_hash + fields.encode()).digest()
