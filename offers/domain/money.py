"""Money and rates as decimals: the one precision and the one rounding of the domain.

Every function works in a context of its own, so that what the calling thread has set (precision, rounding, traps) can't
change a price.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

# 40 digits: the product of a sum, a rate and a power of a rate keeps far more digits than a kopeck needs.
CONTEXT: Final = Context(prec=40, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow])

KOPECK: Final = Decimal("0.01")
THOUSANDTH: Final = Decimal("0.001")
ZERO: Final = Decimal("0.00")

MAX_AMOUNT: Final = Decimal(10) ** 12
MAX_RATE: Final = Decimal(1000)
KOPECK_DECIMALS: Final = 2
RATE_DECIMALS: Final = 10


def to_kopeck(amount: Decimal) -> Decimal:
    """Round roubles half up (away from zero) to the kopeck."""
    return amount.quantize(KOPECK, context=CONTEXT)


def kopecks(amount: Decimal) -> int:
    """Roubles, to the kopeck, in whole kopecks."""
    return int(CONTEXT.scaleb(amount, KOPECK_DECIMALS))


def roubles(amount: int) -> Decimal:
    """Whole kopecks in roubles."""
    return CONTEXT.scaleb(Decimal(amount), -KOPECK_DECIMALS)


def to_thousandth(percent: Decimal) -> Decimal:
    """Round a rate or a full cost, in per cent, half up to three decimals."""
    return percent.quantize(THOUSANDTH, context=CONTEXT)


def refuse_outside(what: str, value: Decimal, *, highest: Decimal, decimals: int) -> None:
    """ValueError unless 0 <= value <= highest with at most so many decimals; it keeps all work bounded."""
    exponent = value.normalize(CONTEXT).as_tuple().exponent if value.is_finite() else None
    if not isinstance(exponent, int) or exponent < -decimals or not 0 <= value <= highest:
        raise ValueError(f"{what} is 0 to {highest} with at most {decimals} decimals, not {value}")
