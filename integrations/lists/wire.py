"""What the bank's system tells of people, as JSON: members named like the columns of a file."""

import hmac
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from integrations.lists.lines import Column, Mistake, Wrong
from integrations.yandex import strict_json
from integrations.yandex.errors import bad_body, bad_fields
from offers.domain.snapshot import plain_decimal

PEOPLE_MAX: Final = 10_000
PEOPLE_WRONG: Final = f"поле people должно быть массивом, в котором от 1 до {PEOPLE_MAX} человек"
PERSON_WRONG: Final = "каждый человек в people должен быть JSON-объектом"
NOTE_WRONG: Final = "поле note должно быть строкой"
# In place of what can be no cell: nothing is read of it.
UNREADABLE: Final = "\0"


def members(body: bytes) -> dict[str, Any]:
    """Of a call; none at all are like an empty object. Raises Problem 400."""
    if not body:
        return {}
    try:
        found = strict_json.loads(body)
    except strict_json.NotStrict as error:
        raise bad_body(str(error)) from None
    if not isinstance(found, dict):
        raise bad_body("получено другое значение")
    return found


def note(body: bytes) -> str:
    told = members(body).get("note") or ""
    if not isinstance(told, str):
        raise bad_fields({"note": NOTE_WRONG}, None)
    return told


def people(body: bytes, columns: Sequence[Column]) -> tuple[list[list[str]], list[Mistake]]:
    """Each person's cells, and members that may not be there. Raises Problem 400."""
    told = members(body).get("people")
    if not (isinstance(told, list) and 1 <= len(told) <= PEOPLE_MAX):
        raise bad_fields({"people": PEOPLE_WRONG}, None)
    if not all(isinstance(person, dict) for person in told):
        raise bad_fields({"people": PERSON_WRONG}, None)
    known = set(columns)
    unknown = [
        Mistake(place, Wrong.UNKNOWN) for place, person in enumerate(told, start=1) if not known.issuperset(person)
    ]
    return [[_cell(person.get(column)) for column in columns] for person in told], unknown


def digest(body: bytes, key: bytes) -> bytes:
    """Keyed, as a body of few phones could be guessed."""
    return hmac.digest(key, body, "sha256")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return plain_decimal(value) if isinstance(value, Decimal) and value.is_finite() else UNREADABLE
