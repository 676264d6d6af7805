"""How contents differ, field by field, and one difference laid over another content.

Pure, so that what is scheduled can be made anew on whatever has been published since.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

from offers.domain import offer_cost, snapshot
from offers.domain.catalogue import Content, Offer, Policy, Product, Range

PRODUCT_ORDER = list(Product)
# Stands for the bank's name among the codes of what is chosen; no code of an offer looks like it.
BANK_NAME: Final = "@bank-name"
# Stands for the ceilings: what is kept of the Bank of Russia's table, and the bank's policy about them.
CEILINGS: Final = "@ceilings"
# Before a product's name: its policy.
POLICY: Final = "@policy-"
# Where two changes disagree about whether there is an offer at all, about the bank's name, or about a policy.
WHOLE: Final = ""
# What wins where two changes clash.
FIRST, SECOND = "first", "second"


@dataclass(frozen=True, slots=True)
class Change:
    """How one offer differs between two contents: added, removed, or in some fields."""

    code: str
    before: Offer | None
    after: Offer | None

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that differ; none where the offer was added or removed."""
        if self.before is None or self.after is None:
            return ()
        return tuple(f.name for f in fields(Offer) if getattr(self.before, f.name) != getattr(self.after, f.name))

    def onto(self, offer: Offer | None) -> Offer | None:
        """That offer with what differs here, and nothing else."""
        if self.before is None or self.after is None or offer is None:
            return self.after
        return replace(offer, **{name: getattr(self.after, name) for name in self.fields})


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """How it is decided who is offered a product, where that differs."""

    before: Policy
    after: Policy

    @property
    def code(self) -> str:
        return f"{POLICY}{self.after.product}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What makes one content out of another."""

    offers: tuple[Change, ...] = ()
    bank_name: tuple[str, str] | None = None  # before and after
    ceilings: Content | None = None  # the content with the new ones, where they differ
    policies: tuple[PolicyChange, ...] = ()
    paused: tuple[str, ...] = ()  # codes of the offers taken out for a while
    resumed: tuple[str, ...] = ()
    all_paused: bool | None = None  # whether everything is, where that differs

    def __len__(self) -> int:
        pauses = len(self.paused) + len(self.resumed) + (self.all_paused is not None)
        others = (self.bank_name is not None) + (self.ceilings is not None) + len(self.policies)
        return len(self.offers) + others + pauses

    @property
    def codes(self) -> tuple[str, ...]:
        """Of the offers that it touches."""
        return tuple(change.code for change in self.offers)

    @property
    def added(self) -> tuple[Change, ...]:
        return tuple(change for change in self.offers if change.before is None)

    @property
    def removed(self) -> tuple[Change, ...]:
        return tuple(change for change in self.offers if change.after is None)

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(change for change in self.offers if change.fields)

    def only(self, codes: Collection[str]) -> "Difference":
        """The part that concerns these offers.

        The bank's first name goes with whatever is published first, and the ceilings, being the law's, with any offer.
        """
        named = self.bank_name is not None and (BANK_NAME in codes or not self.bank_name[0])
        offers = tuple(change for change in self.offers if change.code in codes)
        return Difference(
            offers=offers,
            bank_name=self.bank_name if named else None,
            ceilings=self.ceilings if offers or CEILINGS in codes else None,
            policies=tuple(change for change in self.policies if change.code in codes),
        )

    def fingerprints(self) -> dict[str, str]:
        """For each change a short text that is another as soon as the change is another."""
        changes: tuple[Change | PolicyChange, ...] = (*self.offers, *self.policies)
        prints = {change.code: _fingerprint(change.before, change.after) for change in changes}
        return prints | ({BANK_NAME: _fingerprint(*self.bank_name)} if self.bank_name else {})


@dataclass(frozen=True, slots=True)
class Clash:
    """A field to which two changes give two values; WHOLE of an offer where one of them adds or removes it."""

    code: str
    field: str
    first: Offer | Policy | str | None
    second: Offer | Policy | str | None

    @property
    def key(self) -> str:
        return f"{self.code}:{self.field}"


def compare(before: Content, after: Content) -> Difference:
    """The changes that make `after` out of `before`, in the order of a release."""
    old, new = ({offer.code: offer for offer in content} for content in (before, after))
    changes = (Change(code, old.get(code), new.get(code)) for code in _codes_in_order(before, after))
    return Difference(
        offers=tuple(change for change in changes if change.before != change.after),
        bank_name=None if before.bank_name == after.bank_name else (before.bank_name, after.bank_name),
        ceilings=None if _ceilings(before) == _ceilings(after) else after,
        policies=tuple(
            PolicyChange(before.policy(product), after.policy(product))
            for product in Product
            if before.policy(product) != after.policy(product)
        ),
        paused=tuple(sorted(after.paused - before.paused)),
        resumed=tuple(sorted(before.paused - after.paused)),
        all_paused=None if before.all_paused == after.all_paused else after.all_paused,
    )


def applied(difference: Difference, content: Content) -> Content:
    """The content with that difference made in it. Pauses stay as they are: they are lifted by nothing but resuming."""
    changed = {change.code: change.onto(content.get(change.code)) for change in difference.offers}
    kept = [offer for offer in content if offer.code not in changed]
    ceilings = difference.ceilings or content
    policies = {product: content.policy(product) for product in Product}
    policies |= {change.after.product: change.after for change in difference.policies}
    return replace(
        content,
        policies=set_policies(policies.values()),
        market=ceilings.market,
        only_warn_of_ceilings=ceilings.only_warn_of_ceilings,
        bank_name=difference.bank_name[1] if difference.bank_name else content.bank_name,
        offers=in_order([*kept, *(offer for offer in changed.values() if offer is not None)]),
    )


def clashes(first: Difference, second: Difference, now: datetime) -> list[Clash]:
    """Where both change the same to something else. A full cost that follows the terms on both sides is no clash."""
    others = {change.code: change for change in second.offers}
    found = [
        clash for change in first.offers if (other := others.get(change.code)) for clash in _clashes(change, other, now)
    ]
    if first.bank_name and second.bank_name and first.bank_name[1] != second.bank_name[1]:
        found.append(Clash(BANK_NAME, WHOLE, first.bank_name[1], second.bank_name[1]))
    policies = {change.code: change.after for change in second.policies}
    found += [
        Clash(change.code, WHOLE, change.after, policies[change.code])
        for change in first.policies
        if policies.get(change.code, change.after) != change.after
    ]
    return found


def settled(first: Difference, second: Difference, choices: Mapping[str, str], now: datetime) -> Difference:
    """Of `first` what is to be laid over a content that holds `second`: all of it, but where `second` was chosen."""
    lost = {(clash.code, clash.field) for clash in clashes(first, second, now) if choices.get(clash.key) == SECOND}
    others = {change.code: change for change in second.offers}
    return replace(
        first,
        offers=tuple(
            _settled(change, others.get(change.code), lost, now)
            for change in first.offers
            if (change.code, WHOLE) not in lost
        ),
        bank_name=None if (BANK_NAME, WHOLE) in lost else first.bank_name,
        # Facts of the Bank of Russia's: those published last are right.
        ceilings=None if second.ceilings else first.ceilings,
        policies=tuple(change for change in first.policies if (change.code, WHOLE) not in lost),
    )


def in_order(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The order of a release, by which reasons are kept: steady from one release to the next."""
    return tuple(sorted(offers, key=lambda offer: (PRODUCT_ORDER.index(offer.product), offer.position, offer.code)))


def set_policies(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """As a content holds them: only what differs from a policy that nobody set, in the products' order."""
    changed = (policy for policy in policies if policy != Policy(policy.product))
    return tuple(sorted(changed, key=lambda policy: PRODUCT_ORDER.index(policy.product)))


def _clashes(change: Change, other: Change, now: datetime) -> list[Clash]:
    if not (change.fields and other.fields):
        return [] if change.after == other.after else [Clash(change.code, WHOLE, change.after, other.after)]
    both = [name for name in change.fields if name in other.fields]
    if _costs_follow(change, other, now):
        both = [name for name in both if name != "total_cost"]
    return [
        Clash(change.code, name, change.after, other.after)
        for name in both
        if getattr(change.after, name) != getattr(other.after, name)
    ]


def _settled(change: Change, other: Change | None, lost: Collection[tuple[str, str]], now: datetime) -> Change:
    """A change of the fields that were not lost, whose full cost follows the terms that come of both."""
    if other is None or not (change.fields and other.fields) or change.before is None or change.after is None:
        return change
    kept = {name: getattr(change.after, name) for name in change.fields if (change.code, name) not in lost}
    if other.after is not None and _costs_follow(change, other, now):
        kept["total_cost"] = _cost(replace(other.after, **kept), now)
        # As a change of the cost as it stands there, so that it is made even where it was none before.
        return Change(
            change.code, replace(change.before, total_cost=other.after.total_cost), replace(change.before, **kept)
        )
    return Change(change.code, change.before, replace(change.before, **kept))


def _costs_follow(change: Change, other: Change, now: datetime) -> bool:
    """Whether both states a full cost that its own terms give, and at least one changes it."""
    ends = [offer for offer in (change.after, other.after) if offer is not None]
    touched = "total_cost" in {*change.fields, *other.fields}
    return touched and all(offer.total_cost == _cost(offer, now) for offer in ends)


def _cost(offer: Offer, now: datetime) -> Range:  # type: ignore[type-arg]  # of decimals
    cost = offer_cost.cost_range(offer, now)
    return Range(cost.lowest.full_cost, cost.highest.full_cost)


def _ceilings(content: Content) -> tuple[object, ...]:
    return content.market, content.only_warn_of_ceilings


def _codes_in_order(before: Content, after: Content) -> list[str]:
    return list(dict.fromkeys(offer.code for offer in in_order([*before, *after])))


def _fingerprint(before: Offer | Policy | str | None, after: Offer | Policy | str | None) -> str:
    text = json.dumps([snapshot.to_plain(before), snapshot.to_plain(after)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
