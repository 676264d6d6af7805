"""What an offer costs beside its rate, as values: fees, insurance, repayment, a card's conditions.

Rates and shares are per cent, amounts roubles. Each value is a column or an inline row of the offer.
"""

from dataclasses import dataclass
from decimal import Decimal

from offers.domain.fees import Fee
from offers.domain.money import MAX_RATE, RATE_DECIMALS, refuse_outside
from offers.domain.schedule import MAX_MONTHS, InterestBasis, LoanRepayment, MinimumPayment


@dataclass(frozen=True, slots=True)
class Insurance:
    """Insurance on which the rate depends: its premium, and the points added to the rate for who declines it.

    No surcharge means that there is no loan without it. (353-FZ, article 6, part 4: what the terms depend on counts.)
    """

    premium: Fee
    surcharge: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        refuse_outside("a surcharge", self.surcharge, highest=MAX_RATE, decimals=RATE_DECIMALS)


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What a cash loan costs beside its rate."""

    repayment: LoanRepayment = LoanRepayment.ANNUITY
    basis: InterestBasis = InterestBasis.MONTHS
    fees: tuple[Fee, ...] = ()
    insurance: Insurance | None = None


@dataclass(frozen=True, slots=True)
class CardTerms:
    """What a credit card costs beside its rate: the whole limit drawn on the first day, repaid over `months`.

    `cash_rate` is the rate of drawing cash where it differs, `cash_fee` what drawing the limit in cash costs more.
    """

    minimum: MinimumPayment
    months: int
    basis: InterestBasis = InterestBasis.MONTHS
    fees: tuple[Fee, ...] = ()
    insurance: Insurance | None = None
    cash_rate: Decimal | None = None
    cash_fee: Fee | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.months <= MAX_MONTHS:
            raise ValueError(f"a term is 1 to {MAX_MONTHS} months, not {self.months}")
        if self.cash_rate is not None:
            refuse_outside("a rate", self.cash_rate, highest=MAX_RATE, decimals=RATE_DECIMALS)
