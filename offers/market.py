"""The Bank of Russia's table from a CSV file: all of it or nothing, every error by its row."""

import csv
import io
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from offers.models import MarketValue

COLUMNS: Final = (
    "product_type", "drawing", "amount_above", "amount_to", "months_above", "months_to", "year", "quarter", "average",
    "applied", "source",
)  # fmt: skip
NEEDED: Final = frozenset({"product_type", "year", "quarter", "average"})
# What tells one row from another.
KEY: Final = COLUMNS[:8]
NUMBERS: Final = frozenset(COLUMNS[2:9])
NO: Final = frozenset({"0", "false", "no", "нет"})
YES: Final = frozenset({"", "1", "true", "yes", "да"})
MAX_BYTES: Final = 1_000_000

_FIELDS: Final = {field.name: field for field in MarketValue._meta.concrete_fields}


class BadTable(ValueError):
    """`problems` name the row, as a spreadsheet counts it, and what is wrong there."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Imported:
    added: int
    changed: int


def read(content: bytes) -> str:
    """The text of a file as Russian spreadsheets write it. BadTable for what is no text."""
    if len(content) > MAX_BYTES:
        raise BadTable([_("The file is larger than %(limit)d bytes.") % {"limit": MAX_BYTES}])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable([_("The file is not in UTF-8.")]) from None


@transaction.atomic
def load(text: str) -> Imported:
    """Add the rows, and set anew those whose category and quarter are there already. BadTable, and nothing is done."""
    added = changed = 0
    problems: list[str] = []
    for number, values in _lines(text):
        try:
            row = _row(values)
            row.full_clean()
        except ValidationError as error:
            problems += [
                _("Row %(number)d: %(problem)s") % {"number": number, "problem": said} for said in _said(error)
            ]
            continue
        added, changed = (added, changed + 1) if row.pk else (added + 1, changed)
        row.save()
    if problems:
        raise BadTable(problems)
    return Imported(added, changed)


def _lines(text: str) -> list[tuple[int, dict[str, str]]]:
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    problems = [_("Column “%(name)s” is missing.") % {"name": name} for name in sorted(NEEDED - set(names))]
    problems += [_("Column “%(name)s” is not known.") % {"name": name} for name in names if name not in COLUMNS]
    if problems:
        raise BadTable(problems)
    reader.fieldnames = names
    lines = [(number, {name: (line[name] or "").strip() for name in names}) for number, line in enumerate(reader, 2)]
    return [(number, values) for number, values in lines if any(values.values())]


def _row(values: dict[str, str]) -> MarketValue:
    cleaned = {name: _value(name, values.get(name, "")) for name in COLUMNS}
    key = {name: cleaned[name] for name in KEY}
    row = MarketValue.objects.filter(**key).first() or MarketValue(**key)
    for name in ("average", "applied", "source"):
        setattr(row, name, cleaned[name])
    return row


def _value(name: str, text: str) -> Any:
    if name == "applied":
        if text.lower() not in YES | NO:
            raise ValidationError({name: _("Write yes or no: %(text)s.") % {"text": text}})
        return text.lower() in YES
    if name not in NUMBERS:
        return text
    if not text and name not in NEEDED:
        return None
    number = "".join(text.split()).replace(",", ".")
    try:
        return _FIELDS[name].to_python(number)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None


def _said(error: ValidationError) -> list[str]:
    return [f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items()]
