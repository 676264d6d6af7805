"""Monthly payments of a loan, in closed form: what an answer states without building the schedule.

Amounts are roubles to the kopeck, rates per cent a year. Compulsory monthly fees are the caller's to add.
"""

from decimal import Decimal
from typing import Final, NamedTuple

from offers.domain.dates import MONTHS_IN_YEAR
from offers.domain.money import CONTEXT, to_kopeck

# A rate of r per cent a year turns 1200 into 1200 + r in a month: whole numbers where a fraction would repeat for ever.
_MONTHLY_PERCENT_BASE: Final = Decimal(100 * MONTHS_IN_YEAR)


class EqualPrincipal(NamedTuple):
    """The ends of a schedule whose payments fall: the greatest and the smallest payment, in roubles."""

    first: Decimal
    last: Decimal


def annuity(amount: Decimal, annual_rate: Decimal, months: int) -> Decimal:
    """The equal monthly payment `S·r / (1 - (1+r)^-n)`, `r` a twelfth of the rate, half up to the kopeck.

    `amount` in roubles, `annual_rate` in per cent a year (24.3), `months` at least 1. A rate of nought shares the
    amount equally. ValueError for a term, amount or rate that can't be.
    """
    _refuse_impossible(amount, annual_rate, months)
    if not annual_rate:
        return to_kopeck(CONTEXT.divide(amount, Decimal(months)))
    grown = CONTEXT.power(CONTEXT.add(_MONTHLY_PERCENT_BASE, annual_rate), months)
    still = CONTEXT.power(_MONTHLY_PERCENT_BASE, months)
    dividend = CONTEXT.multiply(CONTEXT.multiply(amount, annual_rate), grown)
    divisor = CONTEXT.multiply(_MONTHLY_PERCENT_BASE, CONTEXT.subtract(grown, still))
    return to_kopeck(CONTEXT.divide(dividend, divisor))


def equal_principal(amount: Decimal, annual_rate: Decimal, months: int) -> EqualPrincipal:
    """First and last payment when the principal is repaid in equal parts and interest is a twelfth of the rate.

    Units and errors as in `annuity`. The last part of the principal takes the remainder of the rounding.
    """
    _refuse_impossible(amount, annual_rate, months)
    part = principal_part(amount, months)
    remainder = max(CONTEXT.subtract(amount, CONTEXT.multiply(part, Decimal(months - 1))), Decimal(0))
    return EqualPrincipal(
        first=CONTEXT.add(part, monthly_interest(amount, annual_rate)),
        last=CONTEXT.add(remainder, monthly_interest(remainder, annual_rate)),
    )


def principal_part(amount: Decimal, months: int) -> Decimal:
    """The principal in each payment but the last, when it is repaid in equal parts."""
    return to_kopeck(CONTEXT.divide(amount, Decimal(months)))


def monthly_interest(balance: Decimal, annual_rate: Decimal) -> Decimal:
    """A month's interest on a balance: a twelfth of the annual rate, half up to the kopeck."""
    return to_kopeck(CONTEXT.divide(CONTEXT.multiply(balance, annual_rate), _MONTHLY_PERCENT_BASE))


def _refuse_impossible(amount: Decimal, annual_rate: Decimal, months: int) -> None:
    if months < 1:
        raise ValueError(f"a term is at least one month, not {months}")
    if amount < 0:
        raise ValueError(f"an amount can't be negative: {amount}")
    if annual_rate < 0:
        raise ValueError(f"a rate can't be negative: {annual_rate}")
