"""What Yandex calls, described as OpenAPI: the tables of docs/protocol, with the rules from where they are kept."""

from typing import Any, Final

from integrations.yandex import parse
from integrations.yandex.render import HAS_APPROVE, REJECTED
from offers.domain.catalogue import Product
from offers.domain.known import Approval

Schema = dict[str, Any]
PATH: Final = "/integrations/api/banking/loan_approval"
JSON: Final = "application/json"


def _object(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """Nothing else may stand in it: it is what we say, not what we are told."""
    members = required | (optional or {})
    return {"type": "object", "properties": members, "required": list(required), "additionalProperties": False, **more}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


TEXT: Final[Schema] = {"type": "string", "minLength": 1}
TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}
SEARCH_ID: Final[Schema] = {
    "type": "string",
    "pattern": _whole(parse.UUID_FORM.pattern),
    "description": "UUID запроса; по нему ответ можно получить ещё раз",
    "example": "e2b4948b-7d8a-4eec-875c-b1c11d7d8372",
}

# The request. Further fields are ignored, so nothing forbids them.
PHONE_NUMBER: Final[Schema] = {
    "type": "string",
    "pattern": _whole(parse.PHONE_NUMBER.pattern),
    "description": "10 цифр без +7 и 8",
}
AMOUNT: Final[Schema] = {
    "type": ["number", "null"],
    "exclusiveMinimum": 0,
    "maximum": int(parse.AMOUNT_MAX),
    "multipleOf": 0.01,
    "description": "Сумма в рублях; для карты — желаемый лимит",
}
TERM: Final[Schema] = {
    "anyOf": [
        {"type": ["integer", "null"], "minimum": 1, "maximum": parse.TERM_MAX},
        {"type": "string", "pattern": _whole("[1-9][0-9]?|[1-5][0-9][0-9]|600")},
    ],
    "description": "Срок в месяцах",
}
PROPS: Final = _or_null(TEXTS)


def _question(product: Product, title: str, term: Schema) -> Schema:
    return {
        "title": title,
        "type": "object",
        "properties": {
            "phone_number": PHONE_NUMBER,
            "amount": AMOUNT,
            "term": term,
            "product_type": {"const": str(product)},
            "search_id": SEARCH_ID,
            "props": PROPS,
        },
        "required": ["phone_number", "product_type", "search_id"],
    }


LOAN: Final = _question(Product.LOAN, "Кредит", TERM)
CARD: Final = _question(Product.CREDIT_CARD, "Кредитная карта", {"description": "Не читается"})
POLL: Final[Schema] = {
    "title": "Повтор",
    "description": "Ответ на вопрос, заданный раньше",
    "type": "object",
    "properties": {"search_id": SEARCH_ID} | {name: {"type": "null"} for name in sorted(parse.OPTIONAL)},
    "required": ["search_id"],
    "not": {"anyOf": [{"required": ["phone_number"]}, {"required": ["product_type"]}]},
}

# The answer.
NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
BOUNDS: Final = _object({"min": NUMBER, "max": NUMBER})
LISTS: Final[Schema] = {
    name: _or_null(TEXTS) for name in ("special_conditions", "required_documents", "choosable_documents")
}


def _offer(product: Product, own: Schema) -> Schema:
    shared: Schema = {
        "product_type": {"const": str(product)},
        "decision": {"enum": [str(each) for each in Approval]},
        "amount": BOUNDS,
        "rate": BOUNDS,
        "total_cost": BOUNDS,
        "propousal_link": _object({}, {"link": TEXT, "deep": TEXT}, minProperties=1),
    }
    return _object(shared | own, LISTS)


OFFER: Final[Schema] = {
    "oneOf": [
        _offer(Product.LOAN, {"term": BOUNDS, "payment": BOUNDS}),
        _offer(Product.CREDIT_CARD, {"grace_period": NUMBER, "payment": _object({"cc_rate": NUMBER})}),
    ]
}


def _done(decision: str, data: Schema) -> Schema:
    return _object(
        {
            "search_id": SEARCH_ID,
            "status": {"const": "done"},
            "name": TEXT,
            "decision": {"const": decision},
            "data": data,
        }
    )


ANSWER: Final[Schema] = {
    "oneOf": [
        _done(HAS_APPROVE, {"type": "array", "minItems": 1, "items": OFFER}),
        _done(REJECTED, {"type": "null"}),
        _object({"search_id": SEARCH_ID, "status": {"const": "pending"}}),
    ]
}
REFUSAL: Final = _object({"search_id": {"type": ["string", "null"]}, "message": TEXT}, {"properties": TEXTS})

REFUSALS: Final = {
    400: "Неверные поля: все названы в properties",
    403: "Доступ запрещён",
    404: "Заявок с таким search_id не найдено",
    405: "Метод не поддерживается",
    413: "Тело запроса больше 64 КБ",
    415: "Тело запроса сжато или не в UTF-8",
    429: "Слишком много запросов",
    503: "Сервис временно недоступен",
}
HEADERS: Final = {405: "Allow", 429: "Retry-After", 503: "Retry-After"}


def _response(told: str, schema: Schema, header: str | None = None) -> Schema:
    headers = {"headers": {header: {"required": True, "schema": TEXT}}} if header else {}
    return {"description": told, "content": {JSON: {"schema": schema}}, **headers}


RESPONSES: Final[Schema] = {"200": _response("Ответ банка", ANSWER)} | {
    str(status): _response(told, REFUSAL, HEADERS.get(status)) for status, told in REFUSALS.items()
}
SHARED: Final[Schema] = {
    "tags": ["loan_approval"],
    "security": [{"bearer": []}, {"basic": []}],
    "responses": RESPONSES,
}
PATHS: Final[Schema] = {
    PATH: {
        "post": {
            "operationId": "ask",
            "summary": "Предложения банка",
            "description": "То же по адресам /integrations/v1/api/loan_approval и /api/banking/loan_approval.",
            "requestBody": {"required": True, "content": {JSON: {"schema": {"oneOf": [LOAN, CARD, POLL]}}}},
            **SHARED,
        },
        "get": {
            "operationId": "poll",
            "summary": "Ответ на вопрос, заданный раньше",
            "parameters": [{"name": "search_id", "in": "query", "required": True, "schema": SEARCH_ID}],
            **SHARED,
        },
    }
}
