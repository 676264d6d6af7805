"""What Yandex would get for an enquiry: of the draft or of any release, at any moment."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from integrations.yandex import render
from offers import catalogue, reasons, releases, steps
from offers.domain.catalogue import Content, Offer, Release
from offers.domain.decide import Decision, Enquiry, Reason, decide
from offers.domain.known import NOTHING, Approval, Grant, Known, Scored, Verdict
from offers.models import Release as ReleaseRow

# An enquiry that nobody makes. The references in its links are signed with no key, so that none of them opens.
NOBODY: Final = render.Signature(UUID(int=0), bytes(32))
STOP_LIST: Final = "example"
SEARCH_ID: Final = "00000000-0000-4000-8000-000000000000"


class Person(StrEnum):
    """Of whom the preview is asked: what would be known of such a person."""

    NOBODY = "nobody"
    STOP_LISTED = "stop_listed"
    LISTED = "listed"
    APPROVED = "approved"
    REFUSED = "refused"


def known_of(person: Person, limit: Decimal | None = None, rate: Decimal | None = None) -> Known:
    """`limit` and `rate`: what a list or the scoring grants of every offer; roubles, % a year."""
    match person:
        case Person.STOP_LISTED:
            return Known(stop=STOP_LIST)
        case Person.LISTED:
            return Known(listed=(Grant(Approval.FULL_APPROVED, limit=limit, rate=rate),))
        case Person.APPROVED:
            return Known(scored=Scored(Verdict.APPROVED, grants=(Grant(Approval.PRE_APPROVED, None, limit, rate),)))
        case Person.REFUSED:
            return Known(scored=Scored(Verdict.REFUSED))
        case Person.NOBODY:
            return NOTHING


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An offer that this person would not see: why, and by how much it was missed."""

    offer: Offer
    reason: Reason
    sentence: str
    missed_by: str


@dataclass(frozen=True, slots=True)
class Preview:
    enquiry: Enquiry
    at: datetime
    release: Release
    decision: Decision
    answer: bytes
    known: Known = NOTHING

    @property
    def steps(self) -> list[steps.Told]:
        """How it was decided whether the person is offered anything."""
        return steps.told(self.release.content.policy(self.enquiry.product), self.known)

    @property
    def left_out(self) -> list[LeftOut]:
        """The other product goes without saying."""
        asked = self.enquiry.amount, self.enquiry.term
        return [
            LeftOut(offer, why, reasons.sentence(why), reasons.missed_by(why, offer, *asked))
            for offer, why in zip(self.release.content, self.decision.reasons, strict=True)
            if not why.is_offered and why is not Reason.OTHER_PRODUCT
        ]


def preview(enquiry: Enquiry, release: Release, at: datetime, known: Known = NOTHING) -> Preview:
    """Byte for byte what the service would answer, but for the references in links, which name nobody."""
    decision = decide(enquiry, release.content, at, known)
    return Preview(enquiry, at, release, decision, render.done(SEARCH_ID, release, decision, NOBODY), known)


def draft(content: Content | None = None) -> Release:
    """The working copy as the release that it would become."""
    last = ReleaseRow.objects.order_by("-number").values_list("number", flat=True).first()
    return Release((last or 0) + 1, releases.draft() if content is None else content)


def released(number: int) -> Release:
    """Raises Release.DoesNotExist of the models."""
    return catalogue.release(number)
