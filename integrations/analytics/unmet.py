"""Unmet demand: what was asked for and no offer covered, what comes nearest today, and what widening would win."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from django.db import connection

from integrations.analytics import bands
from integrations.analytics.tallies import DEMAND, REFUSED, Window
from offers.domain.catalogue import Content, Offer, Product
from offers.domain.decide import unavailability

Bound = Literal["amount_min", "amount_max", "term_min", "term_max"]
AMOUNT_BOUNDS: Final = ("amount_min", "amount_max")
# A bound is widened by as much again at most, and no further than half of those within that reach need.
FARTHEST: Final = 1.0
SHARE_WON: Final = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """One band of amounts and one of terms: how many asked, and how many of them in vain."""

    asked: int
    refused: int

    @property
    def share(self) -> float:
        return self.refused / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Map:
    """Demand by amount (rows) and term (columns; cards have one column). None: it was not said."""

    amounts: list[int | None]
    terms: list[int | None]
    cells: dict[tuple[int | None, int | None], Cell]


@dataclass(frozen=True, slots=True)
class Asked:
    """An enquiry that was refused, and how often just so."""

    amount: Decimal | None
    term: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Miss:
    """One bound of one offer that keeps an enquiry away."""

    bound: Bound
    value: Decimal | int
    gap: Decimal | int

    @property
    def stretch(self) -> float:
        """The gap as a share of the bound: roubles and months compared."""
        return float(self.gap) / float(self.value or 1)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The offer whose bounds an enquiry misses by least."""

    asked: Asked
    offer: str
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One bound of one offer moved, and how many of the refused that would win."""

    offer: str
    bound: Bound
    current: Decimal | int
    proposed: Decimal | int
    won: int
    of: int  # how many this bound alone keeps away


@dataclass(frozen=True, slots=True)
class Unmet:
    refused: int
    served_today: int  # of the refused, by what is live now
    nearest: list[Nearest]
    changes: list[Change]


def demand_map(window: Window, product: Product) -> Map:
    source = window.source(DEMAND)
    rows = _rows(
        f"""select amount_from, term_from, sum(n), coalesce(sum(n) filter (where decision = 'rejected'), 0)
        from ({source.sql}) as told where product_type = %(product)s group by amount_from, term_from""",
        {**source.parameters, "product": product.value},
    )
    cells = {(amount, term): Cell(int(asked), int(refused)) for amount, term, asked, refused in rows}
    amounts, terms = bands.edges(product)
    return Map(
        amounts=_axis(amounts, {amount for amount, _term in cells}),
        terms=_axis(terms, {term for _amount, term in cells}),
        cells=cells,
    )


def _axis(edges: Sequence[int], present: set[int | None]) -> list[int | None]:
    return [*edges, *([None] if None in present else [])]


def refused(window: Window, product: Product) -> list[Asked]:
    """The most frequent first."""
    source = window.source(REFUSED)
    rows = _rows(
        f"""select amount, term, sum(n) from ({source.sql}) as told
        where product_type = %(product)s group by amount, term order by sum(n) desc, amount, term""",
        {**source.parameters, "product": product.value},
    )
    return [Asked(amount, term, int(n)) for amount, term, n in rows]


def explore(asked: Sequence[Asked], product: Product, content: Content, now: datetime, *, shown: int) -> Unmet:
    """Set the refused against what is live now. `shown`: how many of the most frequent get their nearest offer."""
    live = [offer for offer in content if offer.product == product and unavailability(offer, content, now) is None]
    nearest: list[Nearest] = []
    alone: dict[tuple[str, Bound], list[tuple[Miss, int]]] = {}
    served = 0
    for one in asked:
        missed = {offer.code: tuple(misses(offer, one.amount, one.term)) for offer in live}
        if any(not found for found in missed.values()):
            served += one.count
            continue
        if missed and len(nearest) < shown:
            nearest.append(_nearest(one, missed))
        for code, found in missed.items():
            if len(found) == 1:
                alone.setdefault((code, found[0].bound), []).append((found[0], one.count))
    changes = [change for (code, bound), kept_away in alone.items() if (change := _cheapest(code, bound, kept_away))]
    changes.sort(key=lambda change: (-change.won, change.offer, change.bound))
    return Unmet(sum(one.count for one in asked), served, nearest, changes)


def misses(offer: Offer, amount: Decimal | None, term: int | None) -> Iterator[Miss]:
    """Each bound of the offer that keeps the enquiry away; the decision itself stops at the first."""
    if amount is not None:
        if amount < offer.shown_amount.min:
            yield Miss("amount_min", offer.shown_amount.min, offer.shown_amount.min - amount)
        elif amount > offer.shown_amount.max:
            yield Miss("amount_max", offer.shown_amount.max, amount - offer.shown_amount.max)
    if term is not None and offer.shown_term is not None:
        if term < offer.shown_term.min:
            yield Miss("term_min", offer.shown_term.min, offer.shown_term.min - term)
        elif term > offer.shown_term.max:
            yield Miss("term_max", offer.shown_term.max, term - offer.shown_term.max)


def _nearest(asked: Asked, missed: dict[str, tuple[Miss, ...]]) -> Nearest:
    code = min(missed, key=lambda code: (sum(miss.stretch for miss in missed[code]), code))
    return Nearest(asked, code, missed[code])


def _cheapest(code: str, bound: Bound, kept_away: list[tuple[Miss, int]]) -> Change | None:
    """The smallest widening that wins its share of those within reach; None where nobody is."""
    within = sorted((kept for kept in kept_away if kept[0].stretch <= FARTHEST), key=lambda kept: kept[0].gap)
    if not within:
        return None
    wanted = SHARE_WON * sum(count for _miss, count in within)
    won, gap = 0, within[0][0].gap
    for miss, count in within:
        if won >= wanted and miss.gap > gap:
            break
        won, gap = won + count, miss.gap
    current = within[0][0].value
    proposed = current - gap if bound.endswith("min") else current + gap
    return Change(code, bound, current, proposed, won, sum(count for _miss, count in kept_away))


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
