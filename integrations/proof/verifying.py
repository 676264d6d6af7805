"""Verifying: whether the journal is still what was sealed, and which entry is the first that is not.

Everything is computed anew from the rows and compared with what was signed; what is stored in between counts for
nothing. A superuser who rewrites all of it consistently lacks the signing key; one who cuts the log's end off is found
by any later checkpoint that has left the machine: hand it over as `kept`.
"""

import ipaddress
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from integrations import journal, privacy
from integrations.models import Batch, JournalEntry, Kind
from integrations.proof import entries, merkle, notes, sealing
from integrations.proof.members import Member, leaves, unpack
from integrations.proof.notes import BadNote, Checkpoint, PublicKey

LATE: Final = timedelta(days=1)
BATCHES_A_FETCH: Final = 10
# Not yet begun when the journal was looked at: no transaction of this cluster has such a number.
FUTURE = """
select id from integrations_journalentry where xact >= %(base)s + pg_snapshot_xmax(pg_current_snapshot())::text::bigint
order by received_at, id limit 1"""


class Wrong(StrEnum):
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    MOVED = "moved"
    ERASED = "erased"  # personal parts are gone, and no entry says so
    BATCH_MISSING = "batch missing"
    BATCH_CHANGED = "batch changed"
    CHECKPOINT = "checkpoint"  # not signed, or not over this log
    CUT = "cut"  # a kept checkpoint is of a longer log
    FORKED = "forked"  # a kept checkpoint is of another log


@dataclass(unsafe_hash=True)
class Finding(Exception):
    """The first thing that is wrong; `entry` is the first of the batch where the whole batch is."""

    wrong: Wrong
    entry: UUID | None = None
    batch: int | None = None


class NoTrustedKey(LookupError):
    """Neither SIGNING_KEY nor TRUSTED_KEYS is set."""


@dataclass
class Report:
    """What was seen on the way; complete where `finding` is None."""

    batches: int = 0
    entries: int = 0  # sealed and there
    purged: int = 0
    forgotten: int = 0
    late: int = 0  # received more than a day before they were sealed
    pending: int = 0
    finding: Finding | None = None


@dataclass
class _Verifier:
    keys: Sequence[PublicKey]
    kept: Mapping[int, Checkpoint]
    purged_months: set[str]
    base: int  # of the cluster's clock
    report: Report = field(default_factory=Report)
    ending_at: dict[int, bytes] = field(default_factory=dict)  # the subtrees that the log consists of so far

    def take(self, batch: Batch) -> None:
        """Raises Finding."""
        number = self.report.batches
        if batch.number != number:
            raise Finding(Wrong.BATCH_MISSING, batch=number)
        members = self._members(batch)
        if not self._is_signed(batch):
            raise Finding(Wrong.CHECKPOINT, members[0].id, number)
        self._look_up(members, batch)
        self.report.batches += 1

    def end(self) -> None:
        """Nothing may be missing at the end, nor be there that was never sealed. Raises Finding."""
        if longer := [size for size in self.kept if size > self.report.batches]:
            raise Finding(Wrong.CUT, batch=min(longer))
        total = JournalEntry.objects.count()
        self.report.pending = total - self.report.entries
        if self.report.pending != sealing.lag().entries:
            raise Finding(Wrong.ADDED, _first_stranger())
        if future := _query(FUTURE, {"base": self.base}):
            raise Finding(Wrong.ADDED, future[0][0])
        if self.report.forgotten > _forgotten():
            raise Finding(Wrong.ERASED)

    def _members(self, batch: Batch) -> list[Member]:
        packed = bytes(batch.members)
        try:
            members = unpack(packed)
        except struct.error:
            members = []
        if not members or len(members) != batch.entries or merkle.root(list(leaves(packed))) != bytes(batch.root):
            raise Finding(Wrong.BATCH_CHANGED, members[0].id if members else None, batch.number)
        return members

    def _is_signed(self, batch: Batch) -> bool:
        tree, number = merkle.Log(self.ending_at.__getitem__, self.ending_at.__getitem__), batch.number
        subtree = tree.grow(number, merkle.leaf(bytes(batch.root)))
        size = number + 1
        width = size & -size
        self.ending_at = {end: known for end, known in self.ending_at.items() if end < size - width}
        self.ending_at[number] = subtree
        root = merkle.Log(tree.leaf_at, self.ending_at.__getitem__).root(size)
        if size in self.kept and self.kept[size].root != root:
            raise Finding(Wrong.FORKED, batch=number)
        try:
            checkpoint = notes.read(batch.checkpoint, self.keys)
        except BadNote:
            return False
        return (checkpoint.size, checkpoint.root, bytes(batch.subtree)) == (size, root, subtree)

    def _look_up(self, members: Sequence[Member], batch: Batch) -> None:
        found = _found(members)
        for member in members:
            there, personal = found.pop((member.id, member.received_us), (None, None))
            if there is None:
                self._explain_absence(member, batch.number)
            elif there != member or not _is_committed(personal):
                raise Finding(Wrong.CHANGED, member.id, batch.number)
            else:
                self.report.entries += 1
                self.report.forgotten += personal[4] is None
            self.report.late += batch.sealed_at - entries.moment(member.received_us) > LATE
        if found:
            raise Finding(Wrong.ADDED, min(found, key=lambda key: key[1])[0], batch.number)

    def _explain_absence(self, member: Member, batch: int) -> None:
        if JournalEntry.objects.filter(id=member.id).exists():
            raise Finding(Wrong.MOVED, member.id, batch)
        if f"{entries.moment(member.received_us):%Y-%m}" not in self.purged_months:
            raise Finding(Wrong.REMOVED, member.id, batch)
        self.report.purged += 1


def verify(kept: Sequence[str] = ()) -> Report:
    """Look at everything there is at this moment. `kept`: checkpoints from elsewhere, as signed notes.

    Raises NoTrustedKey, Restored, and BadNote where one of `kept` is not signed.
    """
    _trusted_keys()  # before the database is asked for anything
    with transaction.atomic(durable=True):
        _query("set transaction isolation level repeatable read, read only", {})
        return look(kept)


def look(kept: Sequence[str] = ()) -> Report:
    """The same within a transaction in which all statements see the same."""
    keys = _trusted_keys()
    checkpoints = {checkpoint.size: checkpoint for checkpoint in (notes.read(note, keys) for note in kept)}
    verifier = _Verifier(keys, checkpoints, _purged_months(), sealing.clock().base)
    try:
        for batch in Batch.objects.order_by("number").iterator(chunk_size=BATCHES_A_FETCH):
            verifier.take(batch)
        verifier.end()
    except Finding as finding:
        verifier.report.finding = finding
    return verifier.report


def _trusted_keys() -> list[PublicKey]:
    keys = sealing.trusted_keys()
    if not keys:
        raise NoTrustedKey
    return keys


def _found(members: Sequence[Member]) -> dict[tuple[UUID, int], tuple[Any, ...]]:
    keys = [(member.id, entries.moment(member.received_us)) for member in members]
    return {
        (member.id, member.received_us): (member, personal) for member, personal in entries.members_and_personal(keys)
    }


def _is_committed(personal: tuple[Any, ...]) -> bool:
    """Whether the personal parts are those that were committed to, or all gone."""
    phone_hash, phone_mask, address, sealed, salt, commitment = personal
    parts = (phone_hash, phone_mask and phone_mask.encode(), address and _text(address), sealed)
    if salt is None:
        return parts == (None, None, None, None)
    return privacy.commit(salt, *parts) == bytes(commitment)


def _text(address: str) -> bytes:
    return str(ipaddress.ip_address(address)).encode()


def _purged_months() -> set[str]:
    """The months whose entries were dropped, as the journal itself says."""
    return {month for details in _events(Kind.PURGED) for month in details.get("months", ())}


def _forgotten() -> int:
    """How many entries people were forgotten in, as the journal itself says."""
    return sum(details["entries"] for details in _events(Kind.FORGOTTEN))


def _events(kind: Kind) -> Iterator[dict[str, Any]]:
    answers = JournalEntry.objects.filter(kind=kind, kind__in=journal.EVENTS).values_list("answer", flat=True)
    return (journal.details(bytes(answer)) for answer in answers)


def _first_stranger() -> UUID | None:
    """The oldest entry that neither a batch holds nor the next ones will."""
    position = sealing.position()
    strangers = _query(sealing.STRANGERS, {"before": position.xact + 1})
    oldest = sorted(
        (at, entry_id) for xact, entry_id, at in strangers if (xact, entry_id) <= (position.xact, position.id)
    )
    return oldest[0][1] if oldest else None


def _query(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
