"""Past answers derived again: the same enquiry, release and moment must give the same bytes."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from django.conf import settings

from integrations import knowledge
from integrations.models import Enquiry as EnquiryRow
from integrations.models import JournalEntry
from integrations.questions import ANSWER_HEAD
from integrations.yandex import render
from integrations.yandex.render import Signature
from offers import catalogue, reasons, steps, wording
from offers.domain.catalogue import Offer, Product, Range, Release
from offers.domain.decide import OFFERED, Decision, Enquiry, decide
from offers.domain.known import Known
from offers.models import Release as ReleaseRow

logger = logging.getLogger(__name__)

SPELLING = slice(len(ANSWER_HEAD), len(ANSWER_HEAD) + 36)
# All that a derivation reads.
READ = (
    "id", "received_at", "kind", "search_id", "product_type", "amount", "term", "decision", "release", "reasons",
    "decided_at", "repeated", "known", "answer", "client",
)  # fmt: skip


class Underivable(LookupError):
    """The entry holds no decision, or its release is not in this database."""


@dataclass(frozen=True, slots=True)
class Line:
    """One offer of the release, and what became of it."""

    code: str
    reason: int
    sentence: str
    missed_by: str
    offer: Offer | None  # None: the release is not in this database

    @property
    def is_offered(self) -> bool:
        return self.reason in OFFERED


@dataclass(frozen=True, slots=True)
class Derived:
    """What the program decides today on what it knew then, beside what it answered."""

    entry: JournalEntry
    enquiry: Enquiry
    known: Known
    release: Release
    decision: Decision
    answer: bytes

    @property
    def same(self) -> bool:
        return self.answer == bytes(self.entry.answer)

    @property
    def steps(self) -> list[steps.Told]:
        """How it was decided whether the person is offered anything."""
        return steps.told(self.release.content.policy(self.enquiry.product), self.known)

    @property
    def lines(self) -> list[Line]:
        return _lines(self.release, self.decision.reasons, self.enquiry.amount, self.enquiry.term)


@dataclass(frozen=True, slots=True)
class Checked:
    """How many past answers were derived again, and the entries whose bytes came out different."""

    derived: int
    different: tuple[UUID, ...]


def derive(entry: JournalEntry) -> Derived:
    """Decide again, on the release of then; raises Underivable."""
    if entry.product_type is None or entry.release is None or entry.decided_at is None:
        raise Underivable("nothing was decided")
    try:
        release = catalogue.release(entry.release)
    except ReleaseRow.DoesNotExist:
        raise Underivable(f"release {entry.release} is not in this database") from None
    enquiry = Enquiry(Product(entry.product_type), entry.amount, entry.term)
    known = knowledge.load(entry.known)
    decision = decide(enquiry, release.content, entry.decided_at, known)
    signature = Signature(_deciding(entry), settings.REF_KEY.secret)
    answer = render.done(_spelling(entry), release, decision, signature)
    return Derived(entry, enquiry, known, release, decision, answer)


def explained(entry: JournalEntry) -> list[Line]:
    """What the entry itself says of each offer of its release, in the release's order."""
    numbers = entry.reasons or []
    try:
        release = catalogue.release(entry.release or 0)
    except ReleaseRow.DoesNotExist:
        # A row that stands alone, in a database that has lost the releases: what it says can still be read.
        return [Line(str(place), number, reasons.sentence(number), "", None) for place, number in enumerate(numbers, 1)]
    return _lines(release, numbers, entry.amount, entry.term)


def asked(entry: JournalEntry | EnquiryRow) -> str:
    """The enquiry as people say it; empty where none was understood."""
    told = [wording.product(Product(entry.product_type))] if entry.product_type else []
    told += [] if entry.amount is None else [wording.money(entry.amount)]
    told += [] if entry.term is None else [wording.months(Range(entry.term, entry.term))]
    return ", ".join(told)


def decided(search_id: UUID) -> list[JournalEntry]:
    """The entries of that enquiry that carry a decision, oldest first: its revisions, repeats and polls."""
    found = JournalEntry.objects.filter(search_id=search_id, decision__isnull=False)
    return list(found.only(*READ).order_by("received_at", "id"))


def check_sample(size: int, *, days: int, seed: int | None = None, now: datetime | None = None) -> Checked:
    """Derive again some answers of the last days, taken by chance; what differs is also logged, as an error."""
    now = now or datetime.now(UTC)
    entries = {entry.id: entry for entry in _sample(size, now - timedelta(days=days), now, seed)}
    different = tuple(entry.id for entry in entries.values() if not _holds(entry))
    for entry_id in different:
        logger.error("an answer is derived with different bytes: entry %s", entry_id)
    return Checked(len(entries), different)


def _lines(release: Release, numbers: Sequence[int], amount: Decimal | None, term: int | None) -> list[Line]:
    return [
        Line(offer.code, int(why), reasons.sentence(why), reasons.missed_by(why, offer, amount, term), offer)
        for offer, why in zip(release.content, numbers, strict=False)
    ]


def _sample(size: int, start: datetime, end: datetime, seed: int | None) -> Iterator[JournalEntry]:
    """By moments, so that the index finds each; a busy hour is as likely as a quiet one."""
    chance = Random(seed)  # noqa: S311  (a sample, not a secret)
    answered = JournalEntry.objects.filter(decision__isnull=False, received_at__lt=end).only(*READ)
    for _ in range(size):
        moment = start + (end - start) * chance.random()
        if (entry := answered.filter(received_at__gte=moment).order_by("received_at").first()) is not None:
            yield entry


def _holds(entry: JournalEntry) -> bool:
    try:
        return derive(entry).same
    except Underivable:
        return False


def _deciding(entry: JournalEntry) -> UUID:
    """The entry that decided: itself, or the one whose answer it repeats. Links name it."""
    if not entry.repeated:
        return entry.id
    first = JournalEntry.objects.filter(
        search_id=entry.search_id, client=entry.client, decided_at=entry.decided_at, repeated=False
    )
    asked = first.filter(product_type=entry.product_type, amount=entry.amount, term=entry.term)
    found = asked.values_list("id", flat=True).first()
    if found is None:
        raise Underivable("the entry that it repeats is not in this database")
    return found


def _spelling(entry: JournalEntry) -> str:
    """The id as it was spelt: an answer echoes it. Where the answer holds another, the difference shall show."""
    spelt = bytes(entry.answer)[SPELLING].decode(errors="replace")
    try:
        return spelt if UUID(spelt) == entry.search_id else str(entry.search_id)
    except ValueError:
        return str(entry.search_id)
