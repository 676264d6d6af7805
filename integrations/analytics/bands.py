"""Bands of amounts and terms, in which demand is counted. Where a band begins is kept with the counts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from offers import wording
from offers.domain.catalogue import Product

# Each band runs from its edge to just before the next; the last one has no end.
AMOUNTS: Final = (0, 50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 5_000_000)
TERMS: Final = (0, 7, 13, 25, 37, 61, 85)
THOUSAND: Final = 1_000
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Band:
    """From `start` to just before `end`."""

    start: int
    end: int | None


def amounts() -> tuple[Band, ...]:
    return _bands(AMOUNTS)


def terms() -> tuple[Band, ...]:
    return _bands(TERMS)


def amount_label(start: int | None) -> str:
    """The band that begins there; None: no amount was said."""
    if start is None:
        return _("not said")
    end = next((edge for edge in AMOUNTS if edge > start), None)
    if end is None:
        return _("from %(amount)s") % {"amount": short(start)}
    if not start:
        return _("below %(amount)s") % {"amount": short(end)}
    return f"{short(start)} – {short(end)}"


def term_label(start: int | None) -> str:
    """In months, both ends included, as people speak of terms."""
    if start is None:
        return _("not said")
    end = next((edge for edge in TERMS if edge > start), None)
    if end is None:
        return _("%(months)d and more") % {"months": start}
    return f"{max(start, 1)}–{end - 1}"


def short(rubles: int | Decimal) -> str:
    """500 thousand, 1.5 million: as an axis says it."""
    if rubles >= MILLION:
        return _("%(number)s m") % {"number": wording.decimal(Decimal(rubles) / MILLION)}
    if rubles >= THOUSAND:
        return _("%(number)s k") % {"number": wording.decimal(Decimal(rubles) / THOUSAND)}
    return wording.decimal(Decimal(rubles))


def sql(column: str, edges: tuple[int, ...]) -> str:
    """SQL: where the band of that column's value begins."""
    array = f"array[{','.join(map(str, edges))}]"
    return f"({array})[width_bucket({column}, {array}::numeric[])]"


def edges(product: Product) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of a card's enquiry only the limit means anything."""
    return (AMOUNTS, TERMS) if product is Product.LOAN else (AMOUNTS, ())


def _bands(edges: tuple[int, ...]) -> tuple[Band, ...]:
    return tuple(Band(start, end) for start, end in zip(edges, (*edges[1:], None), strict=True))
