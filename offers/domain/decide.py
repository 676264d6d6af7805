"""Which offers a person is shown, in which order, and why the others are not.

Pure: the same question, knowledge of the person, release and moment give the same decision, on any day and machine. So
every past answer can be derived again, and a draft can be tried on last month's questions.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from offers.domain.catalogue import AboveCeiling, Bound, Content, DecisionBasis, Offer, Policy, Product, Range
from offers.domain.fees import Charged, Fee, telling_amounts
from offers.domain.known import NOTHING, Approval, Grant, Known, Scored, Trial, Verdict
from offers.domain.money import CONTEXT, ZERO
from offers.domain.offer_cost import cost_range
from offers.domain.payments import annuity, equal_principal
from offers.domain.schedule import LoanRepayment
from offers.once import once

# So many reasons that stand already are kept of a content, in some megabytes.
REASONS_KEPT: Final = 1_000_000

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
    STOP_LISTED = 10
    TOO_MANY_ENQUIRIES = 11
    NOT_GRANTED = 12  # by neither list nor scoring, of which one must
    REFUSED_BY_SCORING = 13
    SCORING_UNAVAILABLE = 14
    LIMIT_BELOW_MIN = 15  # the person's own limit is below the offer's smallest amount
    RATE_ABOVE_MAX = 16  # the person's own rate is above the offer's, for which alone its cost was held against the law
    OFFERED_WITHOUT_SCORING = 17
    REFUSED_ON_TRIAL = 18

    @property
    def code(self) -> str:
        return self.name.lower()

    @property
    def is_offered(self) -> bool:
        return self in OFFERED


# With these an offer was shown. Sets of numbers, as the journal keeps them, can be asked for them too.
OFFERED: Final = frozenset({Reason.OFFERED, Reason.OFFERED_WITHOUT_SCORING})


@dataclass(frozen=True, slots=True)
class Proposal:
    """One offer made to one enquiry. `payment`: roubles a month of a loan, over all that the enquiry leaves open.

    A `granted` one holds the person's own terms in place of the release's.
    """

    offer: Offer
    approval: Approval
    payment: Range[Decimal] | None
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Proposals, the best first, and a reason for every offer of the release, in the release's order."""

    proposals: tuple[Proposal, ...]
    reasons: tuple[Reason, ...]


class Step(StrEnum):
    """What is looked at for a person, in this order, each step only where the policy has it."""

    TRIAL = "trial"
    STOP_LISTS = "stop_lists"
    FREQUENCY = "frequency"
    LISTS = "lists"
    SCORING = "scoring"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided of the person before any offer is looked at: what is granted, and what holds for all the rest."""

    others: Reason
    grants: tuple[Grant, ...] = ()


def decide(enquiry: Enquiry, content: Content, now: datetime, known: Known = NOTHING) -> Decision:
    ruled = ruling(content.policy(enquiry.product), known)
    sifted = _sieve(content).sift(enquiry, now)
    reasons, proposals = list(sifted.reasons), []
    for place in sifted.left:
        offer = content.offers[place]
        why = _by_term(enquiry.term, offer)
        if why is Reason.OFFERED:
            grant = _granted(offer, ruled.grants) if ruled.grants else None
            why = _of_grant(offer, grant) if grant else ruled.others
            if why in OFFERED:
                proposals.append(_propose(enquiry, _personal(offer, grant, now) if grant else offer, grant))
        reasons[place] = why
    if len(proposals) > 1:
        proposals.sort(key=lambda proposal: _rank(enquiry, proposal))
    return Decision(tuple(proposals), tuple(reasons))


def ruling(policy: Policy, known: Known) -> Ruling:
    """Of the first step that settles it. Without one the catalogue does."""
    if known is NOTHING and not policy.looks_up:
        return _BY_CATALOGUE  # which is what the steps would come to, for nearly everybody
    return next(ruled for _step, ruled in steps(policy, known) if ruled)


def steps(policy: Policy, known: Known) -> Iterator[tuple[Step, Ruling | None]]:
    """The steps taken, each with its ruling; None where it leaves the matter to the next."""
    if known.trial is not None:
        settled = _ON_TRIAL[known.trial]
        yield Step.TRIAL, settled
        if settled:
            return
    if policy.stop_lists:
        yield Step.STOP_LISTS, Ruling(Reason.STOP_LISTED) if known.stop else None
    if policy.enquiries_a_day is not None:
        too_many = known.enquiries >= policy.enquiries_a_day
        yield Step.FREQUENCY, Ruling(Reason.TOO_MANY_ENQUIRIES) if too_many else None
    if policy.basis is not DecisionBasis.CATALOGUE_ONLY:
        others = Reason.NOT_GRANTED if policy.scores else Reason.OFFERED
        yield Step.LISTS, Ruling(others, known.listed) if known.listed else None
    if policy.scores:
        yield Step.SCORING, _scoring_ruling(known.scored)
    yield Step.CATALOGUE, Ruling(_WITHOUT_MORE[policy.basis])


def awaits(policy: Policy, known: Known) -> bool:
    """Whether nothing but the scoring's word is wanting; or a test of the integration is to wait."""
    if known.trial is Trial.WAIT:
        return True
    if not policy.scores or known.scored is not None:
        return False
    return all(step is Step.CATALOGUE or ruled is None for step, ruled in steps(policy, known))


def within_reach(enquiry: Enquiry, content: Content, now: datetime) -> tuple[str, ...]:
    """Codes of the offers that only the person could be refused."""
    return tuple(offer.code for offer in content if reason(enquiry, offer, content, now) is Reason.OFFERED)


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
    return _by_term(enquiry.term, offer)


def _by_term(term: int | None, offer: Offer) -> Reason:
    if term is not None and offer.shown_term is not None:
        if term < offer.shown_term.min:
            return Reason.TERM_BELOW_MIN
        if term > offer.shown_term.max:
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
        each.start <= now < each.end for each in _sieve(content).above.get(offer.code, ())
    ):
        return Reason.ABOVE_CEILING
    return None


def available(content: Content, now: datetime) -> frozenset[str]:
    """Codes of the offers that are live at that moment."""
    return _sieve(content).available(now)


class _Sifted(NamedTuple):
    """Why offers are left out whatever the term; and the places of those that are `left` to be looked at."""

    reasons: tuple[Reason, ...]
    left: tuple[int, ...]


class _Sieve:
    """What most offers of a content are ruled out by, so that deciding costs no more the more of them there are.

    Between two bounds of the amounts all amounts are shown the same, and between two moments at which an offer begins
    or ends so are all moments. So `reason` is asked about every offer for the first enquiry there, and never again.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        self.above: dict[str, list[AboveCeiling]] = defaultdict(list)
        for span in content.above_ceiling:
            self.above[span.code].append(span)
        self._moments = sorted(
            {moment for offer in content for moment in (offer.valid_from, offer.valid_until) if moment}
            | {moment for span in content.above_ceiling for moment in (span.start, span.end)}
        )
        self._bounds = {product: sorted(_amount_bounds(content, product)) for product in Product}
        self._sifted: dict[Hashable, _Sifted] = {}
        self._available: tuple[int, frozenset[str]] = (-1, frozenset())  # since which of the moments, and what

    def sift(self, enquiry: Enquiry, now: datetime) -> _Sifted:
        bounds, amount = self._bounds[enquiry.product], enquiry.amount
        between = None if amount is None else (bisect_left(bounds, amount), bisect_right(bounds, amount))
        where = enquiry.product, between, bisect_right(self._moments, now)
        found = self._sifted.get(where)
        if found is None:
            if len(self._sifted) * len(self._content.offers) > REASONS_KEPT:
                self._sifted.clear()
            found = self._sifted[where] = self._sift(replace(enquiry, term=None), now)
        return found

    def available(self, now: datetime) -> frozenset[str]:
        """The same until the next moment, so that the last is kept."""
        moment = bisect_right(self._moments, now)
        since, codes = self._available
        if since != moment:
            codes = frozenset(o.code for o in self._content if unavailability(o, self._content, now) is None)
            self._available = moment, codes
        return codes

    def _sift(self, enquiry: Enquiry, now: datetime) -> _Sifted:
        reasons = tuple(reason(enquiry, offer, self._content, now) for offer in self._content)
        return _Sifted(reasons, tuple(place for place, why in enumerate(reasons) if why is Reason.OFFERED))


def _amount_bounds(content: Content, product: Product) -> set[Decimal]:
    ranges = [offer.shown_amount for offer in content if offer.product == product]
    return {bound for each in ranges for bound in (each.min, each.max)}


_sieve: once[Content, _Sieve] = once(_Sieve, by=id)


_BY_CATALOGUE: Final = Ruling(Reason.OFFERED)
_ON_TRIAL: Final[Mapping[Trial, Ruling | None]] = {
    Trial.APPROVE: Ruling(Reason.OFFERED),
    Trial.WAIT: Ruling(Reason.OFFERED),
    Trial.REFUSE: Ruling(Reason.REFUSED_ON_TRIAL),
    Trial.UNKNOWN: None,
}
# What becomes of every offer where no step before has settled it.
_WITHOUT_MORE: Final[Mapping[DecisionBasis, Reason]] = {
    DecisionBasis.CATALOGUE_ONLY: Reason.OFFERED,
    DecisionBasis.LISTS_FIRST: Reason.OFFERED,
    DecisionBasis.SCORING_REQUIRED: Reason.SCORING_UNAVAILABLE,
    DecisionBasis.SCORING_WITH_FALLBACK: Reason.OFFERED_WITHOUT_SCORING,
}


def _scoring_ruling(scored: Scored | None) -> Ruling | None:
    """None where it said nothing in time: then the policy's fallback holds."""
    match scored:
        case Scored(verdict=Verdict.APPROVED):
            return Ruling(Reason.NOT_GRANTED, scored.grants or (Grant(scored.approval),))
        case Scored(verdict=Verdict.REFUSED):
            return Ruling(Reason.REFUSED_BY_SCORING)
    return None


def _granted(offer: Offer, grants: tuple[Grant, ...]) -> Grant | None:
    """Of several grants the one that names the offer, then the fullest approval, the lowest rate, the highest limit."""
    fitting = [grant for grant in grants if grant.offer in (None, offer.code)]
    return min(fitting, key=_by_favour, default=None)


def _by_favour(grant: Grant) -> tuple[bool, bool, bool, Decimal, bool, Decimal]:
    rate, limit = grant.rate, grant.limit
    return (
        grant.offer is None,
        grant.approval is not Approval.FULL_APPROVED,
        rate is None,
        rate or ZERO,
        limit is not None,
        -limit if limit else ZERO,
    )


def _of_grant(offer: Offer, grant: Grant) -> Reason:
    """Nothing is granted that the offer's own terms, which were held against the law, do not cover."""
    if grant.limit is not None and grant.limit < offer.amount.min:
        return Reason.LIMIT_BELOW_MIN
    if grant.rate is not None and grant.rate > offer.rate.max:
        return Reason.RATE_ABOVE_MAX
    return Reason.OFFERED


def _personal(offer: Offer, grant: Grant, now: datetime) -> Offer:
    """The offer on the person's terms, and what it costs on these: never more than on its own."""
    amount, rate = offer.amount, offer.rate
    if grant.limit is not None:
        amount = Range(amount.min, min(grant.limit, amount.max))
    if grant.rate is not None:
        rate = Range(grant.rate, grant.rate)
    if (amount, rate) == (offer.amount, offer.rate):
        return offer
    own = replace(offer, amount=amount, rate=rate)
    cost = cost_range(own, now)
    return replace(own, total_cost=Range(cost.lowest.full_cost, cost.highest.full_cost))


def _rank(enquiry: Enquiry, proposal: Proposal) -> tuple[bool, bool, int, Decimal, Decimal, str]:
    """What fits first, then what is granted to the person, then the product manager's order, then the lowest full cost;
    the code settles the rest.
    """
    offer = proposal.offer
    stretched = not offer.fits(enquiry.amount, enquiry.term)
    return stretched, not proposal.granted, offer.position, offer.total_cost.min, offer.total_cost.max, offer.code


def _propose(enquiry: Enquiry, offer: Offer, grant: Grant | None) -> Proposal:
    approval = grant.approval if grant else Approval.PRE_APPROVED
    return Proposal(offer, approval, _payment(enquiry, offer), granted=grant is not None)


def _payment(enquiry: Enquiry, offer: Offer) -> Range[Decimal] | None:
    """The corners: the least owed at the lowest rate for longest, the most at the highest for shortest."""
    if offer.term is None:
        return None
    smallest, largest = _ends(offer.amount, enquiry.amount)
    shortest, longest = _ends(offer.term, enquiry.term)
    least, most = _PAYMENTS[offer.repayment]
    fees = monthly_fees(offer)
    if not fees:
        return Range(least(smallest, offer.rate.min, longest), most(largest, offer.rate.max, shortest))
    # A fee that comes in steps can make a smaller loan the dearer one.
    amounts = telling_amounts(smallest, largest, fees)
    return Range(
        min(CONTEXT.add(least(each, offer.rate.min, longest), _due(fees, each)) for each in amounts),
        max(CONTEXT.add(most(each, offer.rate.max, shortest), _due(fees, each)) for each in amounts),
    )


# The smallest and the greatest payment of one loan. Where equal parts are of a few kopecks, the last, which takes the
# remainder, can be the greatest.
_PAYMENTS: Final[Mapping[LoanRepayment, tuple[_Payment, _Payment]]] = {
    LoanRepayment.ANNUITY: (annuity, annuity),
    LoanRepayment.EQUAL_PRINCIPAL: (
        lambda amount, rate, months: min(equal_principal(amount, rate, months)),
        lambda amount, rate, months: max(equal_principal(amount, rate, months)),
    ),
}


def monthly_fees(offer: Offer) -> tuple[Fee, ...]:
    """What must be paid each month beside the loan: insurance too where there is no loan without it."""
    if not (offer.fees or offer.insurance):
        return ()
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


def _ends(allowed: Range[Bound], asked: Bound | None) -> tuple[Bound, Bound]:
    """Of what is paid for: all that is allowed, or the nearest to what is asked."""
    if asked is None:
        return allowed.min, allowed.max
    nearest = allowed.nearest(asked)
    return nearest, nearest
