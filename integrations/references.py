"""References: the name of one proposal in a link, by which a click and an application are known again.

A reference says which enquiry and which offer it was, and proves that it was made here. Nothing in it is random, so the
same decision gives the same links; nothing in it is about the person. The enquiry is named by the id of the journal
entry that decided it, which nobody can guess, and the offer by its place in a release, which never changes.
"""

import base64
import hmac
import re
import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

LENGTH: Final = 40
FORM: Final = re.compile(rf"[A-Za-z0-9_-]{{{LENGTH}}}")
NAMED: Final = struct.Struct(">16sIH")
# With 64 bits a forger who tries a million a second finds one in 300 000 years, and asks this service every time.
TAG_BYTES: Final = 8


class NotOurs(ValueError):
    """The text is no reference made with this key."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One proposal: the journal entry that decided the enquiry, and the offer's place in the release."""

    enquiry: UUID
    release: int
    place: int


def write(key: bytes, enquiry: UUID, release: int, place: int) -> str:
    """40 letters that may stand in any part of an address."""
    named = NAMED.pack(enquiry.bytes, release, place)
    return base64.urlsafe_b64encode(named + _tag(key, named)).decode()


def read(key: bytes, text: str) -> Reference:
    """What `write` named; raises NotOurs."""
    if not FORM.fullmatch(text):
        raise NotOurs
    decoded = base64.urlsafe_b64decode(text)
    named, tag = decoded[: NAMED.size], decoded[NAMED.size :]
    if not hmac.compare_digest(tag, _tag(key, named)):
        raise NotOurs
    enquiry, release, place = NAMED.unpack(named)
    return Reference(UUID(bytes=enquiry), release, place)


def _tag(key: bytes, named: bytes) -> bytes:
    return hmac.digest(key, named, "sha256")[:TAG_BYTES]
