"""Who may call: the verbs of clients and their secrets, and the look-up that every request begins with.

A secret serves as bearer token and as the password of HTTP Basic alike, and access tokens are given for it. It is shown
once and kept as a digest only: 32 random bytes need no salt and no slow hash.
"""

import hashlib
import hmac
import math
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from django import db
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from integrations import database, tokens
from integrations.limits import Buckets
from integrations.models import CLIENT_PATTERN, Client, Scope, Secret
from integrations.tokens import Claims

SECRET_BYTES = 32
LIVE_SECRETS = """
select secret.digest, extract(epoch from secret.valid_from)::float8, extract(epoch from secret.valid_until)::float8,
    client.id, client.scopes, client.networks, client.rate, client.burst, client.epoch, client.on_trial
from integrations_secret secret join integrations_client client on client.id = secret.client_id and client.active
"""

# What was read serves for so long, in seconds: a client switched off is refused by then.
FRESH = 1.0
# And so long while the database is away. Nobody can be switched off meanwhile, and nothing is approved without it.
FRESH_WITHOUT_DATABASE = 300.0
# So long a caller waits for another's look: a moment where memory will do, else for as long as a connection may take.
PATIENCE, PATIENCE_WITHOUT_MEMORY = 0.05, 1.0
# What nobody knows may have been issued a moment ago. So many looks a second are spent on that, and no more, however
# many make up secrets; then it takes until the memory is read anew.
LOOKS_FOR_THE_UNKNOWN = 5


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


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that has shown a secret or an access token, and within which bounds it may call."""

    client_id: str
    scopes: frozenset[str]
    networks: tuple[str, ...]  # none: any
    rate: int
    burst: int
    epoch: int
    on_trial: bool  # it only tests the integration
    credential: str  # of the secret: see `tokens.credential`
    starts: float  # when that secret begins and ends to be valid: Unix time
    ends: float
    is_authenticated: ClassVar[bool] = True  # for DRF


class Granted(NamedTuple):
    """An access token just made."""

    token: str
    expires_in: int
    scopes: tuple[str, ...]


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
def issue(
    client_id: str,
    *,
    secret: str | None = None,
    scopes: Sequence[str] = (Scope.LOAN_APPROVAL,),
    on_trial: bool = False,
) -> Issued:
    """Make a client with its first secret, random where none is given. Raises BadClientId or ClientIdTaken."""
    check_id(client_id)
    _client, made = Client.objects.get_or_create(id=client_id, defaults={"scopes": list(scopes), "on_trial": on_trial})
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
    made = {"digest": digest(secret), "made_at": Now(), "valid_from": None, "valid_until": None}
    Secret.objects.update_or_create(client_id=client_id, slot=slot, defaults=made)
    return Issued(client_id, slot, secret)


def _random_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


@transaction.atomic
def set_period(client_id: str, slot: int, start: datetime | None, end: datetime | None) -> None:
    """From when and until when that secret is valid; None: without limit. Raises Secret.DoesNotExist."""
    secret = Secret.objects.select_for_update().get(client_id=client_id, slot=slot)
    secret.valid_from, secret.valid_until = start, end
    secret.validate_constraints()
    secret.save(update_fields=("valid_from", "valid_until"))


def revoke_tokens(client_id: str) -> None:
    """All access tokens that the client has got are refused within a second. Its secrets stay. Raises UnknownClient."""
    if not Client.objects.filter(id=client_id).update(epoch=F("epoch") + 1):
        raise UnknownClient(_("There is no client %(client)s.") % {"client": client_id})


def find_by_token(token: str) -> Caller | None:
    """The active client that a bearer token belongs to: one of its secrets, or an access token.

    Raises django.db.Error where that can't be told: it is not in memory and the database is away.
    """
    claims = tokens.read(_token_key(settings.SECRET_KEY), token)
    if claims is not None:
        return _find_by_claims(claims)
    wanted = digest(token)
    return _find(lambda known: known.by_digest(None, wanted))


def find_by_basic(client_id: str, secret: str) -> Caller | None:
    """The active client that these credentials of HTTP Basic belong to. Errors as in `find_by_token`."""
    wanted = digest(secret)
    return _find(lambda known: known.by_digest(client_id, wanted))


def grant(caller: Caller, scopes: Iterable[str]) -> Granted:
    """An access token for a caller who has shown a secret. It never outlives that secret."""
    now = int(time.time())
    expires = int(min(now + settings.TOKEN_LIFETIME, caller.ends))
    claims = Claims(caller.client_id, caller.credential, caller.epoch, expires, tuple(sorted(scopes)))
    return Granted(tokens.make(_token_key(settings.SECRET_KEY), claims), max(0, expires - now), claims.scopes)


def forget() -> None:
    """Empty the memory: for tests, whose databases come and go within one process."""
    _Memory.known, _Memory.failed_at = None, -math.inf
    _Memory.looks.forget()


_token_key = lru_cache(maxsize=1)(tokens.key)


@dataclass(frozen=True, slots=True)
class _Known:
    """Digests of the active clients' secrets with whom they let in, and when they were read (monotonic clock)."""

    secrets: tuple[tuple[bytes, Caller], ...]
    read_at: float

    def by_digest(self, client_id: str | None, wanted: bytes) -> Caller | None:
        """Compares with every digest, so that the time taken tells nothing."""
        found, now = None, time.time()
        for known, caller in self.secrets:
            if hmac.compare_digest(known, wanted) and client_id in (None, caller.client_id):
                found = caller if caller.starts <= now < caller.ends else None
        return found

    def by_claims(self, claims: Claims) -> Caller | None:
        now = time.time()
        for _digest, caller in self.secrets:
            if (caller.credential, caller.client_id, caller.epoch) == (claims.credential, claims.client, claims.epoch):
                return caller if caller.starts <= now < caller.ends else None
        return None


class _Memory:
    known: _Known | None = None
    failed_at = -math.inf
    reading = threading.Lock()
    looks = Buckets()


def _find_by_claims(claims: Claims) -> Caller | None:
    if claims.expires <= time.time():
        return None
    caller = _find(lambda known: known.by_claims(claims))
    if caller is None or caller.scopes.issubset(claims.scopes):
        return caller
    return replace(caller, scopes=caller.scopes.intersection(claims.scopes))


def _find(look: Callable[[_Known], Caller | None]) -> Caller | None:
    asked_at = time.monotonic()
    known = _recent(asked_at)
    found = look(known)
    if found is None and known.read_at < asked_at and _may_look_again(known, asked_at):
        # It may have been issued a moment ago.
        found = look(_read(asked_at, PATIENCE_WITHOUT_MEMORY))
    return found


def _may_look_again(known: _Known, now: float) -> bool:
    """What is older serves only while the database is away: it can't tell who is unknown."""
    if now - known.read_at >= FRESH:
        return True
    return not _Memory.looks.take(None, rate=LOOKS_FOR_THE_UNKNOWN, burst=LOOKS_FOR_THE_UNKNOWN, now=now)


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
    """What the database said at `since` or later: callers who come at once share one look, and one that failed too."""
    if not _Memory.reading.acquire(timeout=patience):
        raise db.OperationalError("The clients are being read, and that takes long.")
    try:
        known, now = _Memory.known, time.monotonic()
        if known is not None and known.read_at >= since:
            return known
        if _Memory.failed_at >= since:
            raise db.OperationalError("The clients could not be read a moment ago.")
        try:
            _Memory.known = known = _Known(_live_secrets(), read_at=now)
        except db.Error:
            _Memory.failed_at = now
            raise
        return known
    finally:
        _Memory.reading.release()


def _live_secrets() -> tuple[tuple[bytes, Caller], ...]:
    return tuple(_secret(row) for row in database.execute(LIVE_SECRETS, {}))


def _secret(row: tuple[Any, ...]) -> tuple[bytes, Caller]:
    known, starts, ends, client_id, scopes, networks, rate, burst, epoch, on_trial = row
    caller = Caller(
        client_id,
        frozenset(scopes),
        tuple(networks),
        rate,
        burst,
        epoch,
        on_trial,
        tokens.credential(bytes(known)),
        starts=-math.inf if starts is None else starts,
        ends=math.inf if ends is None else ends,
    )
    return bytes(known), caller
