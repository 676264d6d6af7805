"""The view of `loan_approval`: who calls, what is asked, what is answered. How it is journalled: `exit`."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, NoReturn
from uuid import UUID

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.views import APIView

from integrations import enquiries, knowledge, privacy
from integrations.journal import KEPT_BYTES, Exchange
from integrations.models import Kind, Scope
from integrations.questions import Question, digest_fields
from integrations.yandex import auth, errors, render
from integrations.yandex.answers import Answer, refuse, respond
from integrations.yandex.deciding import Asked, decide_once
from integrations.yandex.errors import Problem
from integrations.yandex.exit import ApiRequest
from integrations.yandex.parse import LoanApproval, Poll, parse_get, parse_post
from offers import catalogue

CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']*)", re.IGNORECASE)
CHARSETS = ("", "utf-8", "utf8", "us-ascii")


class ApiView(APIView):
    """What every view of the API has in common: it answers in bytes, and refuses in the documented form.

    DRF finds the method, its default authentication says who calls, and its exceptions are answered here. The rest of
    it is left out: a body is read strictly by its view, an answer is JSON whatever `Accept` says, and what a client may
    do is in its scopes.
    """

    permission_classes = ()
    throttle_classes = ()
    scope: ClassVar[Scope | None] = None  # what a client needs to be let in
    authenticator: ClassVar[BaseAuthentication]
    # Django would make it of `get`, and each view would hold itself until the garbage collector comes: some 10 µs a
    # question, and a long stall now and then.
    head = None
    default_response_headers: ClassVar[Mapping[str, str]] = MappingProxyType({})  # type: ignore[assignment]

    def __init_subclass__(cls) -> None:
        if cls.permission_classes or cls.throttle_classes:
            raise TypeError(f"{cls.__name__}: nobody asks these; say by `scope` what a client needs to be let in")
        [authentication] = cls.authentication_classes or ()
        cls.authenticator = authentication()

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return request

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        exchange: Exchange = request.exchange
        caller, _token = self.authenticator.authenticate(request)  # type: ignore[misc]  # raises where nobody is known
        exchange.client, exchange.on_trial = caller.client_id, caller.on_trial
        auth.admit(caller, exchange.remote_addr)
        if self.scope and self.scope not in caller.scopes:
            raise Problem(403, errors.OUT_OF_SCOPE)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        return response

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, MethodNotAllowed):
            exc = errors.method_not_allowed(*self.allowed_methods)
        if isinstance(exc, Problem):
            return refuse(exc)
        raise exc


class LoanApprovalView(ApiView):
    http_method_names = ("get", "post")
    scope = Scope.LOAN_APPROVAL

    def post(self, request: ApiRequest) -> Answer:
        exchange = request.exchange
        check_coding(request.META)
        if exchange.length > KEPT_BYTES:
            raise Problem(413, errors.TOO_LARGE)
        message = _read(exchange)
        return respond(approve(exchange, message) if isinstance(message, LoanApproval) else poll(exchange, message))

    def get(self, request: ApiRequest) -> Answer:
        exchange = request.exchange
        exchange.kind = Kind.POLL
        return respond(poll(exchange, parse_get(request.META.get("QUERY_STRING", ""))))


class UnknownPathView(ApiView):
    """Whatever else is asked for under the API's paths."""

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> NoReturn:
        super().initial(request, *args, **kwargs)
        raise Problem(404, errors.NO_SUCH_PATH)


def check_coding(headers: Mapping[str, Any]) -> None:
    """Refuse what is announced to be compressed or not in UTF-8; any type of content is taken."""
    charset = CHARSET.search(headers.get("CONTENT_TYPE", ""))
    coding = headers.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if coding not in ("", "identity") or (charset and charset[1].lower() not in CHARSETS):
        raise Problem(415, errors.UNSUPPORTED_CODING)


def _read(exchange: Exchange) -> LoanApproval | Poll:
    try:
        return parse_post(exchange.body)
    except Problem as problem:
        exchange.search_id = UUID(problem.search_id) if problem.search_id else None
        raise


def approve(exchange: Exchange, message: LoanApproval) -> bytes:
    """The answer to a question: decided, or given before."""
    phone_hash = privacy.hash_phone(message.phone_number, settings.PHONE_KEY.secret)
    digest = digest_fields(phone_hash, message.enquiry, message.props)
    exchange.kind = Kind.APPROVAL
    exchange.asked(message.search_id.value, message.enquiry, phone_hash, privacy.mask_phone(message.phone_number))
    question = Question(exchange.caller, message.search_id, digest)
    return decide_once(Asked(exchange, question, message.enquiry, message.phone_number))


def poll(exchange: Exchange, message: Poll) -> bytes:
    """The answer of the revision asked last; decided anew if an offer in it has been paused or has ended since.

    By what was known then, unless that is what has ended: then it is looked up again.
    """
    exchange.kind = Kind.POLL
    exchange.search_id = message.search_id.value
    stored = enquiries.latest(exchange, message.search_id)
    if stored is None:
        raise Problem(404, errors.NOT_FOUND, search_id=message.search_id.spelling)
    exchange.asked(message.search_id.value, stored.enquiry, stored.phone_hash, stored.phone_mask)
    if stored.answer is None:
        return render.pending(message.search_id.spelling)
    now = exchange.received_at
    if stored.is_void(catalogue.live().content, now):
        known = None if stored.has_ended(now) else knowledge.load(stored.known)
        return decide_once(Asked(exchange, stored.question, stored.enquiry), known)
    exchange.outcome = stored.outcome
    return stored.answer
