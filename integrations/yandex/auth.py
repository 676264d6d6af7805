"""Who calls: a bearer token, or HTTP Basic with Client ID and Client Secret. All else is refused."""

import base64
import binascii
from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from integrations import clients
from integrations.yandex.errors import FORBIDDEN, Problem


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that has shown its secret."""

    client: str
    is_authenticated: bool = True


class ClientAuthentication(BaseAuthentication):
    """DRF's default here, so that a view which names none refuses everybody without a secret."""

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        client = identify(request.META.get("HTTP_AUTHORIZATION", ""))
        if client is None:
            raise Problem(403, FORBIDDEN)
        return Caller(client), None


def identify(authorization: str) -> str | None:
    """The client of an Authorization header, if there is one and its secret is right."""
    scheme, _, credentials = authorization.strip().partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "bearer":
            return clients.find_by_token(credentials)
        case "basic":
            client, colon, secret = _decoded(credentials).partition(":")
            return clients.find_by_basic(client, secret) if colon else None
        case _:
            return None


def _decoded(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
