"""Typed readers of the environment: a value, or an error that says what to set."""

import base64
import ipaddress
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

KEY_BYTES = 32
DIGITS_MAX = 18
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


def choice(name: str, default: str, *others: str) -> str:
    value = text(name, default)
    if value not in (default, *others):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to {', '.join(others)} or {default}.")
    return value


def whole(name: str, default: int) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number, such as {default}.")
    return int(value)


def between(name: str, default: int, lowest: int, highest: int) -> int:
    value = whole(name, default)
    if not lowest <= value <= highest:
        raise ImproperlyConfigured(f"{name} is {value}: set it to a whole number from {lowest} to {highest}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def address(name: str) -> str:
    """An address that begins with https://, or nothing."""
    value = text(name, "")
    if value and not (value.startswith("https://") and value.isascii() and len(value.split()) == 1):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to an address that begins with https://.")
    return value


def service(name: str) -> str:
    """An address to call: https:// anywhere, http:// on this machine alone; or nothing."""
    value = text(name, "")
    if value and not _is_service(value):
        raise ImproperlyConfigured(
            f"{name} is no address that can be called: set it to https://host/path, or to http://127.0.0.1:port/path on"
            " this machine, without a user, a password or what follows a question mark."
        )
    return value


def _is_service(value: str) -> bool:
    if not value.isascii() or len(value.split()) != 1 or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
        _port = parts.port
    except ValueError:
        return False
    plain = parts.hostname and not ("@" in parts.netloc or parts.query or parts.fragment)
    return bool(plain) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bearer(name: str) -> str:
    """A token as it may stand in a header, or nothing."""
    value = text(name, "")
    if value and not (value.isascii() and value.isprintable() and len(value.split()) == 1):
        raise ImproperlyConfigured(f"{name} is no bearer token: set it to printable ASCII characters without spaces.")
    return value


def file(name: str) -> str:
    """The path of a file that can be read, or nothing."""
    path = text(name, "")
    if path and not (Path(path).is_file() and os.access(path, os.R_OK)):
        raise ImproperlyConfigured(f"{name} is {path!r}: set it to the path of a file that the service may read.")
    return path


def client_tls(authority: str, certificate: str, key: str) -> ssl.SSLContext:
    """Trusts the authority, or else those of the system; shows the certificate, if there is one. All are PEM files."""
    if bool(certificate) != bool(key):
        raise ImproperlyConfigured("Set SCORING_CERTIFICATE and SCORING_KEY both, or neither.")
    try:
        context = ssl.create_default_context(cafile=authority or None)
    except ssl.SSLError:
        raise ImproperlyConfigured(f"SCORING_CA is {authority!r}: set it to a file of certificates in PEM.") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        try:
            context.load_cert_chain(certificate, key, password="")  # so that nobody is asked for one at the terminal
        except ssl.SSLError:
            raise ImproperlyConfigured(
                f"SCORING_CERTIFICATE is {certificate!r} and SCORING_KEY {key!r}: set them to a certificate in PEM and"
                " to its key, without a password."
            ) from None
    return context


def key(name: str) -> Key:
    """A key written as `id:base64`, of 32 bytes."""
    hint = (
        f"set it to an id, a colon and {KEY_BYTES} random bytes in base64, as in 1:$(openssl rand -base64 {KEY_BYTES})"
    )
    identity, colon, encoded = text(name).partition(":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except ValueError:  # binascii.Error is one; so are letters beyond ASCII
        raise ImproperlyConfigured(f"{name} holds no base64: {hint}.") from None
    if not (identity and colon) or len(secret) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} is no key: {hint}.")
    return Key(identity, secret)


def signing_key(name: str) -> Key | None:
    """A key whose id is the name of a signed note: without spaces and plus signs. None where it is not set."""
    if not text(name, ""):
        return None
    found = key(name)
    if "+" in found.id or len(found.id.split()) != 1:
        raise ImproperlyConfigured(f"{name} is {found.id!r} by its id: name it like vitrina.bank.ru/journal.")
    return found


def database(name: str) -> dict[str, object]:
    """A Postgres URI, as psql takes it, as Django's settings of a database. It is read by psql's own library."""
    uri = text(name)
    try:
        options = conninfo_to_dict(uri) if uri.startswith(("postgres://", "postgresql://")) else None
    except ProgrammingError:  # It quotes the URI, password and all.
        options = None
    if options is None:
        raise ImproperlyConfigured(
            f"{name} must be a URI such as postgresql://user:password@host:5432/database, as psql takes it."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname", ""),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": str(options.pop("port", "")),
        "OPTIONS": options,
    }
