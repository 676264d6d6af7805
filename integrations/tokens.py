"""Access tokens that say for themselves whose they are and how long they hold, under a signature.

Nothing is kept of them. What must be known besides, whether that client and that secret still stand, is in the memory
of `clients` anyway.
"""

import base64
import hashlib
import hmac
from typing import Final, NamedTuple

PREFIX: Final = "vt1"
PURPOSE: Final = b"vitrina: access tokens"
# Allowed in a bearer token (RFC 6750), and in no part of ours.
SEPARATOR, BETWEEN_SCOPES = "~", "+"


class Claims(NamedTuple):
    """What a token says."""

    client: str
    credential: str  # of the secret that it was got for
    epoch: int  # of the client: all tokens of an earlier one are revoked
    expires: int  # Unix time
    scopes: tuple[str, ...]


def key(secret: str) -> bytes:
    """A key of its own purpose, out of the installation's secret."""
    return hmac.digest(secret.encode(), PURPOSE, "sha256")


def credential(digest: bytes) -> str:
    """Names the secret of that digest without telling anything of it."""
    return base64.urlsafe_b64encode(hashlib.sha256(PURPOSE + digest).digest()[:9]).decode()


def make(key: bytes, claims: Claims) -> str:
    """Numbers in hexadecimal: ten digits in a row look like a phone number."""
    client, credential, epoch, expires, scopes = claims
    parts = PREFIX, client, credential, f"{epoch:x}", f"{expires:x}", BETWEEN_SCOPES.join(scopes)
    signed = SEPARATOR.join(parts)
    return f"{signed}{SEPARATOR}{_signature(key, signed)}"


def read(key: bytes, token: str) -> Claims | None:
    """What one of our tokens says, expired or not; None for any other text."""
    if not token.startswith(PREFIX + SEPARATOR):
        return None
    signed, _, signature = token.rpartition(SEPARATOR)
    if not hmac.compare_digest(_signature(key, signed).encode(), signature.encode("utf-8", "surrogatepass")):
        return None
    _prefix, client, credential, epoch, expires, joined = signed.split(SEPARATOR)
    scopes = tuple(joined.split(BETWEEN_SCOPES)) if joined else ()
    return Claims(client, credential, int(epoch, 16), int(expires, 16), scopes)


def _signature(key: bytes, signed: str) -> str:
    mac = hmac.digest(key, signed.encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
