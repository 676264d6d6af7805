"""What is known of the person who asks, as values: what goes into a decision beside the question and the release.

All of it is journalled with the decision, so that any answer can be derived again. Nothing in it names the person.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Approval(StrEnum):
    PRE_APPROVED = "pre_approved"  # by the catalogue alone, or as far as the bank knows now
    FULL_APPROVED = "full_approved"  # by what the bank knows of the person


@dataclass(frozen=True, slots=True)
class Grant:
    """Terms that the bank grants this person: of one offer, or, without a code, of every offer of the product.

    `limit`: roubles at most. `rate`: % a year, in place of the offer's. None leaves the offer's own. `until`: when it
    ends; what is known at a moment holds nothing that has ended by then.
    """

    approval: Approval
    offer: str | None = None
    limit: Decimal | None = None
    rate: Decimal | None = None
    until: datetime | None = None


class Verdict(StrEnum):
    """What came of asking the bank's scoring service."""

    APPROVED = "approved"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"  # nothing within the time that was set


@dataclass(frozen=True, slots=True)
class Scored:
    """`reason`: the service's own code of a refusal; of an unavailable one, why: `timeout`, `unreadable`, ….

    An approval without grants is one of every offer, on its own terms.
    """

    verdict: Verdict
    reason: str = ""
    approval: Approval = Approval.PRE_APPROVED
    grants: tuple[Grant, ...] = ()
    attempts: int = 0  # how often it was asked
    waited_ms: int = 0  # since the question came in


class Trial(StrEnum):
    """What the named phones of a client that only tests the integration stand for."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WAIT = "wait"  # pending for a while, then approved
    UNKNOWN = "unknown"  # a person of whom the bank knows nothing


@dataclass(frozen=True, slots=True)
class Known:
    """What the policy of the product asked for, and nothing else."""

    stop: str = ""  # code of the stop list on which the person stands
    enquiries: int = 0  # of the same phone in the 24 hours before this one
    listed: tuple[Grant, ...] = ()
    scored: Scored | None = None
    trial: Trial | None = None

    @property
    def holds_until(self) -> datetime | None:
        """When the first of the grants ends, and what rests on them is to be decided anew; None: never."""
        return min((grant.until for grant in self.listed if grant.until), default=None) if self.listed else None


NOTHING: Final = Known()
