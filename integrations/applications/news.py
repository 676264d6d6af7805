"""What the bank's systems tell of applications: bytes as news, each item read or refused on its own.

The manner of the contract: every bad field is named at once, with a sentence in Russian.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from integrations.applications.states import State
from integrations.yandex import parse, strict_json
from integrations.yandex.errors import Problem, bad_body, bad_fields
from offers.domain.snapshot import plain_decimal, to_plain

ITEMS_MAX: Final = 1_000
RATE_MAX, RATE_DECIMALS = 999, 3
EARLIEST: Final = 2000  # the year
AHEAD: Final = timedelta(minutes=5)  # so far another machine's clock may be ahead of ours

APPLICATION_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
REF: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
OFFER: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
REASON: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
CLIENT_ID: Final = re.compile(r"[0-9]{1,20}")
MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)

APPLICATIONS_WRONG = f"поле applications должно быть массивом, в котором от 1 до {ITEMS_MAX} заявок"
ITEM_WRONG = "заявка должна быть JSON-объектом"
APPLICATION_ID_WRONG = (
    "поле application_id должно содержать от 1 до 64 латинских букв, цифр и знаков . _ : / - и начинаться с буквы "
    "или цифры"
)
REF_WRONG = "поле ref должно быть строкой из ссылки, по которой пришёл клиент"
REFERENCE_MISSING = "поле ref должно быть заполнено, или вместо него поля search_id и offer"
SEARCH_ID_WRONG = parse.SEARCH_ID_WRONG
OFFER_WRONG = "поле offer должно быть кодом предложения"
STATE_WRONG = f"поле state должно быть одним из: {', '.join(State)}"
OCCURRED_AT_WRONG = (
    "поле occurred_at должно быть датой и временем со смещением от UTC, например 2026-11-24T10:00:00+03:00"
)
OCCURRED_AT_AHEAD = "поле occurred_at должно быть не позже текущего времени"
RATE_WRONG = f"поле rate должно быть числом от 0 до {RATE_MAX} и не больше чем с {RATE_DECIMALS} знаками после запятой"
REASON_WRONG = "поле reason должно быть кодом: до 40 строчных латинских букв, цифр и знаков _ . -"
METRICA_CLIENT_ID_WRONG = "поле metrica_client_id должно быть строкой, в которой от 1 до 20 цифр"


@dataclass(frozen=True, slots=True)
class News:
    """One state that one application came into, at that moment."""

    application_id: str
    state: State
    occurred_at: datetime
    ref: str | None = None
    search_id: UUID | None = None
    offer: str | None = None
    amount: Decimal | None = None
    term: int | None = None
    rate: Decimal | None = None
    reason: str | None = None
    metrica_client_id: str | None = None

    @property
    def digest(self) -> bytes:
        """The same for the same news."""
        plain = {field.name: to_plain(getattr(self, field.name)) for field in fields(self)}
        return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).digest()


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that can't be read, and why: a sentence for each bad field."""

    application_id: str | None
    sentences: Mapping[str, str]

    @property
    def problem(self) -> Problem:
        return bad_fields(self.sentences, None)


def read_body(body: bytes, now: datetime) -> list[News | Refused]:
    """The items of a call, in their order; raises Problem 400 where there are none to be found."""
    try:
        members = strict_json.loads(body)
    except strict_json.NotStrict as error:
        raise bad_body(str(error)) from None
    if not isinstance(members, dict):
        raise bad_body("получено другое значение")
    items = members.get("applications")
    if not (isinstance(items, list) and 1 <= len(items) <= ITEMS_MAX):
        raise bad_fields({"applications": APPLICATIONS_WRONG}, None)
    return [read(item, now) for item in items]


def read(item: Any, now: datetime) -> News | Refused:
    """One item; unknown further members are ignored, null in an optional one is absence."""
    if not isinstance(item, dict):
        return Refused(None, {"applications": ITEM_WRONG})
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, reader in READERS.items():
        given = item.get(name)
        if given is None and name not in REQUIRED:
            continue
        try:
            values[name] = reader(given)
        except parse.FieldWrong as error:
            wrong[name] = str(error)
    if "occurred_at" in values and values["occurred_at"] > now + AHEAD:
        wrong["occurred_at"] = OCCURRED_AT_AHEAD
    return Refused(values.get("application_id"), wrong) if wrong else News(**values)


def _text(form: re.Pattern[str], sentence: str) -> Callable[[Any], str]:
    def read_text(value: Any) -> str:
        if not (isinstance(value, str) and form.fullmatch(value)):
            raise parse.FieldWrong(sentence)
        return value

    return read_text


def _search_id(value: Any) -> UUID:
    return parse.READERS["search_id"](value).value  # type: ignore[no-any-return]


def _state(value: Any) -> State:
    if value not in list(State):
        raise parse.FieldWrong(STATE_WRONG)
    return State(value)


def _occurred_at(value: Any) -> datetime:
    if not (isinstance(value, str) and MOMENT.fullmatch(value)):
        raise parse.FieldWrong(OCCURRED_AT_WRONG)
    try:
        moment = datetime.fromisoformat(value)
        if moment.year >= EARLIEST and moment.utctimetuple():
            return moment
    except (ValueError, OverflowError):
        pass
    raise parse.FieldWrong(OCCURRED_AT_WRONG)


def _rate(value: Any) -> Decimal:
    if not (isinstance(value, Decimal) and 0 <= value <= RATE_MAX and value == round(value, RATE_DECIMALS)):
        raise parse.FieldWrong(RATE_WRONG)
    return round(value, RATE_DECIMALS)


def _metrica_client_id(value: Any) -> str:
    """A number is taken as well: it is one in Metrica's own files."""
    text = plain_decimal(value) if isinstance(value, Decimal) and value.is_finite() and abs(value) < 10**20 else value
    return _text(CLIENT_ID, METRICA_CLIENT_ID_WRONG)(text)


# In the order in which they are documented, which is the order of `properties`.
READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "application_id": _text(APPLICATION_ID, APPLICATION_ID_WRONG),
    "ref": _text(REF, REF_WRONG),
    "search_id": _search_id,
    "offer": _text(OFFER, OFFER_WRONG),
    "state": _state,
    "occurred_at": _occurred_at,
    "amount": parse.READERS["amount"],
    "term": parse.READERS["term"],
    "rate": _rate,
    "reason": _text(REASON, REASON_WRONG),
    "metrica_client_id": _metrica_client_id,
}
REQUIRED: Final = frozenset({"application_id", "state", "occurred_at"})
