"""Typed readers of the environment: a value, or an error that says what to set."""

import base64
import binascii
import os
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
ON, OFF = ("1", "on", "true", "yes"), ("0", "off", "false", "no")


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key with the id under which rows remember it."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key(id={self.id!r})"


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment; .env.example says what it is for.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "on" if default else "off").lower()
    if value not in ON + OFF:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to on or off.")
    return value in ON


def whole(name: str, default: int) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number, such as {default}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def key(name: str) -> Key:
    """A key written as `id:base64`, of 32 bytes."""
    hint = (
        f"set it to an id, a colon and {KEY_BYTES} random bytes in base64, as in 1:$(openssl rand -base64 {KEY_BYTES})"
    )
    identity, colon, encoded = text(name).partition(":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ImproperlyConfigured(f"{name} holds no base64: {hint}.") from None
    if not (identity and colon) or len(secret) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} is no key: {hint}.")
    return Key(identity, secret)


def database(name: str) -> dict[str, object]:
    """A Postgres URI, as psql takes it, as Django's settings of a database."""
    uri = urlsplit(text(name))
    if uri.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"{name} must be a URI such as postgresql://user:password@host:5432/database.")
    options = dict(parse_qsl(uri.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(uri.path.removeprefix("/")) or options.pop("dbname", ""),
        "USER": unquote(uri.username or "") or options.pop("user", ""),
        "PASSWORD": unquote(uri.password or "") or options.pop("password", ""),
        "HOST": unquote(uri.hostname or "") or options.pop("host", ""),
        "PORT": str(uri.port or options.pop("port", "")),
        "OPTIONS": options,
    }
