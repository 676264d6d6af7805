"""Which proposal an application came of: by the reference in the link, or by `search_id` and offer.

The journal knows. What it does not know yet, since an entry waits in a spool, is looked for again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction

from integrations import ids, references
from integrations.applications import rows
from integrations.applications.models import Application
from integrations.models import DecisionCode, JournalEntry
from integrations.references import NotOurs, Reference
from offers import catalogue
from offers.domain.decide import OFFERED
from offers.models import Release

MILLISECOND: Final = timedelta(milliseconds=1)
AT_ONCE: Final = 500
# An entry that was spooled is in the journal by then.
SOUGHT_FOR: Final = timedelta(days=30)
# What an application remembers of its proposal.
PROPOSAL: Final = ("enquiry", "search_id", "offer", "release", "product_type", "asked_amount", "asked_at", "asked_by")
READ = ("id", "client", "search_id", "release", "product_type", "amount", "reasons", "decided_at")


class Named(Protocol):
    """What names a proposal: news, or an application."""

    @property
    def ref(self) -> str | None: ...
    @property
    def search_id(self) -> UUID | None: ...
    @property
    def offer(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """One offer made to one enquiry, as an application remembers it."""

    enquiry: UUID
    search_id: UUID | None
    offer: str
    release: int
    product_type: str | None
    asked_amount: Decimal | None
    asked_at: datetime
    asked_by: str | None  # the client


def names_any(named: Named) -> bool:
    """Whether it names a proposal at all."""
    return bool(named.ref or (named.search_id and named.offer))


def key(named: Named) -> tuple[Any, ...]:
    """The same for what names the same proposal."""
    return (named.ref,) if named.ref else (named.search_id, named.offer)


def proposals(wanted: Iterable[Named]) -> dict[tuple[Any, ...], Proposal]:
    """Those that are found, by `key`."""
    names = list(wanted)
    pairs = {(named.search_id, named.offer) for named in names if not named.ref and named.search_id and named.offer}
    by_ref = {(text,): found for text, found in _by_reference({named.ref for named in names if named.ref})}
    return {**by_ref, **dict(_by_search_id(pairs))}


def attach(row: Application, found: Proposal) -> None:
    row.enquiry, row.search_id, row.offer, row.release = found.enquiry, found.search_id, found.offer, found.release
    row.product_type, row.asked_amount, row.asked_at = found.product_type, found.asked_amount, found.asked_at
    row.asked_by = found.asked_by


def match_again(now: datetime) -> int:
    """Look once more for what was not found of late; how many were. For a job that runs now and then."""
    matched, after = 0, UUID(int=0)
    unmatched = Application.objects.filter(enquiry=None, made_at__gt=now - SOUGHT_FOR).order_by("id")
    while True:
        with transaction.atomic():
            some = list(unmatched.filter(id__gt=after).select_for_update(skip_locked=True)[:AT_ONCE])
            if not some:
                return matched
            found = proposals(some)
            fitting = [row for row in some if key(row) in found]
            for row in fitting:
                attach(row, found[key(row)])
            rows.update(fitting, PROPOSAL)
        matched, after = matched + len(fitting), some[-1].id


def _references(texts: Iterable[str]) -> Iterator[tuple[str, Reference]]:
    for text in texts:
        try:
            yield text, references.read(settings.REF_KEY.secret, text)
        except NotOurs:
            continue


def _by_reference(texts: Iterable[str]) -> Iterator[tuple[str, Proposal]]:
    wanted = dict(_references(texts))
    if not wanted:
        return
    asked = [ids.made_at(reference.enquiry) for reference in wanted.values()]
    found = JournalEntry.objects.filter(
        id__in={reference.enquiry for reference in wanted.values()},
        received_at__gte=min(asked),
        received_at__lte=max(asked) + 2 * MILLISECOND,
    )
    entries = {entry.id: entry for entry in found.only(*READ)}
    for text, reference in wanted.items():
        entry = entries.get(reference.enquiry)
        offer = _code(reference)
        if entry is not None and offer is not None:
            yield text, _proposal(entry, offer, reference.release)


def _by_search_id(pairs: Iterable[tuple[UUID | None, str | None]]) -> Iterator[tuple[tuple[Any, ...], Proposal]]:
    """The answer given last in which that offer was shown."""
    wanted = set(pairs)
    found = JournalEntry.objects.filter(
        search_id__in={search_id for search_id, _offer in wanted},
        decision=DecisionCode.HAS_APPROVE,
        repeated=False,
    )
    for entry in found.only(*READ).order_by("received_at", "id") if wanted else ():
        for offer in _shown(entry):
            if (entry.search_id, offer) in wanted:
                yield (entry.search_id, offer), _proposal(entry, offer, entry.release or 0)


def _shown(entry: JournalEntry) -> Iterator[str]:
    try:
        content = catalogue.release(entry.release or 0).content
    except Release.DoesNotExist:
        return
    for offer, reason in zip(content, entry.reasons or (), strict=False):
        if reason in OFFERED:
            yield offer.code


def _code(reference: Reference) -> str | None:
    try:
        return catalogue.release(reference.release).content.offers[reference.place].code
    except (Release.DoesNotExist, IndexError):
        return None


def _proposal(entry: JournalEntry, offer: str, release: int) -> Proposal:
    asked_at = entry.decided_at or ids.made_at(entry.id)
    return Proposal(entry.id, entry.search_id, offer, release, entry.product_type, entry.amount, asked_at, entry.client)
