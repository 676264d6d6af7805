"""The verbs of publication: what is unpublished, publish it. Each makes a release; none changes one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace

from django.db import connection, transaction
from django.db.models import Max

from offers import catalogue, models
from offers.domain import snapshot
from offers.domain.catalogue import Content, Offer, Product, Release

# Any number of our own: whoever makes a release holds this lock until the commit.
PUBLICATION_LOCK = 0x7669_7472_696E
PRODUCT_ORDER = list(Product)


class NothingToPublish(ValueError):
    """What was chosen is live already."""


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


def compare(before: Content, after: Content) -> tuple[Change, ...]:
    """The changes that make `after` out of `before`, in the order of codes."""
    codes = sorted({offer.code for offer in (*before, *after)})
    changes = (Change(code, before.get(code), after.get(code)) for code in codes)
    return tuple(change for change in changes if change.before != change.after)


def live_content() -> Content:
    """What is live by the database's clock; nothing at all before the first release."""
    try:
        return catalogue.release(catalogue.live_number()).content
    except catalogue.NothingPublished:
        return Content(bank_name="", offers=())


def draft() -> Content:
    """What would be live if every change were published."""
    live = live_content()
    rows = models.Offer.objects.filter(archived=False)
    return replace(live, bank_name=_bank_name(), offers=_in_order(catalogue.offer(row) for row in rows))


def unpublished() -> tuple[Change, ...]:
    """Offers whose working copy differs from what is live."""
    return compare(live_content(), draft())


@transaction.atomic
def publish(*, author: str, comment: str, codes: Collection[str] | None = None) -> Release:
    """Make the changes of the named offers live, or every change. What is not named stays as it is live.

    Raises NothingToPublish where that would change nothing.
    """
    _lock()
    live, after = live_content(), draft()
    if codes is not None:
        after = _only(live, after, frozenset(codes))
    if after == live:
        raise NothingToPublish
    return _make(after, author=author, comment=comment)


def _only(live: Content, after: Content, codes: frozenset[str]) -> Content:
    changed = [offer for offer in after if offer.code in codes]
    kept = [offer for offer in live if offer.code not in codes]
    return replace(after, bank_name=live.bank_name or after.bank_name, offers=_in_order([*kept, *changed]))


def _in_order(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The order of a release, by which reasons are kept: steady from one release to the next."""
    return tuple(sorted(offers, key=lambda offer: (PRODUCT_ORDER.index(offer.product), offer.position, offer.code)))


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [PUBLICATION_LOCK])


def _make(content: Content, *, author: str, comment: str) -> Release:
    last: int | None = models.Release.objects.aggregate(last=Max("number"))["last"]
    row = models.Release.objects.create(
        number=(last or 0) + 1,
        holds_from=catalogue.StatementTimestamp(),
        author=author,
        comment=comment,
        digest=snapshot.digest(snapshot.dump(content)),
        content=snapshot.to_plain(content),
    )
    return Release(row.number, content)


def _bank_name() -> str:
    bank = models.Bank.objects.first()
    return bank.name if bank else ""
