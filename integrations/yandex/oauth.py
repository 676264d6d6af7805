"""Access tokens by OAuth 2.0: `client_credentials` (RFC 6749, section 4.4), whose rules and errors are oauthlib's.

What the library leaves to its user is here: who calls, a form without surprises, and the challenge of a 401. Nothing of
the request is kept but its length, for its body holds a secret; and of the answer all but the token.
"""

import json
import logging
import math
from typing import Any, Final, cast
from urllib.parse import unquote_plus

from oauthlib.common import Request, extract_params
from oauthlib.oauth2 import ClientCredentialsGrant, RequestValidator
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error

from integrations import clients, journal
from integrations.clients import Caller, Granted
from integrations.journal import Exchange
from integrations.models import Kind
from integrations.yandex import auth
from integrations.yandex.answers import Answer, respond
from integrations.yandex.exit import ApiRequest

FORM: Final = "application/x-www-form-urlencoded"
FORM_BYTES: Final = 8 * 1024
PARAMETERS: Final = ("grant_type", "scope", "client_id", "client_secret")
HEADERS: Final = {"Pragma": "no-cache"}
CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Vitrina", charset="UTF-8"'}

# At its lowest level it logs whole tokens.
logging.getLogger("oauthlib").setLevel(logging.WARNING)


class TooMany(OAuth2Error):
    """RFC 6749 has no word of its own for it at this endpoint; this one it has for another."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, wait: float) -> None:
        super().__init__("Too many requests.")
        self.seconds = math.ceil(wait)


def give(request: ApiRequest) -> Answer:
    exchange = request.exchange
    exchange.kind = Kind.TOKEN
    if request.method != "POST":
        return _refuse(InvalidRequestError("Use POST.", status_code=405), {"Allow": "POST"})
    try:
        granted = _granted(request, exchange)
    except TooMany as refusal:
        return _refuse(refusal, {"Retry-After": str(refusal.seconds)})
    except OAuth2Error as refusal:
        return _refuse(refusal, CHALLENGE if refusal.status_code == 401 else {})  # noqa: PLR2004
    return _answer(exchange, granted)


def _granted(request: ApiRequest, exchange: Exchange) -> Granted:
    """Raises OAuth2Error."""
    asked = Request("", "POST", _form(request, exchange.length))
    rules = _Rules(request.META.get("HTTP_AUTHORIZATION", ""), exchange)
    ClientCredentialsGrant(rules).validate_token_request(asked)
    return clients.grant(cast(Caller, asked.client), asked.scopes or ())


def _form(request: ApiRequest, length: int) -> dict[str, str]:
    """The parameters that mean something, each once; the library would take any others for its own attributes."""
    if request.META.get("QUERY_STRING"):
        raise InvalidRequestError("Parameters belong into the body.")
    if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM or length > FORM_BYTES:
        raise InvalidRequestError(f"The body must be {FORM}, of {FORM_BYTES} bytes at most.")
    sent = extract_params(request.unkept.decode("latin-1"))
    if sent is None:
        raise InvalidRequestError(f"The body must be {FORM}.")
    if len(dict(sent)) < len(sent):
        raise InvalidRequestError("A parameter stands twice.")
    return {name: value for name, value in sent if value and name in PARAMETERS}


class _Rules(RequestValidator):
    """What the library asks about this one request."""

    def __init__(self, authorization: str, exchange: Exchange) -> None:
        super().__init__()
        self.authorization, self.exchange = authorization.strip(), exchange

    def authenticate_client(self, request: Any, *_args: Any, **_kwargs: Any) -> bool:
        """Sets `request.client`, as the library wants it. Who calls from elsewhere is told no more than a stranger."""
        address = self.exchange.remote_addr
        caller = self._find(request)
        if caller is None or not auth.comes_from(caller, address):
            _hold_up(auth.stranger_must_wait(address))
            return False
        self.exchange.client = caller.client_id
        _hold_up(auth.must_wait(caller))
        request.client = caller
        return True

    def validate_grant_type(self, *_args: Any, **_kwargs: Any) -> bool:
        """The library knows only one here, and has looked."""
        return True

    def get_default_scopes(self, client_id: str, request: Any, *_args: Any, **_kwargs: Any) -> list[str]:
        return sorted(request.client.scopes)

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: Any, *_args: Any, **_kwargs: Any
    ) -> bool:
        return bool(scopes) and client.scopes.issuperset(scopes)

    def _find(self, request: Any) -> Caller | None:
        if not self.authorization:
            return clients.find_by_basic(request.client_id or "", request.client_secret or "")
        scheme, _, credentials = self.authorization.partition(" ")
        client_id, colon, secret = auth.decode_basic(credentials.strip()).partition(":")
        if scheme.lower() != "basic" or not colon:
            return None
        if request.client_secret:
            raise InvalidRequestError("Authenticate in one way, not in two.")
        # RFC 6749 has both parts encoded as in a form; most callers send them as they are.
        for name, password in dict.fromkeys(((client_id, secret), (unquote_plus(client_id), unquote_plus(secret)))):
            if request.client_id in (None, name) and (caller := clients.find_by_basic(name, password)):
                return caller
        return None


def _hold_up(wait: float) -> None:
    if wait:
        raise TooMany(wait)


def _answer(exchange: Exchange, granted: Granted) -> Answer:
    said = {"token_type": "Bearer", "expires_in": granted.expires_in, "scope": " ".join(granted.scopes)}
    journal.append(exchange, 200, json.dumps(said).encode())
    return respond(json.dumps({"access_token": granted.token, **said}).encode(), headers=HEADERS)


def _refuse(refusal: OAuth2Error, headers: dict[str, str]) -> Answer:
    """Without the library's own form of it, which would give back what the caller has sent as `state`."""
    body = {"error": refusal.error, "error_description": refusal.description}
    content = json.dumps({name: text for name, text in body.items() if text}).encode()
    return respond(content, refusal.status_code, {**HEADERS, **headers})
