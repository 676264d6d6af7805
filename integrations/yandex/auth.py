"""Who calls: a bearer token, or HTTP Basic with Client ID and Client Secret. All else is refused.

And whether it may now: from where it calls, and how often.
"""

import base64
import binascii
import math
import time
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication

from integrations import clients, networks
from integrations.clients import Caller
from integrations.limits import Buckets
from integrations.yandex import errors
from integrations.yandex.errors import Problem

# Unknown callers are counted by their address; a moment's burst is so many times the rate.
STRANGERS_BURST = 10

_of_clients, _of_strangers = Buckets(), Buckets()


class ClientAuthentication(BaseAuthentication):
    """DRF's default here, so that a view which names none refuses everybody without a secret."""

    def authenticate(self, request: Any) -> tuple[Caller, None]:
        caller = identify(request.META.get("HTTP_AUTHORIZATION", ""))
        if caller is None:
            address = request.exchange.remote_addr
            refuse_in_a_hurry(stranger_must_wait(address))
            raise Problem(403, errors.FORBIDDEN)
        return caller, None


def identify(authorization: str) -> Caller | None:
    """The client of an Authorization header, if there is one and its secret or token is right."""
    scheme, _, credentials = authorization.strip().partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "bearer":
            return clients.find_by_token(credentials)
        case "basic":
            client, colon, secret = decode_basic(credentials).partition(":")
            return clients.find_by_basic(client, secret) if colon else None
        case _:
            return None


def admit(caller: Caller, address: str | None) -> None:
    """Raises Problem where a known client calls from elsewhere, or too often."""
    if not comes_from(caller, address):
        raise Problem(403, errors.ELSEWHERE)
    refuse_in_a_hurry(must_wait(caller))


def comes_from(caller: Caller, address: str | None) -> bool:
    """Whether it calls from where it may. Behind proxies, an address that can't be told is nobody's."""
    if address is None:
        return not (caller.networks or settings.TRUSTED_PROXIES)
    return not caller.networks or networks.within(address, caller.networks)


def must_wait(caller: Caller) -> float:
    """Seconds until this client may ask again; asking counts."""
    share = 1 / max(settings.PROCESSES, 1)
    rate, burst = caller.rate * share, max(caller.burst * share, 1)
    return _of_clients.take(caller.client_id, rate=rate, burst=burst, now=time.monotonic())


def stranger_must_wait(address: str | None) -> float:
    """The same of somebody whom nobody knows. Who is known calls from the same address unhindered."""
    rate = max(settings.STRANGERS_RATE, 1) / max(settings.PROCESSES, 1)
    site = address and networks.site(address)
    return _of_strangers.take(site, rate=rate, burst=rate * STRANGERS_BURST, now=time.monotonic())


def refuse_in_a_hurry(wait: float) -> None:
    if wait:
        raise errors.too_many(math.ceil(wait))


def forget() -> None:
    """Nobody has asked yet: for tests."""
    _of_clients.forget()
    _of_strangers.forget()


def decode_basic(credentials: str) -> str:
    """`client:secret`, or what has no colon."""
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
