"""Offers changed many at a time: each held against the rules and saved on its own, all of them or none."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from offers import catalogue, checks, editing, findings
from offers.domain import offer_cost
from offers.domain.addresses import LinkPolicy
from offers.domain.catalogue import Product
from offers.domain.findings import Severity
from offers.domain.full_cost import NoFullCostError
from offers.domain.stated_cost import NO_FULL_COST
from offers.models import Offer
from offers.transfer import columns

FULL_COST: Final = ("total_cost_min", "total_cost_max")
# What an offer can't be without, whose column the database would miss in words of its own.
NEEDED: Final = {
    Product.LOAN.value: ("term_min", "term_max"),
    Product.CREDIT_CARD.value: ("grace_period", "minimum_payment"),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in one field of an offer, or with it as a whole where `column` is empty."""

    place: str
    column: str
    text: str

    def __str__(self) -> str:
        told = {"place": self.place, "column": self.column, "text": self.text}
        return (_("%(place)s, “%(column)s”: %(text)s") if self.column else _("%(place)s: %(text)s")) % told


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
    """One offer that is added or changed."""

    place: str
    code: str
    name: str
    added: bool
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class Report:
    """What becomes of the catalogue, or why nothing does."""

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
        """Another as soon as it would do anything else than what was seen."""
        return hashlib.sha256(repr(self.changes).encode()).hexdigest()


class Mistaken(Exception):
    """Nothing was changed; the report names every mistake."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report


class Overtaken(Exception):
    """It would do something else now than what was seen: the catalogue has changed since."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report


@dataclass(frozen=True, slots=True)
class Terms:
    """On whose behalf, when, and where the bank lets links lead."""

    author: str
    now: datetime
    policy: LinkPolicy


def apply(place: str, row: Offer, before: Offer | None, terms: Terms, report: Report) -> None:
    """Save a row as it now is, and report how it differs. Raises ValidationError; then it is for nobody to keep."""
    if before and not _differing(before, row):
        report.unchanged += 1
        return
    row.clean_fields(exclude=[name for name in FULL_COST if getattr(row, name) is None])
    _hold_needed(row)
    _hold_links(row, terms.policy)
    try:
        _save(row, before, terms)
        _hold_stated(row, terms.now)
    except NoFullCostError:
        raise ValidationError(findings.sentence(NO_FULL_COST)) from None
    report.changes.append(Change(place, row.code, row.name, before is None, tuple(_cells(before, row))))


def _differing(before: Offer, row: Offer) -> list[str]:
    return [name for name in columns.fields() if getattr(before, name) != getattr(row, name)]


def _hold_needed(row: Offer) -> None:
    missing = [name for name in NEEDED[row.product_type] if getattr(row, name) is None]
    if missing:
        raise ValidationError(dict.fromkeys(missing, _("This must not be empty.")))


def _hold_links(row: Offer, policy: LinkPolicy) -> None:
    if found := checks.of_links(row, policy):
        raise ValidationError({name: [findings.sentence(each) for each in broken] for name, broken in found.items()})


def _save(row: Offer, before: Offer | None, terms: Terms) -> None:
    """The database holds the rules, and in one statement; only where it refuses are they asked one by one for words."""
    try:
        if before and not {*FULL_COST} & {*_differing(before, row)} and checks.follows(before, terms.now):
            for name in FULL_COST:
                setattr(row, name, None)
        with transaction.atomic():
            checks.fill(row, terms.now)
            editing.write(row, before, author=terms.author)
    except (IntegrityError, ValueError):
        row.full_clean()
        raise


def _hold_stated(row: Offer, now: datetime) -> None:
    """What was typed as full cost, held against what the loans cost: as the form does."""
    wrong: dict[str, Any] = {}
    for finding in offer_cost.check_stated(catalogue.offer(row), now):
        if finding.severity is Severity.ERROR:
            wrong.setdefault(findings.FIELDS.get(finding.rule, NON_FIELD_ERRORS), []).append(findings.sentence(finding))
    if wrong:
        raise ValidationError(wrong)


def _cells(before: Offer | None, row: Offer) -> Iterator[Cell]:
    for name in columns.fields():
        old, new = columns.shown(name, before) if before else "", columns.shown(name, row)
        if old != new:
            yield Cell(name, old, new)


def mistakes(place: str, error: ValidationError) -> Iterator[Mistake]:
    """One for each sentence, beside its column."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for name, sentences in by_field.items():
        head = columns.label(name) if name in columns.fields() else ""
        for sentence in sentences:
            yield Mistake(place, head, str(sentence))
