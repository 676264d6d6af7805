"""A table of offers taken into the catalogue: tried first, then all of it or nothing.

Rows are known by the code. A column that the table lacks stays as it is; so does an offer that it does not name.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from offers import checks
from offers.models import Offer
from offers.transfer import applying, columns, files
from offers.transfer.applying import Mistake, Mistaken, Overtaken, Report, Terms
from offers.transfer.columns import KEY
from offers.transfer.files import ABSENT, Table


def try_out(content: bytes, form: str) -> Report:
    """What would become of it; nothing is kept. Raises BadFile."""
    with transaction.atomic():
        report = _take(files.read(content, form), "")
        transaction.set_rollback(True)
    return report


@transaction.atomic
def take(content: bytes, form: str, *, author: str, seen: str | None = None) -> Report:
    """Take it in. `seen`: the fingerprint of what the person was shown. Raises BadFile, Mistaken and Overtaken."""
    report = _take(files.read(content, form), author)
    if report.mistakes:
        raise Mistaken(report)
    if seen is not None and report.fingerprint != seen:
        raise Overtaken(report)
    return report


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the table: its number, and the cells that it has by the names of their fields."""

    number: int
    cells: dict[str, Any]


def _take(table: Table, author: str) -> Report:
    report, terms = Report(), Terms(author, timezone.now(), checks.link_policy())
    names = _names(table, report)
    if report.mistakes:
        return report
    rows = {row.code: row for row in Offer.objects.select_for_update().order_by("code")}
    first: dict[str, int] = {}
    for line in _lines(table, names):
        try:
            code = _code(line, first)
            _take_line(line, rows.get(code) or Offer(), report, terms)
        except ValidationError as error:
            report.mistakes += applying.mistakes(_place(line.number), error)
    return report


def _code(line: _Line, first: dict[str, int]) -> str:
    """Which offer it is; raises ValidationError where the table has named it before."""
    code: str = columns.read(KEY, line.cells.get(KEY))
    if first.setdefault(code, line.number) != line.number:
        told = {"code": code, "row": first[code]}
        raise ValidationError({KEY: _("“%(code)s” stands in row %(row)d already.") % told})
    return code


def _names(table: Table, report: Report) -> list[str | None]:
    """The field of each column; heads that name none, or one twice, are mistakes of the first row."""
    names = [columns.name_of(head) if head else None for head in table.heads]
    for head, name in zip(table.heads, names, strict=True):
        if head and name is None:
            report.mistakes.append(Mistake(_place(1), str(head), _("No column of the catalogue is called so.")))
        elif name and names.count(name) > 1:
            report.mistakes.append(Mistake(_place(1), str(head), _("This column stands there more than once.")))
    if KEY not in names:
        report.mistakes.append(
            Mistake(_place(1), columns.label(KEY), _("This column is missing: it says which offer it is."))
        )
    return names


def _place(row: int) -> str:
    return _("Row %(row)d") % {"row": row}


def _lines(table: Table, names: list[str | None]) -> Iterator[_Line]:
    for number, row in table.rows:
        cells = {name: cell for name, cell in zip(names, row, strict=False) if name and cell is not ABSENT}
        yield _Line(number, cells)


def _take_line(line: _Line, row: Offer, report: Report, terms: Terms) -> None:
    """Read, hold against the rules, save. Raises ValidationError."""
    before = copy(row) if row.pk else None
    if row.archived:
        raise ValidationError({KEY: _("This offer is in the archive. Take it out of there first.")})
    _fill(row, line)
    if before and before.product_type != row.product_type:
        raise ValidationError({"product_type": _("An offer stays of the product that it is of.")})
    applying.apply(_place(line.number), row, before, terms, report)


def _fill(row: Offer, line: _Line) -> None:
    """All cells that can be read; raises ValidationError with all that can't."""
    wrong: dict[str, Any] = {}
    for name, cell in line.cells.items():
        try:
            value = columns.read(name, cell)
        except ValidationError as error:
            wrong[name] = error.messages
            continue
        if not _same(getattr(row, name), value):
            setattr(row, name, value)
    if wrong:
        raise ValidationError(wrong)


def _same(old: Any, new: Any) -> bool:
    """A file keeps moments to the second."""
    if isinstance(old, datetime) and isinstance(new, datetime):
        return old.replace(microsecond=0) == new.replace(microsecond=0)
    return bool(old == new)
