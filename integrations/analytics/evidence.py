"""All that is known of one enquiry, and of one answer, without anything that names the person."""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy

from integrations import knowledge
from integrations.analytics import costs as costing
from integrations.analytics import derive
from integrations.analytics.costs import Cost
from integrations.analytics.derive import Derived, Line, Underivable
from integrations.models import JournalEntry, Kind
from offers.domain.known import Known, Verdict
from offers.models import Release

MICROSECONDS: Final = 1_000_000  # in a second
VERDICTS: Final = {
    Verdict.APPROVED: gettext_lazy("approved"),
    Verdict.REFUSED: gettext_lazy("refused"),
    Verdict.UNAVAILABLE: gettext_lazy("no word in time"),
}
# Somebody who polls for ever shall not make the page endless.
ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of the enquiry."""

    entry: JournalEntry
    asked: str
    lines: list[Line]  # where something was decided, not given again
    derived: Derived | None
    release: Release | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(bytes(self.entry.answer)).hexdigest()

    @property
    def known(self) -> Known | None:
        """What was known of the person, where it was decided with the scoring's word, without it, or later."""
        known = knowledge.load(self.entry.known)
        is_later = self.entry.kind == Kind.DECIDED
        return known if not self.entry.repeated and (is_later or known.scored) else None

    @property
    def verdict(self) -> str:
        """The scoring's, in words; empty where it was not asked."""
        scored = self.known and self.known.scored
        return str(VERDICTS[scored.verdict]) if scored else ""

    @property
    def seconds(self) -> float:
        """From the question to the entry."""
        return self.entry.latency_us / MICROSECONDS


def conversation(search_id: UUID, *, again: bool) -> list[Step]:
    """The enquiry's revisions, repeats and polls, oldest first. `again`: each decision is derived anew."""
    found = JournalEntry.objects.filter(search_id=search_id).order_by("received_at", "id")
    entries = list(found.defer("phone_hash", "request_sealed", "salt")[:ENTRIES])
    rows = _releases(entries)
    return [step(entry, rows.get(entry.release or 0), again=again and entry.decision is not None) for entry in entries]


def one(entry_id: UUID) -> Step | None:
    """One answer, derived anew where something was decided."""
    entry = JournalEntry.objects.filter(id=entry_id).defer("phone_hash", "request_sealed", "salt").first()
    return None if entry is None else step(entry, _releases([entry]).get(entry.release or 0), again=True)


def costs(step: Step) -> list[Cost]:
    """The full costs of the offers that were shown, where they can be derived."""
    if step.derived is None or step.entry.decided_at is None:
        return []
    shown = (proposal.offer for proposal in step.derived.decision.proposals)
    return costing.worked(shown, step.entry.decided_at)


def step(entry: JournalEntry, release: Release | None, *, again: bool) -> Step:
    lines = derive.explained(entry) if entry.reasons is not None and not entry.repeated else []
    return Step(entry, derive.asked(entry), lines, _derived(entry) if again else None, release)


def _derived(entry: JournalEntry) -> Derived | None:
    try:
        return derive.derive(entry)
    except Underivable:
        return None


def _releases(entries: list[JournalEntry]) -> dict[int, Release]:
    numbers = {entry.release for entry in entries if entry.release is not None}
    return Release.objects.defer("content").in_bulk(numbers) if numbers else {}
