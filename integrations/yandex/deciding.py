"""A question is decided once: by what is known of the person, on the release that is live.

Who can't be decided on at once, for want of the scoring's word, is answered `pending`; `integrations.pending` goes on.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from integrations import enquiries, keys, knowledge, privacy
from integrations.journal import Exchange, Outcome
from integrations.questions import Question
from integrations.scoring import client as scoring
from integrations.scoring.question import Later, ScoringQuestion
from integrations.yandex import errors, render
from integrations.yandex.render import Signature
from offers import catalogue
from offers.domain.catalogue import Content, Release
from offers.domain.decide import Decision, Enquiry, awaits, decide, within_reach
from offers.domain.known import Known, Trial

# Each attempt loads the newest release; only publications that follow each other within milliseconds use up a second.
ATTEMPTS: Final = 5
# Who asks the scoring may die; after so long another goes on. More than an answer may ever take.
GRACE: Final = timedelta(seconds=5)
# Until it is asked again, in seconds, where it has not said when.
FIRST_PAUSE: Final = 0.25
TRIAL_WAITS: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way to its answer, and the person's number where it is at hand."""

    exchange: Exchange
    question: Question
    enquiry: Enquiry
    phone_number: str | None = field(default=None, repr=False)


def decide_once(asked: Asked, known: Known | None = None) -> bytes:
    """The answer, decided and remembered, unless the question was answered before: then that answer.

    `known`: what was known when it was asked first; then nothing is asked of the person again.
    """
    for attempt in range(ATTEMPTS):
        release = catalogue.live()
        void_by = release.content if attempt else None  # an answer that is void is met after the first attempt only
        policy = release.content.policy(asked.enquiry.product)
        theirs = knowledge.look_up(asked.exchange, policy) if known is None else known
        if known is None and awaits(policy, theirs):
            answer = _with_scoring(asked, release, theirs, void_by)
        else:
            answer = _at_once(asked, release, theirs, void_by)
        if answer is None:
            pending = render.pending(asked.question.search_id.spelling)
            answer = enquiries.recall(asked.exchange, asked.question, release, pending=pending)
        if answer is not None:
            return answer
        catalogue.refresh()
    raise errors.unavailable()


def settle(asked: Asked, claimed: UUID, known: Known) -> bytes | None:
    """The answer to what was claimed, by all that is known now; None where it was settled or forgotten meanwhile."""
    for _attempt in range(ATTEMPTS):
        release = catalogue.live()
        decision, answer = _decided(asked, release, known)
        if enquiries.settle(asked.exchange, claimed, decision, answer):
            return answer
        if catalogue.refresh() is release:
            return None
    raise errors.unavailable()


def to_scoring(asked: Asked, claimed: UUID, content: Content, phone_hash: bytes) -> ScoringQuestion:
    """What the service is asked: under the id of the entry that asked first, however often."""
    offers = within_reach(asked.enquiry, content, asked.exchange.received_at)
    told = asked.phone_number if settings.SCORING_PHONE == "clear" else None
    return ScoringQuestion(claimed, asked.enquiry, offers, phone_hash, told)


def _at_once(asked: Asked, release: Release, known: Known, void_by: Content | None) -> bytes | None:
    """None where it was answered before, or the release is live no more."""
    try:
        decision, answer = _decided(asked, release, known)
    except Exception:
        if catalogue.refresh() is release:
            raise
        return None  # what is wrong with that release may have been mended since
    stored = enquiries.remember(asked.exchange, asked.question, decision, answer, void_by=void_by)
    return answer if stored else None


def _with_scoring(asked: Asked, release: Release, known: Known, void_by: Content | None) -> bytes | None:
    """The answer, or `pending`. The claim comes first, so that of twenty equal questions one asks the service."""
    exchange = asked.exchange
    claimed = enquiries.Claim(
        exchange, asked.question, knowledge.dump(known), exchange.received_at + GRACE, *_sealed(asked)
    )
    if not enquiries.claim(claimed, release.number, void_by=void_by):
        return None
    if known.trial is Trial.WAIT:
        due_at = exchange.received_at + TRIAL_WAITS
    else:
        question = to_scoring(asked, exchange.id, release.content, exchange.phone_hash or b"")
        said = scoring.ask(question, within=settings.SCORING_DEADLINE_MS / 1000)
        if not isinstance(said, Later):
            return settle(asked, exchange.id, replace(known, scored=said))
        due_at = datetime.now(UTC) + timedelta(seconds=said.after or FIRST_PAUSE)
    pending = render.pending(asked.question.search_id.spelling)
    return pending if enquiries.leave(exchange, exchange.id, pending, due_at=due_at) else None


def _decided(asked: Asked, release: Release, known: Known) -> tuple[Decision, bytes]:
    exchange = asked.exchange
    now = exchange.received_at
    decision = decide(asked.enquiry, release.content, now, known)
    signature = Signature(exchange.id, settings.REF_KEY.secret)
    answer = render.done(asked.question.search_id.spelling, release, decision, signature)
    outcome = render.decision_code(decision)
    exchange.outcome = Outcome(outcome, release.number, decision.reasons, now, knowledge.dump(known), known.holds_until)
    return decision, answer


def _sealed(asked: Asked) -> tuple[bytes | None, str | None]:
    """The number for who goes on with it, and the key of its seal; only where the service is told the number."""
    if asked.phone_number is None or settings.SCORING_PHONE != "clear":
        return None, None
    key = keys.seal_key(asked.exchange.received_at)
    return privacy.seal(key.cipher, asked.phone_number.encode(), asked.exchange.id.bytes), key.id
