"""What the bank offers, as values: frozen, typed, whole. The words are those of the contract's answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Generic, TypeVar

from offers.domain.cost_terms import Insurance
from offers.domain.fees import Fee
from offers.domain.schedule import InterestBasis, LoanRepayment

Bound = TypeVar("Bound", int, Decimal)


class Product(StrEnum):
    LOAN = "loan"
    CREDIT_CARD = "credit_card"


class Drawing(StrEnum):
    """How a card's limit is used."""

    CASHLESS = "cashless"
    CASH = "cash"


@dataclass(frozen=True, slots=True)
class Range(Generic[Bound]):
    """From `min` to `max`, both included."""

    min: Bound
    max: Bound

    def __post_init__(self) -> None:
        if self.min > self.max:
            raise ValueError(f"A range runs from the smaller to the larger: {self.min} > {self.max}")

    def __contains__(self, value: Bound) -> bool:
        return self.min <= value <= self.max

    def nearest(self, value: Bound) -> Bound:
        """`value` if it lies inside, else the end next to it."""
        return min(max(value, self.min), self.max)

    def holds(self, other: "Range[Bound]") -> bool:
        return self.min <= other.min and other.max <= self.max


@dataclass(frozen=True, slots=True)
class Offer:
    """A loan or a credit card with the terms on which it is offered.

    Amounts are roubles (of a card: the credit limit), terms months, rates and full costs % a year.
    `shown_amount` and `shown_term` say who is shown the offer: by default whoever asks within its ranges, at will
    more people, who are then offered the nearest that the ranges allow.
    """

    code: str
    product: Product
    position: int
    amount: Range[Decimal]
    shown_amount: Range[Decimal]
    term: Range[int] | None  # a card has none
    shown_term: Range[int] | None
    rate: Range[Decimal]
    total_cost: Range[Decimal]
    grace_period: int | None  # days; cards only
    minimum_payment: Decimal | None  # % of the debt a month; cards only
    special_conditions: tuple[str, ...]
    required_documents: tuple[str, ...]
    choosable_documents: tuple[str, ...]
    link: str
    deep_link: str
    valid_from: datetime | None
    valid_until: datetime | None
    counted_link: str = ""  # shown in place of `link`, where this service counts clicks on their way to it
    repayment: LoanRepayment = LoanRepayment.ANNUITY  # loans only
    interest_basis: InterestBasis = InterestBasis.MONTHS
    fees: tuple[Fee, ...] = ()
    insurance: Insurance | None = None
    minimum_payment_floor: Decimal | None = None  # roubles a month; cards only, like what follows
    cost_term: int | None = None  # months in which the limit is repaid where the full cost is counted
    cash_rate: Decimal | None = None  # where cash is drawn at another rate
    cash_fee: Fee | None = None

    def fits(self, amount: Decimal | None, term: int | None) -> bool:
        """Whether what is asked lies within the offer's own ranges; what is not asked does."""
        return (amount is None or amount in self.amount) and (term is None or self.term is None or term in self.term)


class DecisionBasis(StrEnum):
    """On what it is decided who is offered a product; what the person's lists grant comes before the scoring."""

    CATALOGUE_ONLY = "catalogue_only"
    LISTS_FIRST = "lists_first"  # whom no list names is offered what the catalogue has
    SCORING_REQUIRED = "scoring_required"  # without its word nothing is offered
    SCORING_WITH_FALLBACK = "scoring_with_fallback"  # without its word the catalogue decides


@dataclass(frozen=True, slots=True)
class Policy:
    """How it is decided who is offered a product. By default nothing is asked of the person."""

    product: Product
    basis: DecisionBasis = DecisionBasis.CATALOGUE_ONLY
    stop_lists: bool = False
    enquiries_a_day: int | None = None  # so many of one phone are answered in 24 hours; None: any number

    @property
    def scores(self) -> bool:
        return self.basis in (DecisionBasis.SCORING_REQUIRED, DecisionBasis.SCORING_WITH_FALLBACK)

    @property
    def looks_up(self) -> bool:
        """Whether anything must be known of the person."""
        return self.stop_lists or self.enquiries_a_day is not None or self.basis != DecisionBasis.CATALOGUE_ONLY


_CATALOGUE_ONLY: Final = {product: Policy(product) for product in Product}


@dataclass(frozen=True, slots=True)
class MarketRow:
    """A row of the Bank of Russia's table: the average full cost of a category in a quarter, per cent a year.

    The category says of itself what it takes in: more than `…_above`, up to and with `…_to`; None is no bound. Under a
    moratorium the row is not `applied`.
    """

    product: Product
    drawing: Drawing | None
    amount_above: Decimal | None
    amount_to: Decimal | None
    months_above: int | None
    months_to: int | None
    year: int
    quarter: int
    average: Decimal
    applied: bool = True


@dataclass(frozen=True, slots=True)
class AboveCeiling:
    """From `start` until just before `end`, an offer costs more than the law allows."""

    code: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """All that an answer depends on, but for the question and the moment."""

    bank_name: str
    offers: tuple[Offer, ...]
    paused: frozenset[str] = frozenset()  # codes of offers taken out for a while
    all_paused: bool = False
    market: tuple[MarketRow, ...] = ()  # what the offers were held against
    only_warn_of_ceilings: bool = False  # the bank's policy: what is above its ceiling is shown all the same
    above_ceiling: tuple[AboveCeiling, ...] = ()  # worked out of the above when the release is made
    policies: tuple[Policy, ...] = ()  # in the products' order; a product without one is decided by the catalogue only

    def __iter__(self) -> Iterator[Offer]:
        return iter(self.offers)

    def get(self, code: str) -> Offer | None:
        return next((offer for offer in self.offers if offer.code == code), None)

    def policy(self, product: Product) -> Policy:
        for policy in self.policies:
            if policy.product == product:
                return policy
        return _CATALOGUE_ONLY[product]


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """Content under a number: what was live, and can be read again for ever.

    Told from others by identity: what is made of one is kept with it, without comparing all that it holds.
    """

    number: int
    content: Content
