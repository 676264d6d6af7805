"""Fees of a loan or card: when they are charged, how they depend on the amount."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from offers.domain.money import (
    CONTEXT,
    KOPECK,
    KOPECK_DECIMALS,
    MAX_AMOUNT,
    RATE_DECIMALS,
    ZERO,
    refuse_outside,
    to_kopeck,
)

_PERCENT: Final = Decimal("0.01")


class Charged(StrEnum):
    """When a fee is charged: on the day of disbursement, with each payment, or at the start of each year."""

    ONCE = "once"
    MONTHLY = "monthly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class Fee:
    """A fixed sum in roubles and a share of the amount in per cent, for amounts from `amount_from` to `amount_to`.

    A fee in steps is several fees whose bands of amounts (both ends included) follow each other.
    """

    charged: Charged
    fixed: Decimal = ZERO
    share: Decimal = ZERO
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None

    def __post_init__(self) -> None:
        refuse_outside("a fee", self.fixed, highest=MAX_AMOUNT, decimals=KOPECK_DECIMALS)
        refuse_outside("a fee's share", self.share, highest=Decimal(100), decimals=RATE_DECIMALS)

    def due(self, amount: Decimal) -> Decimal:
        """What is charged each time for a loan of this amount, to the kopeck."""
        if self.amount_from is not None and amount < self.amount_from:
            return ZERO
        if self.amount_to is not None and amount > self.amount_to:
            return ZERO
        share = CONTEXT.multiply(CONTEXT.multiply(amount, self.share), _PERCENT)
        return to_kopeck(CONTEXT.add(self.fixed, share))

    def steps(self) -> tuple[Decimal, ...]:
        """The amounts on both sides of each end of the band, where the fee jumps."""
        steps: list[Decimal] = []
        if self.amount_from is not None:
            steps += [CONTEXT.subtract(self.amount_from, KOPECK), self.amount_from]
        if self.amount_to is not None:
            steps += [self.amount_to, CONTEXT.add(self.amount_to, KOPECK)]
        return tuple(steps)


def telling_amounts(smallest: Decimal, largest: Decimal, fees: Iterable[Fee]) -> list[Decimal]:
    """The ends of a range of amounts, and both sides of each step of a fee inside it."""
    steps = {step for fee in fees for step in fee.steps() if smallest <= step <= largest}
    return sorted(steps | {smallest, largest})
