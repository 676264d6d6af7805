"""What the bank's system calls to bring lists of people, described as OpenAPI."""

from typing import Any, Final

from integrations.lists import wire
from integrations.lists.lines import Column
from integrations.lists.models import ListVersion, PersonList
from integrations.yandex.exit import LISTS_PATH
from offers.domain.catalogue import Product
from offers.domain.known import Approval
from offers.models import AMOUNT_MAX, PERCENT_MAX

Schema = dict[str, Any]
JSON: Final = "application/json"
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
COUNT_OR_NULL: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}
TEXT: Final[Schema] = {"type": "string"}


def _object(members: Schema, **more: Any) -> Schema:
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False, **more}


PERSON: Final[Schema] = {
    "type": "object",
    "description": "Человек и то, что ему готово. В стоп-листе только phone_number, product_type и valid_until",
    "properties": {
        Column.PHONE: {"type": "string", "description": "10 цифр, с +7 или 8 или без них"},
        Column.PRODUCT: {"enum": [*map(str, Product), None], "description": "Не нужен, если назван offer"},
        Column.OFFER: {"type": ["string", "null"], "description": "Код предложения; без него — любое этого продукта"},
        Column.LIMIT: {
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
            "maximum": AMOUNT_MAX,
            "multipleOf": 0.01,
            "description": "Не больше стольких рублей",
        },
        Column.RATE: {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": PERCENT_MAX,
            "multipleOf": 0.001,
            "description": "Ставка, % годовых, вместо ставки предложения",
        },
        Column.APPROVAL: {"enum": [*map(str, Approval), None], "description": "Без него pre_approved"},
        Column.VALID_UNTIL: {"type": ["string", "null"], "format": "date", "description": "Последний день"},
    },
    "required": [Column.PHONE],
    "additionalProperties": False,
}
PEOPLE: Final = _object({"people": {"type": "array", "minItems": 1, "maxItems": wire.PEOPLE_MAX, "items": PERSON}})
NOTE: Final[Schema] = {"type": "object", "properties": {"note": {"type": "string"}}}
VERSION: Final = _object(
    {
        "version": {"type": "integer", "minimum": 1},
        "state": {"enum": list(ListVersion.State.values)},
        "lines": COUNT,
        "repeated": {**COUNT, "description": "Строки, которые повторяли другие и не приняты"},
        "mistakes": {"type": "array", "items": _object({"line": COUNT, "message": TEXT})},
        "mistakes_total": COUNT,
        "compared_with": {**COUNT_OR_NULL, "description": "С какой версией сравнена"},
        "added": COUNT_OR_NULL,
        "changed": COUNT_OR_NULL,
        "removed": COUNT_OR_NULL,
    }
)
LIST: Final = _object(
    {
        "code": TEXT,
        "name": TEXT,
        "purpose": {"enum": list(PersonList.Purpose.values)},
        "live": {**COUNT_OR_NULL, "description": "Версия, по которой сейчас отвечает сервис"},
        "previous": {**COUNT_OR_NULL, "description": "Версия, которая действовала до неё"},
        "versions": {"type": "array", "items": VERSION, "description": "Новейшие впереди"},
    }
)
REFUSAL: Final[Schema] = {
    "type": "object",
    "properties": {
        "search_id": {"type": "null"},
        "message": {"type": "string", "description": "Что не так, по-русски"},
        "properties": {"type": "array", "items": TEXT},
        "mistakes": {
            "type": "array",
            "description": "Ошибки в части: какой человек в ней, какое поле, что не так",
            "items": _object({"place": COUNT, "property": {"type": ["string", "null"]}, "message": TEXT}),
        },
    },
    "required": ["search_id", "message"],
}
REFUSALS: Final = {
    400: "Ошибки в теле: ничего не принято",
    403: "Доступ запрещён",
    404: "Нет такого списка или такой версии",
    405: "Метод не поддерживается",
    409: "Сейчас этого сделать нельзя: message говорит почему",
    413: "Тело запроса больше 512 КБ",
    415: "Тело запроса сжато или не в UTF-8",
    429: "Слишком много запросов",
    503: "Сервис временно недоступен",
}
CODE: Final[Schema] = {
    "name": "code",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"},
}
NUMBER: Final[Schema] = {
    "name": "version",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
PART: Final[Schema] = {
    "name": "part",
    "in": "path",
    "required": True,
    "description": "Номер части, с 1. Повторенная часть принимается один раз",
    "schema": {"type": "integer", "minimum": 1, "maximum": 99_999},
}


def _call(operation: str, summary: str, answer: Schema, *parameters: Schema, body: Schema | None = None) -> Schema:
    responses = {"200": {"description": summary, "content": {JSON: {"schema": answer}}}} | {
        str(status): {"description": told, "content": {JSON: {"schema": REFUSAL}}} for status, told in REFUSALS.items()
    }
    sent = {"requestBody": {"required": body is PEOPLE, "content": {JSON: {"schema": body}}}} if body else {}
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["lists"],
        "security": [{"bearer": []}, {"basic": []}],
        "parameters": [CODE, *parameters],
        "responses": responses,
        **sent,
    }


_OF_LIST: Final = f"{LISTS_PATH}/{{code}}"
_OF_VERSION: Final = f"{_OF_LIST}/versions/{{version}}"
PATHS: Final[Schema] = {
    _OF_LIST: {"get": _call("show_list", "Список и его версии", LIST)},
    f"{_OF_LIST}/versions": {"post": _call("begin_version", "Новая версия, пока без людей", VERSION, body=NOTE)},
    _OF_VERSION: {"get": _call("show_version", "Версия: сколько людей, что изменится, что не так", VERSION, NUMBER)},
    f"{_OF_VERSION}/parts/{{part}}": {
        "post": _call("add_part", "Добавить людей; вызов не хранится", VERSION, NUMBER, PART, body=PEOPLE)
    },
    f"{_OF_VERSION}/check": {"post": _call("check_version", "Все части переданы: проверить", VERSION, NUMBER)},
    f"{_OF_VERSION}/switch": {"post": _call("switch_version", "Сделать версию действующей", LIST, NUMBER)},
    f"{_OF_VERSION}/take_back": {
        "post": _call("take_back_version", "Вернуть то, что действовало до этой версии", LIST, NUMBER)
    },
}
