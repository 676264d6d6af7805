"""How personal data is kept: hashed, masked, sealed, and bound to its entry by a commitment.

Pure functions of bytes and keys; where keys come from is the business of `integrations.keys`.
"""

import hashlib
import hmac
import os
import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
# Ten digits and more in a row may be a phone number.
LONG_NUMBER = re.compile(r"[0-9]{10,}")
# A Russian number as people write it, with or without the country's code.
PHONE_NUMBER = re.compile(r"(?:\+?7|8)?([0-9]{10})", re.ASCII)
PHONE_PUNCTUATION = re.compile(r"[\s()-]")


def read_phone(text: str) -> str | None:
    """The ten digits of a number as people write it; None where it is none."""
    found = PHONE_NUMBER.fullmatch(PHONE_PUNCTUATION.sub("", text))
    return found and found[1]


def hash_phone(phone_number: str, key: bytes) -> bytes:
    """HMAC-SHA-256 of the ten digits: ten thousand million numbers are soon tried, so never a bare hash."""
    return hmac.digest(key, phone_number.encode(), "sha256")


def mask_phone(phone_number: str) -> str:
    """All but the last two digits hidden: ********40."""
    return "*" * (len(phone_number) - 2) + phone_number[-2:]


def hide_numbers(text: str) -> str:
    """The text with every digit of a long number replaced."""
    return LONG_NUMBER.sub(lambda found: "*" * len(found[0]), text)


def seal(key: AESGCM, plain: bytes, bound_to: bytes) -> bytes:
    """Nonce and ciphertext, AES-256-GCM. It opens only with the same `bound_to`, the id of its entry."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, bound_to)


def unseal(key: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    """What was sealed; raises cryptography.exceptions.InvalidTag where it was touched or moved to another entry."""
    return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)


def commit(salt: bytes, *parts: bytes | None) -> bytes:
    """`H(salt, parts)`: proves the personal parts while they are there, and says nothing of them once they are gone.

    Each part goes in with its length, and an absent one unlike an empty one, so that no two lists of parts look alike.
    """
    digest = hashlib.sha256(salt)
    for part in parts:
        digest.update(b"-" if part is None else b"+" + len(part).to_bytes(8) + part)
    return digest.digest()
