"""What is wrong with what is to be published, and what a person must answer for.

One function for the form, the page of publication, the commands and whatever makes a release.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from offers import catalogue, models
from offers.domain import offer_cost
from offers.domain.addresses import ANYWHERE, LinkPolicy, check_deep_link, check_link
from offers.domain.advertising import Field, Text, lint
from offers.domain.catalogue import Content, MarketRow, Offer
from offers.domain.ceilings import CeilingRule
from offers.domain.findings import Finding, Severity
from offers.domain.full_cost import NoFullCostError
from offers.domain.full_cost_range import FullCostRange
from offers.domain.money import ZERO

# Nobody can mend these before the Bank of Russia publishes; so they are said, and nobody is asked about them.
ONLY_SHOWN: Final = frozenset({CeilingRule.CEILING_MISSING.value, CeilingRule.CATEGORY_MISSING.value})
DEFAULT_MARGIN: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and the offer that it is about: none where it is about the bank."""

    code: str
    finding: Finding

    @property
    def blocks(self) -> bool:
        return self.finding.severity is Severity.ERROR

    @property
    def asks(self) -> bool:
        """Whether a person must say why it is published all the same."""
        return not self.blocks and self.finding.rule not in ONLY_SHOWN


def check(
    content: Content, now: datetime, *, codes: Collection[str] | None = None, names: Mapping[str, str] | None = None
) -> list[Found]:
    """The findings about these offers, or about all; those about the bank's name first.

    `names` are the names that people inside the bank see, by code: they are not part of a content.
    """
    ours = models.Bank.objects.first()
    margin, policy = (ours.ceiling_margin if ours else DEFAULT_MARGIN), _policy_of(ours)
    bank = [Text(Field.BANK_NAME, content.bank_name)] if content.bank_name else []
    chosen = [offer for offer in content if codes is None or offer.code in codes]
    return [
        *(Found("", finding) for finding in lint(bank)),
        *(
            Found(offer.code, finding)
            for offer in chosen
            for finding in (
                *of_offer(offer, content.market, now, margin=margin, name=(names or {}).get(offer.code, "")),
                *(broken for each in of_links(offer, policy).values() for broken in each),
            )
        ),
    ]


def of_offer(
    offer: Offer, market: Sequence[MarketRow], now: datetime, *, margin: Decimal, name: str = ""
) -> list[Finding]:
    return [
        *offer_cost.check_stated(offer, now),
        *offer_cost.check_market(offer, market, now, margin),
        *lint(_texts(offer, name)),
    ]


def of_links(offer: Offer | models.Offer, policy: LinkPolicy) -> dict[str, list[Finding]]:
    """What is wrong with its links, by the field in which each stands."""
    found = {
        "link": check_link(offer.link, policy),
        "deep_link": check_deep_link(offer.deep_link, policy),
    }
    return {name: broken for name, broken in found.items() if broken}


def link_policy() -> LinkPolicy:
    """Where the bank lets links lead."""
    return _policy_of(models.Bank.objects.first())


def _policy_of(bank: models.Bank | None) -> LinkPolicy:
    return LinkPolicy(tuple(bank.link_hosts), tuple(bank.app_schemes)) if bank else ANYWHERE


def sealed(content: Content, now: datetime) -> Content:
    """With the times in which offers exceed their ceilings worked out, as a release holds them."""
    return replace(content, above_ceiling=offer_cost.above_ceiling(content, now))


def names_of(codes: Iterable[str]) -> dict[str, str]:
    return dict(models.Offer.objects.filter(code__in=list(codes)).values_list("code", "name"))


def ceiling_margin() -> Decimal:
    bank = models.Bank.objects.first()
    return bank.ceiling_margin if bank else DEFAULT_MARGIN


def cost_of(row: models.Offer, now: datetime) -> FullCostRange:
    """What a row's terms cost, whatever it states; the row must keep the rules. Raises NoFullCostError."""
    unstated = copy(row)
    unstated.total_cost_min = unstated.total_cost_max = ZERO
    return offer_cost.cost_range(catalogue.offer(unstated), now)


def fill(row: models.Offer, now: datetime) -> bool:
    """Work out the ends of the full cost that nobody typed; whether there were any. Raises NoFullCostError."""
    stated: tuple[Decimal | None, Decimal | None] = (row.total_cost_min, row.total_cost_max)
    if None not in stated:
        return False
    cost = cost_of(row, now)
    row.total_cost_min = cost.lowest.full_cost if stated[0] is None else stated[0]
    row.total_cost_max = cost.highest.full_cost if stated[1] is None else stated[1]
    return True


def follows(row: models.Offer, now: datetime) -> bool:
    """Whether the full cost that a row states is the one that its terms give, as if it had been worked out."""
    try:
        cost = cost_of(row, now)
    except NoFullCostError:
        return False
    return (row.total_cost_min, row.total_cost_max) == (cost.lowest.full_cost, cost.highest.full_cost)


def _texts(offer: Offer, name: str) -> Iterator[Text]:
    if name:
        yield Text(Field.OFFER_NAME, name)
    for index, condition in enumerate(offer.special_conditions):
        yield Text(Field.SPECIAL_CONDITION, condition, index)
    for index, link in enumerate((offer.link, offer.deep_link)):
        yield Text(Field.LINK, link, index)
