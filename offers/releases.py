"""The verbs of publication: compare, publish, discard an offer. A release is made, never changed."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from django.db import OperationalError, connection, transaction
from django.db.models import DateTimeField, Func, Max
from django.utils import timezone

from offers import catalogue, checks, models
from offers.checks import Found
from offers.domain import snapshot
from offers.domain.catalogue import Content, Offer, Product, Release

# Any number of our own: whoever makes a release holds this lock until the commit.
PUBLICATION_LOCK = 0x7669_7472_696E
LOCK_NOT_AVAILABLE = "55P03"  # what lock_timeout ends in
PRODUCT_ORDER = list(Product)
# Stands for the bank's name among the codes of what is chosen; no code of an offer looks like it.
BANK_NAME = "@bank-name"
# Stands for the ceilings: what is kept of the Bank of Russia's table, and the bank's policy about them.
CEILINGS = "@ceilings"


class Refused(Exception):
    """A publication that was not made."""


class NothingToPublish(Refused):
    """What was chosen is live already."""


class NoBankName(Refused):
    """An answer must name the bank, and nobody has named it yet."""


class Overtaken(Refused):
    """What was chosen is no longer what the person saw: somebody has edited or published it since."""


class Busy(Refused):
    """Another publication is under way."""


class NotSound(Refused):
    """`found` tells what stands against the publication."""

    def __init__(self, found: list[Found]) -> None:
        super().__init__(found)
        self.found = found


class Broken(NotSound):
    """What was chosen breaks rules."""


class Unacknowledged(NotSound):
    """Of what was chosen there are warnings, and nobody has said why it is published all the same."""


class State(StrEnum):
    """What Yandex sees of an offer, compared with its working copy."""

    DRAFT = "draft"
    CHANGED = "changed"
    LIVE = "live"
    SCHEDULED = "scheduled"
    ENDED = "ended"
    ARCHIVED = "archived"


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


@dataclass(frozen=True, slots=True)
class Difference:
    """What makes one content out of another."""

    offers: tuple[Change, ...] = ()
    bank_name: tuple[str, str] | None = None  # before and after
    ceilings: Content | None = None  # the content with the new ones, where they differ

    def __len__(self) -> int:
        return len(self.offers) + (self.bank_name is not None) + (self.ceilings is not None)

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
        )

    def fingerprints(self) -> dict[str, str]:
        """For each change a short text that is another as soon as the change is another."""
        prints = {change.code: _fingerprint(change.before, change.after) for change in self.offers}
        return prints | ({BANK_NAME: _fingerprint(*self.bank_name)} if self.bank_name else {})


@dataclass(frozen=True, slots=True)
class Published(Release):
    """A release just made, and what it changed."""

    difference: Difference


def compare(before: Content, after: Content) -> Difference:
    """The changes that make `after` out of `before`, in the order of a release."""
    old, new = ({offer.code: offer for offer in content} for content in (before, after))
    changes = (Change(code, old.get(code), new.get(code)) for code in _codes_in_order(before, after))
    return Difference(
        offers=tuple(change for change in changes if change.before != change.after),
        bank_name=None if before.bank_name == after.bank_name else (before.bank_name, after.bank_name),
        ceilings=None if _ceilings(before) == _ceilings(after) else after,
    )


def _ceilings(content: Content) -> tuple[object, ...]:
    return content.market, content.only_warn_of_ceilings


def live_content() -> Content:
    """What is live by the database's clock; nothing at all before the first release."""
    try:
        return catalogue.release(catalogue.live_number()).content
    except catalogue.NothingPublished:
        return Content(bank_name="", offers=())


def draft() -> Content:
    """What would be live if every change were published."""
    return checks.sealed(_drafted_on(live_content()), timezone.now())


def unpublished() -> Difference:
    """How the working copy differs from what is live."""
    live = live_content()
    return compare(live, _drafted_on(live))


def state(row: models.Offer, live: Content, now: datetime) -> State:
    """Where an offer stands at that moment. One that is archived and still live has changed."""
    published = live.get(row.code)
    if published is None:
        return State.ARCHIVED if row.archived else State.DRAFT
    if row.archived or catalogue.offer(row) != published:
        return State.CHANGED
    if row.valid_from is not None and now < row.valid_from:
        return State.SCHEDULED
    if row.valid_until is not None and now >= row.valid_until:
        return State.ENDED
    return State.LIVE


def ever_published(code: str) -> bool:
    return models.Release.objects.filter(codes__contains=[code]).exists()


@transaction.atomic
def publish(
    *,
    author: str,
    comment: str,
    codes: Collection[str] | None = None,
    seen: Mapping[str, str] | None = None,
    reason: str = "",
) -> Published:
    """Make the changes of the named offers (or BANK_NAME, CEILINGS) live, or every change. The rest stays as it is.

    `seen` holds the fingerprints of what the person was shown: whoever confirms a change publishes that and no other.
    `reason` acknowledges the warnings about what is published; errors stand against it whatever is said.
    """
    _lock()
    live = live_content()
    difference = compare(live, _drafted_on(live))
    if codes is not None:
        difference = difference.only(codes)
    if seen is not None and difference.fingerprints() != {code: seen[code] for code in seen if code != CEILINGS}:
        raise Overtaken
    if not difference:
        raise NothingToPublish
    content = _applied(difference, live)
    if not content.bank_name:
        raise NoBankName
    content = checks.sealed(content, timezone.now())
    acknowledged = _acknowledged(_held(content, difference), author, reason)
    number = _make(content, author=author, comment=comment, acknowledged=acknowledged)
    return Published(number, content, difference)


def found_in(difference: Difference) -> list[Found]:
    """What stands against publishing that difference now, or must be answered for."""
    return _held(_applied(difference, live_content()), difference)


def _held(content: Content, difference: Difference) -> list[Found]:
    """What the checks find in what a publication changes: what stays as it is live stands against nothing."""
    codes = difference.codes
    found = checks.check(content, timezone.now(), codes=codes, names=checks.names_of(codes))
    return [each for each in found if each.code or difference.bank_name]


def _acknowledged(found: list[Found], author: str, reason: str) -> list[dict[str, str]]:
    """What is kept of the warnings with the release; raises where something stands against it."""
    if broken := [each for each in found if each.blocks]:
        raise Broken(broken)
    asked = [each for each in found if each.asks]
    if asked and not reason:
        raise Unacknowledged(asked)
    return [{"offer": each.code, "rule": each.finding.rule, "by": author, "reason": reason} for each in asked]


@transaction.atomic
def discard(row: models.Offer) -> bool:
    """Delete an offer that was never published; archive any other, since past answers name it. Whether it is archived.

    An archived offer stays live until that, too, is published.
    """
    _lock()
    if not ever_published(row.code):
        row.delete()
        return False
    row.archived = True
    row.save()
    return True


def _drafted_on(live: Content) -> Content:
    rows = models.Offer.objects.filter(archived=False)
    bank = models.Bank.objects.first()
    return replace(
        live,
        bank_name=bank.name if bank else "",
        offers=_in_order(catalogue.offer(row) for row in rows),
        market=catalogue.market(),
        only_warn_of_ceilings=bank is not None and bank.only_warn_of_ceilings,
    )


def _applied(difference: Difference, content: Content) -> Content:
    changed = {change.code for change in difference.offers}
    kept = [offer for offer in content if offer.code not in changed]
    new = [change.after for change in difference.offers if change.after is not None]
    ceilings = difference.ceilings or content
    return replace(
        content,
        market=ceilings.market,
        only_warn_of_ceilings=ceilings.only_warn_of_ceilings,
        bank_name=difference.bank_name[1] if difference.bank_name else content.bank_name,
        offers=_in_order([*kept, *new]),
    )


def _in_order(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The order of a release, by which reasons are kept: steady from one release to the next."""
    return tuple(sorted(offers, key=lambda offer: (PRODUCT_ORDER.index(offer.product), offer.position, offer.code)))


def _codes_in_order(before: Content, after: Content) -> list[str]:
    return list(dict.fromkeys(offer.code for offer in _in_order([*before, *after])))


def _fingerprint(before: Offer | str | None, after: Offer | str | None) -> str:
    text = json.dumps([snapshot.to_plain(before), snapshot.to_plain(after)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _lock() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [PUBLICATION_LOCK])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise Busy from None
        raise


def _make(content: Content, *, author: str, comment: str, acknowledged: list[dict[str, str]]) -> int:
    last: int | None = models.Release.objects.aggregate(last=Max("number"))["last"]
    row = models.Release.objects.create(
        number=(last or 0) + 1,
        # Not `now()`: that is when this transaction began, before it waited for the lock.
        holds_from=Func(function="STATEMENT_TIMESTAMP", output_field=DateTimeField()),
        author=author,
        comment=comment,
        digest=snapshot.digest(snapshot.dump(content)),
        content=snapshot.to_plain(content),
        codes=[offer.code for offer in content],
        acknowledged=acknowledged,
    )
    return row.number
