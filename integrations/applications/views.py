"""The views that the bank's own systems call, and the description of them."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from integrations import database, journal
from integrations.applications import intake, news
from integrations.applications.intake import Result
from integrations.models import Kind, Scope
from integrations.yandex import render
from integrations.yandex.answers import Answer, respond
from integrations.yandex.errors import Problem
from integrations.yandex.exit import NEWS_BYTES, ApiRequest
from integrations.yandex.views import ApiView, check_coding

TOO_LARGE = f"Тело запроса больше {NEWS_BYTES // 1024} КБ"


class ApplicationsView(ApiView):
    """News of applications: one to a thousand in a call."""

    http_method_names = ("post",)
    scope = Scope.APPLICATIONS

    def post(self, request: ApiRequest) -> Answer:
        exchange = request.exchange
        check_coding(request.META)
        if exchange.length > NEWS_BYTES:
            raise Problem(413, TOO_LARGE)
        exchange.kind = Kind.INTAKE
        items = news.read_body(exchange.body, datetime.now(UTC))
        database.find_alive()
        with transaction.atomic():
            results = intake.take(exchange.caller, items, exchange.id, exchange.received_at)
            answer = render.encode({"results": [_result(result) for result in results]}).encode()
            journal.append(exchange, 200, answer)
        return respond(answer)


def _result(result: Result) -> dict[str, Any]:
    members: dict[str, Any] = {"application_id": result.application_id, "result": result.effect or "error"}
    if result.state:
        members |= {"state": result.state, "matched": result.matched}
    if result.problem:
        members |= {"message": result.problem.message, "properties": list(result.problem.properties)}
    return members
