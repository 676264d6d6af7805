"""The only writer of offers: whatever changes one is kept in the history beside the change.

Two people's edits are told apart by the moment of the last change: who saves what was changed meanwhile is told of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils import timezone

from offers import releases
from offers.domain.snapshot import to_plain
from offers.models import Edit, Offer

# What says which row it is and when it was touched, not on which terms.
NOT_TERMS: Final = frozenset({"id", "changed_at"})
Row = TypeVar("Row", bound=Offer)


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else has made of an offer since it was read."""

    author: str
    at: datetime
    before: Mapping[str, Any]  # by field, as the history keeps it
    now: Offer

    @property
    def changed(self) -> tuple[str, ...]:
        after = values(self.now)
        return tuple(name for name in after if after[name] != self.before.get(name))


class Superseded(Exception):
    """The row was changed after it was read and before it was saved."""


def values(row: Offer) -> dict[str, Any]:
    """Every field that people set, as the history keeps it."""
    fields = (field for field in Offer._meta.concrete_fields if field.attname not in NOT_TERMS)
    return {field.attname: to_plain(_tuples(getattr(row, field.attname))) for field in fields}


@transaction.atomic
def save(row: Row, *, author: str) -> Row:
    """Write an offer and what was changed of it. Saved as it was, it leaves no trace. Raises Superseded."""
    before = Offer.objects.select_for_update().filter(pk=row.pk).first() if row.pk else None
    if before is not None and before.changed_at != row.changed_at:
        raise Superseded
    return write(row, before, author=author)


def write(row: Row, before: Offer | None, *, author: str) -> Row:
    """As `save`, where the caller has locked the row and knows how it was."""
    was, now = None if before is None else values(before), values(row)
    if was != now:
        row.save()
        kind = Edit.Kind.CHANGED if was else Edit.Kind.ADDED
        _keep(row, kind, author, row.changed_at, before=was, after=now)
    return row


@transaction.atomic
def discard(row: Offer, *, author: str) -> bool:
    """Delete an offer that was never published; archive any other, since past answers name it. Whether it is archived.

    An archived offer stays live until that, too, is published.
    """
    releases.lock()
    row = Offer.objects.select_for_update().get(pk=row.pk)
    if releases.ever_published(row.code):
        row.archived = True
        save(row, author=author)
        return True
    _keep(row, Edit.Kind.DELETED, author, timezone.now(), before=values(row))
    row.delete()
    return False


def meanwhile(pk: int, seen: datetime) -> Meanwhile | None:
    """What was changed of an offer since that moment. Nothing is locked: whoever saves is held against it once more."""
    now = Offer.objects.filter(pk=pk).first()
    if now is None or now.changed_at == seen:
        return None
    edits = list(Edit.objects.filter(code=now.code, at__gt=seen).order_by("id"))
    if not edits:  # written past this module: then nobody knows how it was
        return Meanwhile("", now.changed_at, {}, now)
    return Meanwhile(edits[-1].author, edits[-1].at, edits[0].before or {}, now)


def _keep(row: Offer, kind: str, author: str, at: datetime, **ends: dict[str, Any] | None) -> None:
    Edit.objects.create(at=at, author=author, code=row.code, name=row.name, kind=kind, **ends)


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
