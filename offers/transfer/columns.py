"""The columns of the catalogue's table: how each is headed, written and read.

A column is a field of the model under its own name (`rate_min`), or under its label in either language. What it holds
is read as people write it: 24,3 as well as 24.3, "Кредит наличными" as well as loan, one item of a list a line.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from offers.domain.snapshot import plain_decimal
from offers.models import Offer

KEY: Final = "code"
LEFT_OUT: Final = frozenset({"id", "archived", "changed_at"})
LANGUAGES: Final = ("ru", "en")
# As people and spreadsheets write moments; without an offset they are of Moscow.
MOMENTS: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
NUMBER: Final = re.compile(r"[0-9]+([.,][0-9]+)?")
UNITS: Final = re.compile(r"[\s\u00a0\u2009\u202f₽%]")

Cell = str | int | Decimal | datetime | None
if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field


@cache
def fields() -> Mapping[str, Field]:
    """By name, in the order of the table: what tells the offer first."""
    found = {field.name: field for field in Offer._meta.concrete_fields if field.name not in LEFT_OUT}
    return {KEY: found.pop(KEY), **found}


def label(name: str) -> str:
    """The head of a column in the language of the moment."""
    told = str(fields()[name].verbose_name)
    return told[:1].upper() + told[1:]


@cache
def names() -> Mapping[str, str]:
    """The field's name under everything that may stand at the head of its column."""
    known = {name: name for name in fields()}
    for language in LANGUAGES:
        with translation.override(language):
            known |= {_plain(label(name)): name for name in fields()}
    return known


def name_of(head: object) -> str | None:
    return names().get(_plain(str(head or "")))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def written(name: str, row: Offer) -> Cell:
    """A field of an offer as a cell of the table."""
    field, value = fields()[name], getattr(row, name)
    if value is None:
        return None
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, ArrayField):
        return "\n".join(value)
    if isinstance(value, datetime):
        return timezone.localtime(value)
    return cast(Cell, value)


def shown(name: str, row: Offer) -> str:
    """The same as text, for people to compare."""
    value = written(name, row)
    if isinstance(value, Decimal):
        return formats.number_format(Decimal(plain_decimal(value)), force_grouping=True)
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    return "" if value is None else str(value)


def read(name: str, cell: object) -> Any:
    """The value of a field that stands in a cell; raises ValidationError. An empty cell is the field's default."""
    field = fields()[name]
    if isinstance(field, ArrayField):
        lines = cell if isinstance(cell, list) else str("" if cell is None else cell).splitlines()
        return [line for line in (str(line).strip() for line in lines) if line]
    if isinstance(cell, bool | list | dict):
        raise ValidationError(_("“%(cell)s” can't stand here.") % {"cell": cell})
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return _default(field)
    if field.choices:
        return _choice(field, str(cell).strip())
    if isinstance(field, models.DecimalField):
        return _decimal(cell)
    if isinstance(field, models.IntegerField):
        return _whole(cell)
    if isinstance(field, models.DateTimeField):
        return _moment(cell)
    return _text(cell)


def _default(field: Field) -> Any:
    if field.has_default():
        return field.get_default()
    return None if field.null or not isinstance(field, models.CharField) else ""


def _choice(field: Field, text: str) -> str:
    known = {str(value): str(value) for value, _label in field.flatchoices}
    for language in LANGUAGES:
        with translation.override(language):
            known |= {_plain(str(told)): str(value) for value, told in field.flatchoices}
    try:
        return known[_plain(text)]
    except KeyError:
        allowed = ", ".join(str(told) for _value, told in field.flatchoices)
        raise ValidationError(_("“%(cell)s” is none of: %(allowed)s.") % {"cell": text, "allowed": allowed}) from None


def _decimal(cell: object) -> Decimal:
    if isinstance(cell, int | Decimal):
        return Decimal(cell)
    # A float of a workbook is what its shortest spelling says: 24.3.
    text = UNITS.sub("", repr(cell) if isinstance(cell, float) else str(cell))
    if not NUMBER.fullmatch(text):
        raise ValidationError(_("“%(cell)s” is no number. Write it as 24,3 or 1 000 000.") % {"cell": cell})
    return Decimal(text.replace(",", "."))


def _whole(cell: object) -> int:
    number = _decimal(cell)
    if number != number.to_integral_value():
        raise ValidationError(_("“%(cell)s” is no whole number.") % {"cell": cell})
    return int(number)


def _moment(cell: object) -> datetime:
    found = cell if isinstance(cell, datetime) else _spelled_moment(str(cell).strip())
    if found is None:
        raise ValidationError(_("“%(cell)s” is no moment. Write it as 31.12.2026 18:00.") % {"cell": cell})
    return found if found.tzinfo else found.replace(tzinfo=timezone.get_current_timezone())


def _spelled_moment(text: str) -> datetime | None:
    for form in MOMENTS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  (its zone comes after)
        except ValueError:
            continue
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _text(cell: object) -> str:
    """A code such as 120 is a number to a spreadsheet."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()
