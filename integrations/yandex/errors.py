"""Refusals in the documented form: search_id, message, properties."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FORBIDDEN = "Доступ запрещён: укажите токен или Client ID и Client Secret этого сервиса"
OUT_OF_SCOPE = "Доступ запрещён: этому Client ID здесь обращаться нельзя"
ELSEWHERE = "Доступ запрещён: с этого адреса этому Client ID обращаться нельзя"
NOT_FOUND = "Заявок с таким search_id не найдено"
NO_SUCH_PATH = "Такого адреса в API нет"
METHOD_NOT_ALLOWED = "Этот метод здесь не поддерживается: используйте POST или GET"
TOO_LARGE = "Тело запроса больше 64 КБ"
UNSUPPORTED_CODING = "Тело запроса должно быть в UTF-8 и без сжатия"
NOT_AN_OBJECT = "Тело запроса должно быть JSON-объектом: {why}"
TOO_MANY = "Слишком много запросов, повторите через {seconds} с"
UNAVAILABLE = "Сервис временно недоступен, повторите запрос"
NOT_HTTP = "Запрос нарушает правила HTTP: {kind}"
INTERNAL = "Внутренняя ошибка сервиса, о ней уже известно"

# Seconds after which asking again makes sense, while the database or the catalogue is away.
RETRY_AFTER = 1


@dataclass(eq=False)  # not frozen: Python itself writes tracebacks into exceptions
class Problem(Exception):
    """An answer other than 200. `search_id` as it was sent, where one could be read."""

    status: int
    message: str
    properties: tuple[str, ...] = ()
    search_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def unavailable() -> Problem:
    return Problem(503, UNAVAILABLE, headers={"Retry-After": str(RETRY_AFTER)})


def too_many(seconds: int) -> Problem:
    return Problem(429, TOO_MANY.format(seconds=seconds), headers={"Retry-After": str(seconds)})


def method_not_allowed(*allowed: str) -> Problem:
    return Problem(405, METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(allowed)})


def not_http(kind: str, status: int) -> Problem:
    """`kind`: the server's own word for what is wrong, such as InvalidHeader."""
    return Problem(status, NOT_HTTP.format(kind=kind))


def bad_body(why: str) -> Problem:
    return Problem(400, NOT_AN_OBJECT.format(why=why))


def bad_fields(sentences: Mapping[str, str], search_id: str | None) -> Problem:
    """All bad fields at once: `sentences` by field, in the order of the request's table, begun with small letters."""
    message = "; ".join(sentences.values())
    return Problem(400, message[0].upper() + message[1:], tuple(sentences), search_id)
