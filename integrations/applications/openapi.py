"""What the bank's developers call, described as OpenAPI. Rules are taken from where they are kept, not said again."""

import re
from typing import Any, Final

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema

from integrations.applications import news
from integrations.applications.states import Effect, State
from integrations.applications.views import ApplicationsView
from integrations.yandex import parse
from integrations.yandex.answers import Answer
from integrations.yandex.exit import NEWS_PATH, ApiRequest

Schema = dict[str, Any]
EXAMPLE: Final = {
    "application_id": "A-1",
    "ref": "AaIPgYNreRKFwfRsqJ513gAAAAEAAf4s_em6djWu",
    "state": "filed",
    "occurred_at": "2026-11-24T10:00:00+03:00",
    "amount": 500000,
    "term": 36,
    "rate": 24.3,
    "reason": None,
    "metrica_client_id": None,
}


def _text(form: re.Pattern[str], told: str, *, nullable: bool = True) -> Schema:
    return {
        "type": ["string", "null"] if nullable else "string",
        "pattern": f"^(?:{form.pattern})$",
        "description": told,
    }


MEMBERS: Final[Schema] = {
    "application_id": _text(news.APPLICATION_ID, "Идентификатор заявки в системе банка", nullable=False),
    "ref": _text(news.REF, "Значение параметра ref из ссылки, по которой пришёл клиент"),
    "search_id": _text(parse.UUID_FORM, "Вместо ref, вместе с offer: идентификатор запроса Яндекса"),
    "offer": _text(news.OFFER, "Вместо ref, вместе с search_id: код предложения"),
    "state": {"type": "string", "enum": list(State), "description": "Состояние, в которое перешла заявка"},
    "occurred_at": {
        "type": "string",
        "format": "date-time",
        "pattern": f"^(?:{news.MOMENT.pattern})$",
        "description": "Когда перешла: дата и время со смещением от UTC, не позже текущего времени",
    },
    "amount": {
        "type": ["number", "null"],
        "exclusiveMinimum": 0,
        "maximum": int(parse.AMOUNT_MAX),
        "multipleOf": 0.01,
        "description": "Сумма в рублях; для карты — лимит",
    },
    "term": {"type": ["integer", "null"], "minimum": 1, "maximum": parse.TERM_MAX, "description": "Срок в месяцах"},
    "rate": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": news.RATE_MAX,
        "multipleOf": 0.001,
        "description": "Ставка, % годовых",
    },
    "reason": _text(news.REASON, "Код причины отказа или отмены"),
    "metrica_client_id": _text(news.CLIENT_ID, "ClientID Яндекс Метрики, если он известен"),
}
ITEM: Final[Schema] = {
    "type": "object",
    "properties": MEMBERS,
    "required": sorted(news.REQUIRED),
    "additionalProperties": False,  # the view ignores what is more; nobody should count on that
    "example": EXAMPLE,
}
REQUEST: Final[Schema] = {
    "type": "object",
    "properties": {
        "applications": {"type": "array", "minItems": 1, "maxItems": news.ITEMS_MAX, "items": ITEM},
    },
    "required": ["applications"],
    "additionalProperties": False,
}
RESULT: Final[Schema] = {
    "type": "object",
    "properties": {
        "application_id": {"type": ["string", "null"]},
        "result": {"type": "string", "enum": [*Effect, "error"]},
        "state": {"type": "string", "enum": list(State), "description": "Состояние заявки теперь"},
        "matched": {"type": "boolean", "description": "Найдено ли предложение, по которому подана заявка"},
        "message": {"type": "string", "description": "Что не так, по-русски"},
        "properties": {"type": "array", "items": {"type": "string"}, "description": "Имена неверных полей"},
    },
    "required": ["application_id", "result"],
}
RESPONSE: Final[Schema] = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": RESULT, "description": "По одному на заявку, в их порядке"}},
    "required": ["results"],
}
REFUSAL: Final[Schema] = {
    "type": "object",
    "properties": {
        "search_id": {"type": "null"},
        "message": {"type": "string", "description": "Что не так, по-русски"},
        "properties": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["search_id", "message"],
}
JSON: Final = "application/json"
REFUSALS: Final = (400, 403, 413, 415, 503)
TOLD: Final = (
    "Сообщает новости о заявках: от одной до тысячи за раз. Ответ 200 содержит результат по каждой, в том же порядке; "
    "ошибка в одной не мешает остальным. Одну и ту же новость можно присылать повторно."
)


class Described(ApplicationsView):
    @extend_schema(
        operation_id="tell_of_applications",
        summary="Новости о заявках",
        description=TOLD,
        tags=["applications"],
        auth=["bearer", "basic"],
        request={JSON: REQUEST},
        responses={(200, JSON): RESPONSE} | {(status, JSON): REFUSAL for status in REFUSALS},
    )
    def post(self, request: ApiRequest) -> Answer:
        return super().post(request)


def described() -> Schema:
    generator: Any = SchemaGenerator  # without types
    whole: Schema = generator(patterns=[path(NEWS_PATH[1:], Described.as_view())]).get_schema(request=None, public=True)
    whole["paths"][NEWS_PATH]["post"]["requestBody"]["required"] = True
    return whole
