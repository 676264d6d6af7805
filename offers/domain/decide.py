"""Which offers a person is shown, in which order, and why the others are not.

Pure: the same question, release and moment give the same decision, on any day and machine. So every past answer can
be derived again, and a draft can be tried on last month's questions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final

from offers.domain.catalogue import Content, Offer, Product, Range
from offers.domain.fees import Charged, Fee, telling_amounts
from offers.domain.money import CONTEXT, ZERO
from offers.domain.payments import annuity, equal_principal
from offers.domain.schedule import LoanRepayment

_Payment = Callable[[Decimal, Decimal, int], Decimal]


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What a person asks of the catalogue: roubles and months, where they were said. A card's term means nothing."""

    product: Product
    amount: Decimal | None = None
    term: int | None = None


class Reason(IntEnum):
    """Why an offer was left out. The numbers are kept in the journal: never change one, never use one again."""

    OFFERED = 0
    OTHER_PRODUCT = 1
    PAUSED = 2
    NOT_YET_VALID = 3
    NO_LONGER_VALID = 4
    AMOUNT_BELOW_MIN = 5
    AMOUNT_ABOVE_MAX = 6
    TERM_BELOW_MIN = 7
    TERM_ABOVE_MAX = 8
    ABOVE_CEILING = 9

    @property
    def code(self) -> str:
        return self.name.lower()


class Approval(StrEnum):
    PRE_APPROVED = "pre_approved"  # by the catalogue alone
    FULL_APPROVED = "full_approved"  # by what the bank knows of the person


@dataclass(frozen=True, slots=True)
class Proposal:
    """One offer made to one enquiry. `payment`: roubles a month of a loan, over all that the enquiry leaves open."""

    offer: Offer
    approval: Approval
    payment: Range[Decimal] | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Proposals, the best first, and a reason for every offer of the release, in the release's order."""

    proposals: tuple[Proposal, ...]
    reasons: tuple[Reason, ...]


def decide(enquiry: Enquiry, content: Content, now: datetime) -> Decision:
    reasons = tuple(reason(enquiry, offer, content, now) for offer in content)
    offered = [offer for offer, why in zip(content, reasons, strict=True) if why is Reason.OFFERED]
    offered.sort(key=lambda offer: _rank(enquiry, offer))
    return Decision(tuple(_propose(enquiry, offer) for offer in offered), reasons)


def reason(enquiry: Enquiry, offer: Offer, content: Content, now: datetime) -> Reason:
    """The first thing that keeps the offer from the person, or that it is offered."""
    if offer.product != enquiry.product:
        return Reason.OTHER_PRODUCT
    if (unavailable := unavailability(offer, content, now)) is not None:
        return unavailable
    if enquiry.amount is not None:
        if enquiry.amount < offer.shown_amount.min:
            return Reason.AMOUNT_BELOW_MIN
        if enquiry.amount > offer.shown_amount.max:
            return Reason.AMOUNT_ABOVE_MAX
    if enquiry.term is not None and offer.shown_term is not None:
        if enquiry.term < offer.shown_term.min:
            return Reason.TERM_BELOW_MIN
        if enquiry.term > offer.shown_term.max:
            return Reason.TERM_ABOVE_MAX
    return Reason.OFFERED


def unavailability(offer: Offer, content: Content, now: datetime) -> Reason | None:
    """Why nobody at all is offered it at that moment, if so. Valid from its first moment until just before its last."""
    if content.all_paused or offer.code in content.paused:
        return Reason.PAUSED
    if offer.valid_from is not None and now < offer.valid_from:
        return Reason.NOT_YET_VALID
    if offer.valid_until is not None and now >= offer.valid_until:
        return Reason.NO_LONGER_VALID
    if content.above_ceiling and any(
        each.code == offer.code and each.start <= now < each.end for each in content.above_ceiling
    ):
        return Reason.ABOVE_CEILING
    return None


def available(content: Content, now: datetime) -> tuple[str, ...]:
    """Codes of the offers that are live at that moment."""
    return tuple(offer.code for offer in content if unavailability(offer, content, now) is None)


def _rank(enquiry: Enquiry, offer: Offer) -> tuple[bool, int, Decimal, Decimal, str]:
    """What fits first, then the product manager's order, then the lowest full cost; the code settles the rest."""
    stretched = not offer.fits(enquiry.amount, enquiry.term)
    return stretched, offer.position, offer.total_cost.min, offer.total_cost.max, offer.code


def _propose(enquiry: Enquiry, offer: Offer) -> Proposal:
    return Proposal(offer, Approval.PRE_APPROVED, _payment(enquiry, offer))


def _payment(enquiry: Enquiry, offer: Offer) -> Range[Decimal] | None:
    """The corners: the least owed at the lowest rate for longest, the most at the highest for shortest."""
    if offer.term is None:
        return None
    amount = _narrowed(offer.amount, enquiry.amount)
    term = _narrowed(offer.term, enquiry.term)
    least, most = _ENDS[offer.repayment]
    fees = monthly_fees(offer)
    if not fees:
        return Range(least(amount.min, offer.rate.min, term.max), most(amount.max, offer.rate.max, term.min))
    # A fee that comes in steps can make a smaller loan the dearer one.
    amounts = telling_amounts(amount.min, amount.max, fees)
    return Range(
        min(CONTEXT.add(least(each, offer.rate.min, term.max), _due(fees, each)) for each in amounts),
        max(CONTEXT.add(most(each, offer.rate.max, term.min), _due(fees, each)) for each in amounts),
    )


# The smallest and the greatest payment of one loan. Where equal parts are of a few kopecks, the last, which takes the
# remainder, can be the greatest.
_ENDS: Final[Mapping[LoanRepayment, tuple[_Payment, _Payment]]] = {
    LoanRepayment.ANNUITY: (annuity, annuity),
    LoanRepayment.EQUAL_PRINCIPAL: (
        lambda amount, rate, months: min(equal_principal(amount, rate, months)),
        lambda amount, rate, months: max(equal_principal(amount, rate, months)),
    ),
}


def monthly_fees(offer: Offer) -> tuple[Fee, ...]:
    """What must be paid each month beside the loan: insurance too where there is no loan without it."""
    fees = tuple(fee for fee in offer.fees if fee.charged is Charged.MONTHLY)
    insurance = offer.insurance
    if insurance and not insurance.surcharge and insurance.premium.charged is Charged.MONTHLY:
        return (*fees, insurance.premium)
    return fees


def _due(fees: Iterable[Fee], amount: Decimal) -> Decimal:
    total = ZERO
    for fee in fees:
        total = CONTEXT.add(total, fee.due(amount))
    return total


def _narrowed(allowed: Range, asked: int | Decimal | None) -> Range:  # type: ignore[type-arg]  # of either bound
    if asked is None:
        return allowed
    nearest = allowed.nearest(asked)
    return Range(nearest, nearest)
