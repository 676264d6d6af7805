"""What the bank's scoring service is asked, and what asking it may come to where it has not decided."""

from dataclasses import dataclass, field
from uuid import UUID

from offers.domain.decide import Enquiry


@dataclass(frozen=True, slots=True)
class ScoringQuestion:
    """One question about one person; asked again it is the same, also by its id."""

    id: UUID
    enquiry: Enquiry
    offers: tuple[str, ...]  # codes of those that the person could be shown
    phone_hash: bytes
    phone_number: str | None = field(default=None, repr=False)  # ten digits, where the service is told the number


@dataclass(frozen=True, slots=True)
class Later:
    """No word yet. `cause`: why, as a code; `after`: seconds until it is worth asking again, where that is known."""

    cause: str
    after: float | None = None
