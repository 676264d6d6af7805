"""A table of offers taken into the catalogue: tried first, then all of it or nothing.

Rows are known by the code. A column that the table lacks stays as it is; so does an offer that it does not name. Each
offer that changes is saved on its own, so that whatever follows its history sees it.
"""

import hashlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from offers import catalogue, checks, findings
from offers.domain import offer_cost
from offers.domain.catalogue import Product
from offers.domain.findings import Severity
from offers.models import Offer
from offers.transfer import columns, files
from offers.transfer.columns import KEY
from offers.transfer.files import ABSENT, BadFile, Table

FULL_COST: Final = ("total_cost_min", "total_cost_max")
# What an offer can't be without, whose column the database would miss in words of its own.
NEEDED: Final = {
    Product.LOAN.value: ("term_min", "term_max"),
    Product.CREDIT_CARD.value: ("grace_period", "minimum_payment"),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in one cell, or in a row as a whole where `column` is empty."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        told = {"row": self.row, "column": self.column, "text": self.text}
        return (_("Row %(row)d, “%(column)s”: %(text)s") if self.column else _("Row %(row)d: %(text)s")) % told


@dataclass(frozen=True, slots=True)
class Cell:
    """One field before and after."""

    name: str
    before: str
    after: str

    @property
    def label(self) -> str:
        return columns.label(self.name)


@dataclass(frozen=True, slots=True)
class Change:
    """One offer that the table adds or changes."""

    row: int
    code: str
    name: str
    added: bool
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class Report:
    """What a table does to the catalogue, or why it does nothing."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def added(self) -> int:
        return sum(change.added for change in self.changes)

    @property
    def changed(self) -> int:
        return len(self.changes) - self.added

    @property
    def fingerprint(self) -> str:
        """Another as soon as the table would do anything else than what was seen."""
        return hashlib.sha256(repr(self.changes).encode()).hexdigest()


class Mistaken(Exception):
    """Nothing was taken in; the report names every mistake."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report


class Overtaken(Exception):
    """The table would do something else now than what was seen: the catalogue has changed since."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report


def try_out(content: bytes, form: str, now: datetime | None = None) -> Report:
    """What would become of it; nothing is kept. Raises BadFile."""
    with transaction.atomic():
        report = _take(files.read(content, form), now or timezone.now())
        transaction.set_rollback(True)
    return report


@transaction.atomic
def take(content: bytes, form: str, *, seen: str | None = None, now: datetime | None = None) -> Report:
    """Take it in. `seen`: the fingerprint of what the person was shown. Raises BadFile, Mistaken and Overtaken."""
    report = _take(files.read(content, form), now or timezone.now())
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


def _take(table: Table, now: datetime) -> Report:
    report = Report()
    names = _names(table, report)
    if report.mistakes:
        return report
    rows = {row.code: row for row in Offer.objects.select_for_update().order_by("code")}
    first: dict[str, int] = {}
    for line in _lines(table, names):
        try:
            code = _code(line, first)
            _take_line(line, rows.get(code) or Offer(), report, now)
        except ValidationError as error:
            report.mistakes += _mistakes(line.number, error)
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
            report.mistakes.append(Mistake(1, str(head), _("No column of the catalogue is called so.")))
        elif name and names.count(name) > 1:
            report.mistakes.append(Mistake(1, str(head), _("This column stands there more than once.")))
    if KEY not in names:
        report.mistakes.append(Mistake(1, columns.label(KEY), _("This column is missing: it says which offer it is.")))
    return names


def _lines(table: Table, names: list[str | None]) -> Iterator[_Line]:
    for number, row in table.rows:
        cells = {name: cell for name, cell in zip(names, row, strict=False) if name and cell is not ABSENT}
        yield _Line(number, cells)


def _take_line(line: _Line, row: Offer, report: Report, now: datetime) -> None:
    """Read, hold against the rules, save. Raises ValidationError, and the catalogue is as it was."""
    before = copy(row) if row.pk else None
    if row.archived:
        raise ValidationError({KEY: _("This offer is in the archive. Take it out of there first.")})
    _fill(row, line)
    if before and before.product_type != row.product_type:
        raise ValidationError({"product_type": _("An offer stays of the product that it is of.")})
    if before and not _differing(before, row):
        report.unchanged += 1
        return
    row.clean_fields(exclude=[name for name in FULL_COST if getattr(row, name) is None])
    _hold_needed(row)
    _save(row, before, now)
    _hold_stated(row, now)
    cells = tuple(_cells(before, row))
    report.changes.append(Change(line.number, row.code, row.name, before is None, cells))


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


def _differing(before: Offer, row: Offer) -> list[str]:
    return [name for name in columns.fields() if getattr(before, name) != getattr(row, name)]


def _hold_needed(row: Offer) -> None:
    missing = [name for name in NEEDED[row.product_type] if getattr(row, name) is None]
    if missing:
        raise ValidationError(dict.fromkeys(missing, _("This must not be empty.")))


def _save(row: Offer, before: Offer | None, now: datetime) -> None:
    """The database holds the rules, and in one statement; only where it refuses are they asked one by one for words."""
    try:
        if before and not {*FULL_COST} & {*_differing(before, row)} and checks.follows(before, now):
            for name in FULL_COST:
                setattr(row, name, None)
        with transaction.atomic():
            checks.fill(row, now)
            row.save()
    except (IntegrityError, ValueError):
        row.full_clean()
        raise


def _hold_stated(row: Offer, now: datetime) -> None:
    """What was typed as full cost, held against what the loans cost: as the form does."""
    wrong: dict[str, Any] = {}
    for finding in offer_cost.check_stated(catalogue.offer(row), now):
        if finding.severity is Severity.ERROR:
            wrong.setdefault(findings.FIELDS[finding.rule], []).append(findings.sentence(finding))
    if wrong:
        raise ValidationError(wrong)


def _cells(before: Offer | None, row: Offer) -> Iterator[Cell]:
    for name in columns.fields():
        old, new = columns.shown(name, before) if before else "", columns.shown(name, row)
        if old != new:
            yield Cell(name, old, new)


def _mistakes(number: int, error: ValidationError) -> Iterator[Mistake]:
    """One for each sentence, beside its column."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for name, sentences in by_field.items():
        head = columns.label(name) if name in columns.fields() else ""
        for sentence in sentences:
            yield Mistake(number, head, str(sentence))


__all__ = ["BadFile", "Mistaken", "Overtaken", "Report", "take", "try_out"]
