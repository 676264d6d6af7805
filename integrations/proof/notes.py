"""Checkpoints as signed notes, in the forms of C2SP: tlog-checkpoint and signed-note, with Ed25519.

A checkpoint says: the log of this name had so many leaves and this root. Whoever has kept one can tell later whether
the log still holds what it held then.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\1"
ID_BYTES = 4
KEY_BYTES = 32
SIGNED_BY = "\N{EM DASH} "


class BadNote(ValueError):
    """Not a checkpoint, or not signed by any of the keys that are trusted."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class PublicKey:
    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:ID_BYTES]

    def __str__(self) -> str:
        """As verifiers of signed notes take it."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"


def public_key(text: str) -> PublicKey:
    """Reads what `str` of a PublicKey wrote; raises ValueError for anything else."""
    name, _plus, rest = text.partition("+")
    key_id, _plus, encoded = rest.partition("+")
    key = PublicKey(name, base64.b64decode(encoded, validate=True).removeprefix(ED25519))
    if not name or len(key.raw) != KEY_BYTES or key.id.hex() != key_id:
        raise ValueError(f"no public key of signed notes: {text!r}")
    return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, and the name under which it signs: that of the log."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def of(cls, name: str, seed: bytes) -> "Signer":
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, size: int, root: bytes) -> str:
        text = Checkpoint(self.name, size, root).text
        signature = base64.b64encode(self.public.id + self.private.sign(text.encode())).decode()
        return f"{text}\n{SIGNED_BY}{self.name} {signature}\n"


def read(note: str, trusted: Sequence[PublicKey]) -> Checkpoint:
    """The checkpoint of a note that one of these keys has signed; raises BadNote."""
    text, blank, signatures = note.partition("\n\n")
    text += "\n"
    if not blank or not any(_signed(text, line, trusted) for line in signatures.splitlines()):
        raise BadNote("no signature of a trusted key")
    try:
        origin, size, root = text.split("\n")[:3]
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError:
        raise BadNote("no checkpoint") from None
    return checkpoint


def _signed(text: str, line: str, trusted: Sequence[PublicKey]) -> bool:
    name, _space, encoded = line.removeprefix(SIGNED_BY).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return any(_verifies(key, text, signature) for key in trusted if key.name == name)


def _verifies(key: PublicKey, text: str, signature: bytes) -> bool:
    if signature[:ID_BYTES] != key.id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature[ID_BYTES:], text.encode())
    except InvalidSignature:
        return False
    return True
