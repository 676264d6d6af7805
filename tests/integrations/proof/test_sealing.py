"""What is sealed, and that nothing is left out whatever is committed when."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from integrations.models import Batch, Clock, JournalEntry
from integrations.proof import notes, proving, sealing, verifying
from integrations.proof.members import unpack
from tests.integrations.proof.conftest import BATCHES, ENTRIES_A_BATCH, NOON, seal, settle, tamper, write

ROOT = Path(__file__).resolve().parents[3]
COPY = """insert into integrations_journalentry
    (id, received_at, kind, request_id, method, path, status, latency_us, repeated, request_length, answer, salt,
        commitment)
    select gen_random_uuid(), received_at - interval '1 year', kind, request_id, method, path, status, latency_us,
        repeated, request_length, answer, salt, sha256(salt || '----')
    from integrations_journalentry order by id limit 1"""

pytestmark = pytest.mark.django_db


def sealed_ids() -> list[Any]:
    members = Batch.objects.order_by("number").values_list("members", flat=True)
    return [member.id for packed in members for member in unpack(bytes(packed))]


def test_it_works(sealed_copy: str) -> None:
    written = write(2)
    assert sealing.lag() == sealing.Lag(2, NOON)
    assert seal() == 2
    assert sealed_ids()[-2:] == [entry.id for entry in written]
    assert sealing.lag() == sealing.Lag(0, None)
    last = Batch.objects.get(number=BATCHES)
    checkpoint = notes.read(last.checkpoint, sealing.trusted_keys())
    assert (checkpoint.size, checkpoint.root) == (BATCHES + 1, sealing.log().root(BATCHES + 1))


def test_nothing_new_makes_no_batch(sealed_copy: str) -> None:
    assert seal() == 0
    assert Batch.objects.count() == BATCHES


def test_what_is_much_is_cut(sealed_copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH_ENTRIES", 2)
    written = write(5)
    settle()
    assert [batch.entries for batch in sealing.seal()] == [2, 2, 1]
    assert sealed_ids()[-5:] == [entry.id for entry in written]
    assert verifying.verify().finding is None


def test_a_transaction_cut_in_two_goes_on_where_it_was(sealed_copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of one transaction have the same number; the id settles their order."""
    monkeypatch.setattr(sealing, "BATCH_ENTRIES", 2)
    with psycopg.connect(sealed_copy) as session, session.transaction():
        for _ in range(5):
            session.execute(COPY)
    settle()
    next(sealing.seal()).refresh_from_db()
    assert seal() == 3
    assert verifying.verify().finding is None


def test_what_commits_late_is_not_left_out(sealed_copy: str) -> None:
    """A slow transaction, a subtransaction of it and a prepared one began before what is sealed meanwhile."""
    with psycopg.connect(sealed_copy, autocommit=True) as slow, psycopg.connect(sealed_copy) as other:
        slow.execute("begin")
        slow.execute(COPY)
        slow.execute("savepoint inner_one")
        slow.execute(COPY)
        slow.execute("release savepoint inner_one")
        write(2)
        assert list(sealing.seal()) == []  # nothing of it is final
        other.execute("select 1")
        slow.execute("commit")
        assert seal() == 4
        slow.execute("begin")
        slow.execute(COPY)
        slow.execute("rollback")
    assert seal() == 0
    assert sorted(sealed_ids()) == sorted(JournalEntry.objects.values_list("id", flat=True))
    assert verifying.verify().finding is None


def test_only_one_seals_at_a_time(sealed_copy: str) -> None:
    write()
    with psycopg.connect(sealed_copy) as other:
        other.execute("select pg_advisory_lock(%s)", [sealing.SEAL_LOCK])
        with pytest.raises(sealing.Busy):
            list(sealing.seal())
        other.execute("select pg_advisory_unlock(%s)", [sealing.SEAL_LOCK])
        assert seal() == 1


def test_without_a_key_nothing_is_sealed(settings: Any) -> None:
    settings.SIGNING_KEY = None
    with pytest.raises(sealing.NoSigningKey):
        next(sealing.seal())


def test_a_journal_restored_into_another_cluster_is_sealed_on(sealed_copy: str) -> None:
    """There transactions begin with small numbers again: what is written until that is noticed must not be lost."""
    late = write(2)
    with connection.cursor() as cursor:
        cursor.execute("update integrations_clock set cluster = 'another'")
    low = write(2, received_at=NOON + timedelta(days=1))
    tamper(f"update integrations_journalentry set xact = 3 where id in ('{low[0].id}', '{low[1].id}')")
    with pytest.raises(sealing.Restored):
        verifying.verify()

    assert seal() == 4
    assert sorted(sealed_ids()[-4:]) == sorted(entry.id for entry in late + low)
    assert Clock.objects.latest("base").base > 0
    new = write(2)
    assert seal() == 2
    assert sealed_ids()[-2:] == [entry.id for entry in new]
    assert verifying.verify().finding is None
    for entry in JournalEntry.objects.all():
        assert proving.prove(entry.id)["entry"]["id"] == str(entry.id)


def test_killed_in_the_middle_nothing_is_half(sealed_copy: str) -> None:
    write(6)
    settle()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=ROOT, env=os.environ | {"DATABASE_URL": sealed_copy}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"about to commit the second batch\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    assert Batch.objects.count() == BATCHES + 1
    assert verifying.verify().finding is None
    assert seal() == 4
    assert len(sealed_ids()) == JournalEntry.objects.count() == BATCHES * ENTRIES_A_BATCH + 6
    assert verifying.verify().finding is None


KILLED = """
import time
import django
django.setup()
from integrations.models import Batch
from integrations.proof import sealing
create = Batch.objects.create
def slow(**values):
    made = create(**values)
    if values["number"] == 4:
        print("about to commit the second batch", flush=True)
        time.sleep(60)
    return made
Batch.objects.create = slow
sealing.BATCH_ENTRIES = 2
list(sealing.seal())
"""
