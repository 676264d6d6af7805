"""The proof holds after people were forgotten and months were dropped, also where that was killed in the middle."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from integrations import partitions, people, retention
from integrations.models import Batch, JournalEntry, Kind
from integrations.proof import verifying
from integrations.proof.verifying import Finding, Wrong
from tests.integrations.factories import PHONE
from tests.integrations.proof.conftest import BATCHES, ENTRIES_A_BATCH, seal, tamper, write

ROOT = Path(__file__).resolve().parents[3]
OLD = datetime(2021, 10, 5, tzinfo=UTC)
NOW = datetime(2026, 11, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_the_proof_holds_when_a_person_is_forgotten(sealed_copy: str) -> None:
    write(phone="9330445041")
    write(1)
    people.forget(PHONE, by="tests", reason="")
    for _ in range(2):
        report = verifying.verify()
        assert report.finding is None
        seal()
    assert report.forgotten == BATCHES * ENTRIES_A_BATCH + 1 or report.pending == 3
    assert verifying.verify().forgotten == BATCHES * ENTRIES_A_BATCH + 1


def test_the_proof_holds_when_months_are_dropped(sealed_copy: str) -> None:
    write(2, received_at=OLD)
    partitions.gather_strays()
    assert retention.due(NOW).kept == [date(2021, 10, 1)]  # not sealed yet
    seal()
    assert retention.purge(NOW).months == {date(2021, 10, 1): 2}
    for _ in range(2):
        report = verifying.verify()
        assert (report.finding, report.purged) == (None, 2)
        seal()


def test_a_month_that_was_dropped_without_a_word_is_found(sealed_copy: str) -> None:
    (gone,) = write(received_at=OLD)
    partitions.gather_strays()
    seal()
    tamper("drop table integrations_journalentry_2021_10")
    assert verifying.verify().finding == Finding(Wrong.REMOVED, gone.id, BATCHES)


@pytest.mark.parametrize("step", ["journal.record", "partitions.drop"])
def test_killed_in_the_middle_of_dropping_nothing_is_half(step: str, sealed_copy: str) -> None:
    write(2, received_at=OLD)
    partitions.gather_strays()
    seal()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *step.split(".")],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": sealed_copy},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"done, not committed\n"
        process.send_signal(signal.SIGKILL)
    process.wait()

    assert JournalEntry.objects.filter(received_at__lt=NOW.replace(year=2022)).count() == 2
    assert not JournalEntry.objects.filter(kind=Kind.PURGED).exists()
    assert verifying.verify().finding is None
    retention.purge(NOW)
    assert verifying.verify().purged == 2
    assert Batch.objects.count() == BATCHES + 1


KILLED = """
import sys, time
import django
django.setup()
from datetime import datetime, UTC
from integrations import retention
module, name = getattr(retention, sys.argv[1]), sys.argv[2]
step = getattr(module, name)
def slowly(*arguments, **keywords):
    step(*arguments, **keywords)
    print("done, not committed", flush=True)
    time.sleep(60)
setattr(module, name, slowly)
retention.purge(datetime(2026, 11, 30, tzinfo=UTC))
"""
