"""Who may call: the verbs of clients and their secrets, and the look-up that every request begins with.

A secret serves as bearer token and as the password of HTTP Basic alike. It is shown once and kept as a digest only:
32 random bytes need no salt and no slow hash.
"""

import hashlib
import hmac
import math
import re
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django import db
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from integrations import database
from integrations.models import CLIENT_PATTERN, Client, Scope, Secret

SECRET_BYTES = 32
ACTIVE_DIGESTS = """
select secret.digest, secret.client_id, client.scopes from integrations_secret secret
join integrations_client client on client.id = secret.client_id and client.active
"""

# What was read serves for so long, in seconds: a client switched off is refused by then.
FRESH = 1.0
# And so long while the database is away. Nobody can be switched off meanwhile, and nothing is approved without it.
FRESH_WITHOUT_DATABASE = 300.0
# A failed look is not repeated before so long, so that callers don't queue for a database that is away. No longer: a
# process that was started without it knows nobody, and would go on refusing when it is back.
PAUSE_AFTER_FAILURE = 0.1
# So long a caller waits for another's look: a moment where memory will do, else for as long as a connection may take.
PATIENCE, PATIENCE_WITHOUT_MEMORY = 0.05, 1.0


class BadClientId(ValueError):
    """What can't be a Client ID; the sentence says what can."""


class ClientIdTaken(ValueError):
    """There is such a client already; the sentence says what to do instead."""


class UnknownClient(LookupError):
    """There is no such client."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A secret just made: the only moment at which it can be read."""

    client_id: str
    slot: int
    secret: str = field(repr=False)

    @property
    def authorization(self) -> str:
        """The header that lets the client in."""
        return f"Authorization: Bearer {self.secret}"


def digest(secret: str) -> bytes:
    """SHA-256 of the secret's UTF-8: all that is kept of it. Takes whatever a header can hold."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def check_id(client_id: str) -> None:
    """Raises BadClientId."""
    if not re.match(CLIENT_PATTERN, client_id):
        raise BadClientId(
            _(
                "A Client ID has 1 to 40 small Latin letters, digits, dots, hyphens and underscores, "
                "and begins with a letter or digit: yandex."
            )
        )


@transaction.atomic
def issue(client_id: str, *, secret: str | None = None, scopes: Sequence[str] = (Scope.LOAN_APPROVAL,)) -> Issued:
    """Make a client with its first secret, random where none is given. Raises BadClientId or ClientIdTaken."""
    check_id(client_id)
    _client, made = Client.objects.get_or_create(id=client_id, defaults={"scopes": list(scopes)})
    if not made:
        raise ClientIdTaken(
            _("There is a client %(client)s already: choose another name, or replace one of its two secrets.")
            % {"client": client_id}
        )
    return set_secret(client_id, Secret.Slot.FIRST, secret or _random_secret())


def replace_secret(client_id: str, slot: int) -> Issued:
    """Put a random secret into one of the client's two slots; what was there is refused within a second.

    Raises UnknownClient, and ValidationError for a slot other than 1 and 2.
    """
    return set_secret(client_id, slot, _random_secret())


@transaction.atomic
def set_secret(client_id: str, slot: int, secret: str) -> Issued:
    """Put this very secret into the slot. Errors as in `replace_secret`."""
    if slot not in Secret.Slot.values:
        raise ValidationError(_("A client has two secrets, 1 and 2."))
    if not Client.objects.filter(id=client_id).exists():
        raise UnknownClient(_("There is no client %(client)s.") % {"client": client_id})
    Secret.objects.update_or_create(
        client_id=client_id, slot=slot, defaults={"digest": digest(secret), "made_at": Now()}
    )
    return Issued(client_id, slot, secret)


def _random_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def find_by_token(token: str) -> str | None:
    """The id of the active client that a bearer token belongs to.

    Raises django.db.Error where that can't be told: the secret is not in memory and the database is away.
    """
    return _find(None, token)


def find_by_basic(client_id: str, secret: str) -> str | None:
    """The id of the active client that these credentials of HTTP Basic belong to. Errors as in `find_by_token`."""
    return _find(client_id, secret)


def may(client_id: str, scope: Scope) -> bool:
    """Whether a client that was found a moment ago has that scope."""
    known = _Memory.known
    return known is not None and scope in known.scopes.get(client_id, ())


def forget() -> None:
    """Empty the memory: for tests, whose databases come and go within one process."""
    _Memory.known, _Memory.failed_at = None, -math.inf


@dataclass(frozen=True, slots=True)
class _Known:
    """Digests of the active clients' secrets with the clients' ids, and when they were read (monotonic clock)."""

    digests: tuple[tuple[bytes, str], ...]
    scopes: Mapping[str, Sequence[str]]
    read_at: float

    def find(self, client_id: str | None, wanted: bytes) -> str | None:
        """Compares with every digest, so that the time taken tells nothing."""
        found = None
        for known, owner in self.digests:
            if hmac.compare_digest(known, wanted) and client_id in (None, owner):
                found = owner
        return found


class _Memory:
    known: _Known | None = None
    failed_at = -math.inf
    reading = threading.Lock()


def _find(client_id: str | None, secret: str) -> str | None:
    asked_at, wanted = time.monotonic(), digest(secret)
    known = _recent(asked_at)
    found = known.find(client_id, wanted)
    if found is None and known.read_at < asked_at:
        # It may have been issued a moment ago.
        found = _read(asked_at, PATIENCE_WITHOUT_MEMORY).find(client_id, wanted)
    return found


def _recent(now: float) -> _Known:
    known = _Memory.known
    if known is None:
        return _read(now, PATIENCE_WITHOUT_MEMORY)
    age = now - known.read_at
    if age < FRESH:
        return known
    try:
        return _read(now, PATIENCE)
    except db.Error:
        if age > FRESH_WITHOUT_DATABASE:
            raise
        return known


def _read(since: float, patience: float) -> _Known:
    """What the database said at `since` or later: callers who come at once share one look."""
    if not _Memory.reading.acquire(timeout=patience):
        raise db.OperationalError("The clients are being read, and that takes long.")
    try:
        known, now = _Memory.known, time.monotonic()
        if known is not None and known.read_at >= since:
            return known
        if now < _Memory.failed_at + PAUSE_AFTER_FAILURE:
            raise db.OperationalError("The clients could not be read a moment ago.")
        _Memory.known = known = _Known(*_active(), read_at=now)
        return known
    finally:
        _Memory.reading.release()


def _active() -> tuple[tuple[tuple[bytes, str], ...], dict[str, Sequence[str]]]:
    try:
        rows = database.execute(ACTIVE_DIGESTS, {})
    except db.Error:
        _Memory.failed_at = time.monotonic()
        raise
    digests = tuple((bytes(known), client_id) for known, client_id, _scopes in rows)
    return digests, {client_id: scopes for _known, client_id, scopes in rows}
