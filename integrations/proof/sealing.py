"""Sealing: entries that are final become a batch, a leaf of the log, and a signed checkpoint.

Which entries are final, no clock can tell: one received long ago may be committed only now, by a slow transaction or
from the spool. Each row says which transaction wrote it (`xact`). Below the xmin of a snapshot every transaction has
ended, so the rows below it are all there that will ever be, and their order by (xact, id) stays: a batch begins behind
the last one sealed and ends before xmin, whatever commits at the same time. A batch remembers its members itself.

Numbers of transactions belong to a cluster. A journal restored into another one goes on counting from where it was:
`_clock` notices and shifts them, and what was not sealed then is found by not being a member.
"""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from integrations import partitions
from integrations.models import Batch, Clock
from integrations.proof import entries, merkle
from integrations.proof.members import RECORD_BYTES, leaves
from integrations.proof.notes import PublicKey, Signer, public_key

logger = logging.getLogger("integrations.checkpoints")

BATCH_ENTRIES: Final = 10_000
SEAL_LOCK: Final = 0x7365_616C
NIL: Final = UUID(int=0)

XMIN = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
PENDING = f"""
select xact, id, received_at from integrations_journalentry
where xact >= %(xact)s and (xact, id) > (%(xact)s, %(id)s) and xact < %(base)s + {XMIN}
order by xact, id"""
# Entries that no batch holds. For the rare cases in which position tells nothing: it reads the whole journal.
STRANGERS = f"""
with member as materialized (
    select encode(substr(members, {RECORD_BYTES} * place + 1, 16), 'hex')::uuid as id
    from integrations_batch, generate_series(0, entries - 1) place)
select xact, id, received_at from integrations_journalentry left join member using (id)
where xact < %(before)s and member.id is null
order by xact, id"""
LAG = """
select count(*), min(received_at) from integrations_journalentry
where xact >= %(xact)s and (xact, id) > (%(xact)s, %(id)s)"""


class NoSigningKey(LookupError):
    """SIGNING_KEY is not set, so nothing can be sealed here."""


class Restored(RuntimeError):
    """The journal was restored into another cluster and not sealed there yet."""


class Busy(RuntimeError):
    """Another process is sealing."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far the order of commits has been sealed."""

    xact: int = 0
    id: UUID = NIL


@dataclass(frozen=True, slots=True)
class Lag:
    """What is not sealed yet."""

    entries: int
    oldest: datetime | None


def signer() -> Signer:
    """Raises NoSigningKey."""
    if settings.SIGNING_KEY is None:
        raise NoSigningKey
    return Signer.of(settings.SIGNING_KEY.id, settings.SIGNING_KEY.secret)


def trusted_keys() -> list[PublicKey]:
    """The keys by which checkpoints may be signed: today's first, then the former ones. Raises ValueError."""
    current = [signer().public] if settings.SIGNING_KEY else []
    return current + [public_key(text) for text in settings.TRUSTED_KEYS]


def seal() -> Generator[Batch, None, None]:
    """Seal what is final, each batch in a transaction of its own. Raises NoSigningKey or Busy.

    Stopped between two batches, or killed anywhere, it goes on where it was the next time.
    """
    key = signer()
    partitions.make_ahead()
    with _alone():
        final = _final(_clock())
        while keys := list(islice(final, BATCH_ENTRIES)):
            batch = _seal(keys, key)
            logger.info("checkpoint %s", batch.checkpoint)
            yield batch


def lag() -> Lag:
    return Lag(*_query(LAG, _as_parameters(position()))[0])


def log() -> merkle.Log:
    """The tree over the sealed batches, read as needed."""
    return merkle.Log(
        leaf_at=lambda number: merkle.leaf(bytes(Batch.objects.values_list("root", flat=True).get(number=number))),
        ending_at=lambda number: bytes(Batch.objects.values_list("subtree", flat=True).get(number=number)),
    )


@contextmanager
def _alone() -> Iterator[None]:
    if not _query("select pg_try_advisory_lock(%(lock)s)", {"lock": SEAL_LOCK})[0][0]:
        raise Busy
    try:
        yield
    finally:
        _query("select pg_advisory_unlock(%(lock)s)", {"lock": SEAL_LOCK})


def clock() -> Clock:
    """Raises Restored."""
    latest = Clock.objects.order_by("-base")[0]
    if latest.cluster != _cluster():
        raise Restored
    return latest


def _clock() -> Clock:
    try:
        return clock()
    except Restored:
        return _set_clock()


def _cluster() -> str:
    return str(_query("select system_identifier from pg_control_system()", {})[0][0])


def _set_clock() -> Clock:
    """Let numbers go on above all there are. The lock waits for every writer, so that those below are final."""
    with transaction.atomic():
        _query("lock table integrations_journalentry in access exclusive mode", {})
        base = _query("select coalesce(max(xact), 0) + 1 from integrations_journalentry", {})[0][0]
        _query(
            "alter table integrations_journalentry alter column xact"
            f" set default ({int(base)} + pg_current_xact_id()::text::bigint)",
            {},
        )
        made, _new = Clock.objects.update_or_create(cluster=_cluster(), defaults={"base": base})
    return made


def position() -> Position:
    last = Batch.objects.order_by("-number").values_list("last_xact", "last_id").first()
    return Position(*last) if last else Position()


def _as_parameters(at: Position) -> dict[str, Any]:
    return {"xact": at.xact, "id": at.id}


def _final(now: Clock) -> Iterator[tuple[int, UUID, datetime]]:
    """The keys of what is final and not sealed, in order. The cursor outlives the batches' transactions."""
    start = position()
    if start.xact < now.base:
        yield from entries.stream(STRANGERS, {"before": now.base}, BATCH_ENTRIES)
        start = Position(now.base)
    yield from entries.stream(PENDING, {**_as_parameters(start), "base": now.base}, BATCH_ENTRIES)


def _seal(keys: Sequence[tuple[int, UUID, datetime]], key: Signer) -> Batch:
    with transaction.atomic():
        found = {member.id: member for member in entries.members([(entry_id, at) for _xact, entry_id, at in keys])}
        packed = b"".join(found[entry_id].pack() for _xact, entry_id, _at in keys)
        last = Batch.objects.order_by("-number").values_list("number", flat=True).first()
        size = 0 if last is None else last + 1
        root, tree = merkle.root(list(leaves(packed))), log()
        subtree = tree.grow(size, merkle.leaf(root))
        grown = merkle.Log(tree.leaf_at, lambda at: subtree if at == size else tree.ending_at(at))
        return Batch.objects.create(
            number=size,
            entries=len(keys),
            members=packed,
            root=root,
            subtree=subtree,
            checkpoint=key.sign(size + 1, grown.root(size + 1)),
            last_xact=keys[-1][0],
            last_id=keys[-1][1],
        )


def _query(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
