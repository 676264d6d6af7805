"""Four eyes: what one person asks to have published, another approves or sends back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from offers import releases
from offers.domain.differences import CEILINGS, Difference
from offers.models import PublicationRequest
from offers.releases import Published

REHEARSAL = "nobody: what is asked for is only tried"
Status = PublicationRequest.Status


class OwnRequest(releases.Refused):
    """Nobody approves what they asked for themselves."""


class Decided(releases.Refused):
    """Somebody has approved it, sent it back or taken it away already."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be published, when and why, as its author saw it."""

    seen: Mapping[str, str]
    comment: str
    reason: str = ""
    at: datetime | None = None
    choices: Mapping[str, str] = field(default_factory=dict)

    def granted(self, *, author: str, approved_by: str = "") -> Published:
        return releases.publish(
            author=author,
            comment=self.comment,
            codes=self.seen.keys(),
            seen=self.seen,
            reason=self.reason,
            at=self.at,
            choices=self.choices,
            approved_by=approved_by,
        )


def ask(wish: Wish, *, author: str) -> PublicationRequest:
    """Keep a wish for another person to approve. What would stand against its publication stands against it now."""
    with transaction.atomic():
        wish.granted(author=author, approved_by=REHEARSAL)
        transaction.set_rollback(True)
    kept: dict[str, Any] = {"seen": dict(wish.seen), "choices": dict(wish.choices)}
    return PublicationRequest.objects.create(
        author=author, comment=wish.comment, reason=wish.reason, at=wish.at, **kept
    )


@transaction.atomic
def approve(pk: int, *, by: str) -> Published:
    """Publish what was asked for, if it still is what its author saw."""
    request = _open(pk)
    if request.author == by:
        raise OwnRequest
    made = wish(request).granted(author=request.author, approved_by=by)
    _decide(request, Status.APPROVED, by, release=made.number)
    return made


@transaction.atomic
def send_back(pk: int, *, by: str, answer: str) -> None:
    if not answer.strip():
        raise releases.NoReason
    _decide(_open(pk), Status.SENT_BACK, by, answer=answer)


@transaction.atomic
def take_away(pk: int, *, by: str) -> None:
    """By its author, who may have found something better to ask for."""
    request = _open(pk)
    if request.author != by:
        raise Decided
    _decide(request, Status.TAKEN_AWAY, by)


def wish(request: PublicationRequest) -> Wish:
    return Wish(request.seen, request.comment, request.reason, request.at, request.choices)


def asked_for(request: PublicationRequest, unpublished: Difference) -> Difference | None:
    """The changes that it asks for; none once they are no longer what its author saw."""
    difference = unpublished.only(request.seen)
    seen = {code: seen for code, seen in request.seen.items() if code != CEILINGS}
    return difference if difference and difference.fingerprints() == seen else None


def _open(pk: int) -> PublicationRequest:
    request = PublicationRequest.objects.select_for_update().filter(pk=pk, status=Status.OPEN).first()
    if request is None:
        raise Decided
    return request


def _decide(request: PublicationRequest, status: str, by: str, *, answer: str = "", release: int | None = None) -> None:
    request.status, request.decided_by, request.decided_at = status, by, timezone.now()
    request.answer, request.release = answer, release
    request.save()
