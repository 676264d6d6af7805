"""The verbs of publication: publish, pause, resume, take back, withdraw. A release is made, never changed.

Whatever is made takes its place in the timeline, and what is scheduled after it is made anew on the new base: the same
changes, at the same moments.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from offers import catalogue, checks, models
from offers.checks import Found
from offers.domain import snapshot
from offers.domain.catalogue import Content, Release
from offers.domain.differences import (
    CEILINGS,
    FIRST,
    SECOND,
    Clash,
    Difference,
    applied,
    clashes,
    compare,
    in_order,
    settled,
)
from offers.models import Kind
from offers.timeline import DATABASE_CLOCK, Planned, latest, live_content, planned

# Any number of our own: whoever makes a release holds this lock until the commit.
PUBLICATION_LOCK = 0x7669_7472_696E
LOCK_NOT_AVAILABLE = "55P03"  # what lock_timeout ends in


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


class Clashing(Refused):
    """What is to be published and what is scheduled give two values to one field, and nobody has said which holds."""

    def __init__(self, planned: Planned, found: list[Clash]) -> None:
        super().__init__(found)
        self.planned, self.found = planned, found


class PastMoment(Refused):
    """Nothing can be scheduled for a moment that has passed."""


class NoReason(Refused):
    """Pauses and what is taken back are explained to those who find them later."""


class NotApproved(Refused):
    """Four eyes are wanted: what one person asks for, another must approve."""


class NoSuchOffer(Refused):
    """Yandex sees no offer of that code."""


class NoSuchRelease(Refused):
    """There is no release of that number that ever held, or none that is scheduled still."""


class State(StrEnum):
    """What Yandex sees of an offer, compared with its working copy."""

    DRAFT = "draft"
    CHANGED = "changed"
    LIVE = "live"
    PAUSED = "paused"
    SCHEDULED = "scheduled"
    ENDED = "ended"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, eq=False)
class Published(Release):
    """A release just made, what it changed, and what had to be made anew because of it."""

    difference: Difference
    made_anew: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What is kept with a release about its making."""

    author: str
    comment: str
    kind: Kind = Kind.PUBLICATION
    approved_by: str = ""
    reason: str = ""  # answers for the warnings
    acknowledged: tuple[dict[str, str], ...] = ()
    anew_of: int | None = None


def draft() -> Content:
    """What would be live if every change were published."""
    return checks.sealed(_drafted_on(live_content()), timezone.now())


def unpublished(live: Content | None = None) -> Difference:
    """How the working copy differs from what is live, or will be when all that is scheduled holds."""
    base = latest(live or live_content())
    return compare(base, _drafted_on(base))


def state(row: models.Offer, live: Content, now: datetime, coming: Content | None = None) -> State:
    """Where an offer stands at that moment. One that is archived and still live has changed.

    `coming`: what will be live when all that is scheduled holds.
    """
    published, own = live.get(row.code), None if row.archived else catalogue.offer(row)
    if own != published and coming is not None and coming.get(row.code) == own:
        return State.SCHEDULED
    if published is None:
        return State.ARCHIVED if row.archived else State.DRAFT
    if live.all_paused or row.code in live.paused:
        return State.PAUSED
    if own != published:
        return State.CHANGED
    if row.valid_from is not None and now < row.valid_from:
        return State.SCHEDULED
    if row.valid_until is not None and now >= row.valid_until:
        return State.ENDED
    return State.LIVE


def ever_published(code: str) -> bool:
    return models.Release.objects.filter(codes__contains=[code]).exists()


@transaction.atomic
def publish(  # noqa: PLR0913  (all of it is what one person wishes)
    *,
    author: str,
    comment: str,
    codes: Collection[str] | None = None,
    seen: Mapping[str, str] | None = None,
    reason: str = "",
    at: datetime | None = None,
    choices: Mapping[str, str] | None = None,
    approved_by: str = "",
) -> Published:
    """Publish the changes of the named offers, or every change, now or at a moment to come.

    Among the `codes` may be BANK_NAME, CEILINGS, and POLICY before a product's name.

    `seen` holds the fingerprints of what the person was shown: whoever confirms a change publishes that and no other.
    `reason` acknowledges the warnings about what is published; errors stand against it whatever is said.
    `choices` say what holds where something scheduled gives another value to the same field.
    """
    if settings.FOUR_EYES and approved_by in ("", author):
        raise NotApproved
    lock()
    live = live_content()
    coming = planned(live)
    end = coming[-1].content if coming else live
    difference = _chosen(compare(end, _drafted_on(end)), codes, seen)
    base, later = _place(live, coming, at)
    content = checks.sealed(applied(difference, base), timezone.now())
    if not compare(base, content):
        raise NothingToPublish
    if not content.bank_name:
        raise NoBankName
    note = Note(author, comment, approved_by=approved_by, reason=reason)
    return _put(_Step(base, content), later, note, choices, at)


def found_in(difference: Difference) -> list[Found]:
    """What stands against publishing that difference now, or must be answered for."""
    return _held(applied(difference, live_content()), difference)


@transaction.atomic
def pause(code: str | None, *, author: str, reason: str) -> Published:
    """Take an offer, or everything, out of the answers at once, until it is resumed."""
    _explained(reason)
    return _set_pause(code, on=True, note=Note(author, reason, Kind.PAUSE))


@transaction.atomic
def resume(code: str | None, *, author: str, reason: str = "") -> Published:
    """Lift the pause of an offer, or that of everything; an offer paused by itself stays so."""
    return _set_pause(code, on=False, note=Note(author, reason, Kind.RESUMPTION))


@transaction.atomic
def take_back(number: int, *, author: str, reason: str, choices: Mapping[str, str] | None = None) -> Published:
    """Make the offers and the bank's name of an earlier release live again, held against all that holds now.

    The reason also answers for the warnings. The ceilings stay, being the law's, and so do pauses and policies: nobody
    resumes by the way what was taken out, nor changes who is let in. The working copies stay, and then differ from what
    is live.
    """
    _explained(reason)
    lock()
    live = live_content()
    content = checks.sealed(taken_back(number, live), timezone.now())
    if not compare(live, content):
        raise NothingToPublish
    note = Note(author, reason, Kind.TAKEN_BACK, reason=reason)
    return _put(_Step(live, content), planned(live), note, choices)


def taken_back(number: int, live: Content) -> Content:
    """What would be live with the offers of that release."""
    if not models.Release.objects.filter(number=number, holds_from__lte=DATABASE_CLOCK).exists():
        raise NoSuchRelease
    old = catalogue.release(number).content
    return replace(live, bank_name=old.bank_name, offers=old.offers)


@transaction.atomic
def withdraw(number: int, *, author: str, reason: str, choices: Mapping[str, str] | None = None) -> Published:
    """Let a scheduled release never hold. What is live is made live once more, and so overtakes it."""
    _explained(reason)
    lock()
    live = live_content()
    coming = planned(live)
    kept = [each for each in coming if each.number != number]
    if kept == coming:
        raise NoSuchRelease
    return _put(_Step(live, live), kept, Note(author, reason, Kind.WITHDRAWAL, reason=reason), choices)


def _drafted_on(live: Content) -> Content:
    rows = models.Offer.objects.filter(archived=False)
    bank = models.Bank.objects.first()
    return replace(
        live,
        bank_name=bank.name if bank else "",
        offers=in_order(catalogue.offer(row) for row in rows),
        market=catalogue.market(),
        policies=catalogue.policies(),
        only_warn_of_ceilings=bank is not None and bank.only_warn_of_ceilings,
    )


def _chosen(difference: Difference, codes: Collection[str] | None, seen: Mapping[str, str] | None) -> Difference:
    if codes is not None:
        difference = difference.only(codes)
    if seen is not None and difference.fingerprints() != {code: seen[code] for code in seen if code != CEILINGS}:
        raise Overtaken
    if not difference:
        raise NothingToPublish
    return difference


def _place(live: Content, coming: Sequence[Planned], at: datetime | None) -> tuple[Content, Sequence[Planned]]:
    """What a release for that moment is made on, and what is scheduled after it."""
    if at is None:
        return live, coming
    if at <= timezone.now():
        raise PastMoment
    before = [each for each in coming if each.moment <= at]
    return (before[-1].content if before else live), coming[len(before) :]


def _set_pause(code: str | None, *, on: bool, note: Note) -> Published:
    lock()
    live = live_content()
    if code is None:
        content = replace(live, all_paused=on)
    elif live.get(code) is None and code not in live.paused:
        raise NoSuchOffer
    else:
        content = replace(live, paused=live.paused | {code} if on else live.paused - {code})
    content = checks.sealed(content, timezone.now())
    if not compare(live, content):
        raise NothingToPublish
    return _put(_Step(live, content), planned(live), note)


def _explained(reason: str) -> None:
    if not reason.strip():
        raise NoReason


@dataclass(frozen=True, slots=True)
class _Step:
    """From one content to the next, at a moment of the timeline."""

    before: Content
    after: Content


def _put(
    step: _Step,
    later: Sequence[Planned],
    note: Note,
    choices: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> Published:
    """Make a release, and make anew what is scheduled after it."""
    difference = compare(step.before, step.after)
    anew = list(_laid_over(step, later, choices or {}))
    found = _held(step.after, difference) + [each for _, _, merged in anew for each in merged]
    note = replace(note, acknowledged=_acknowledged(found, note.author, note.reason))
    number = _make(step.after, note, at)
    made = [_make(content, _anew(each), each.moment) for each, content, _ in anew]
    return Published(number, step.after, difference, tuple(made))


def _laid_over(
    step: _Step, later: Iterable[Planned], choices: Mapping[str, str]
) -> Iterator[tuple[Planned, Content, list[Found]]]:
    """Each scheduled release with its changes made on the new base, and what the checks find where both changed."""
    now, new = timezone.now(), step.after
    for each in later:
        own, other = compare(each.base, each.content), compare(each.base, new)
        mine = {key.removeprefix(f"{each.number} "): choice for key, choice in choices.items()}
        found = [clash for clash in clashes(own, other, now) if mine.get(clash.key) not in (FIRST, SECOND)]
        if found:
            raise Clashing(each, found)
        content = checks.sealed(applied(settled(own, other, mine, now), new), now)
        made = compare(new, content)
        if made:  # what holds already need not be scheduled
            yield each, content, _held(content, made.only({*own.codes} & {*other.codes}))
        new = content


def _anew(each: Planned) -> Note:
    row = each.row
    return Note(
        row.author,
        row.comment,
        Kind(row.kind),
        approved_by=row.approved_by,
        acknowledged=tuple(row.acknowledged),
        anew_of=row.number,
    )


def _held(content: Content, difference: Difference) -> list[Found]:
    """What the checks find in what a publication changes: what stays as it is live stands against nothing."""
    codes = difference.codes
    if not codes and not difference.bank_name:
        return []
    found = checks.check(content, timezone.now(), codes=codes, names=checks.names_of(codes))
    return [each for each in found if each.code or difference.bank_name]


def _acknowledged(found: list[Found], by: str, reason: str) -> tuple[dict[str, str], ...]:
    """What is kept of the warnings with the release; raises where something stands against it."""
    if broken := [each for each in found if each.blocks]:
        raise Broken(broken)
    asked = [each for each in found if each.asks]
    if asked and not reason:
        raise Unacknowledged(asked)
    return tuple({"offer": each.code, "rule": each.finding.rule, "by": by, "reason": reason} for each in asked)


def lock() -> None:
    """Of those who make releases, or delete what a release might hold, one at a time."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [PUBLICATION_LOCK])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise Busy from None
        raise


def _make(content: Content, note: Note, at: datetime | None) -> int:
    last: int | None = models.Release.objects.aggregate(last=Max("number"))["last"]
    row = models.Release.objects.create(
        number=(last or 0) + 1,
        holds_from=at or DATABASE_CLOCK,
        author=note.author,
        comment=note.comment,
        kind=note.kind,
        approved_by=note.approved_by,
        anew_of=note.anew_of,
        digest=snapshot.digest(snapshot.dump(content)),
        content=snapshot.to_plain(content),
        codes=[offer.code for offer in content],
        acknowledged=list(note.acknowledged),
    )
    return row.number
