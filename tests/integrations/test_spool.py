"""Entries on disk while the database is away, and their way back."""

import resource
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import pytest
from django.db import DataError, IntegrityError, OperationalError

from integrations import journal, spool
from integrations.models import JournalEntry
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry
from tests.integrations.test_journal import exchange, raw

REPLAY_LATER = spool.replay_later

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def directory(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(spool, "replay_later", lambda: None)  # a thread would not see this test's transaction
    settings.SPOOL_DIR = tmp_path / "spool"
    return tmp_path / "spool"


def test_what_is_kept_is_written_once(directory: Path) -> None:
    kept = exchange(phone_hash=b"hash", phone_mask="********40", enquiry=Enquiry(Product.LOAN, None, 36))
    spool.keep(kept, 503, b"{}")
    spool.keep(kept, 503, b"{}")
    assert spool.replay() == 1
    assert spool.replay() == 0
    row = JournalEntry.objects.get()
    assert (row.id, row.received_at, row.status, bytes(row.answer)) == (kept.id, kept.received_at, 503, b"{}")
    assert (row.product_type, row.term, raw(row.phone_hash)) == ("loan", 36, b"hash")
    assert row.latency_us == kept.latency_us


def test_it_is_readable_by_nobody_else(directory: Path) -> None:
    spool.keep(exchange(), 503, b"{}")
    (path,) = spool.waiting()
    assert b"9330445040" not in path.read_bytes()
    assert (directory.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_what_the_disk_does_not_take_leaves_nothing_behind(directory: Path) -> None:
    spool.keep(exchange(), 503, b"{}")
    (kept,) = spool.waiting()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # as if only so many bytes were left
    try:
        with pytest.raises(OSError, match="File too large"):
            spool.keep(exchange(), 503, b"{}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(directory.iterdir()) == [kept]


def test_it_stays_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise OperationalError

    spool.keep(exchange(), 503, b"{}")
    with monkeypatch.context() as patch:
        patch.setattr(journal, "append", away)
        with pytest.raises(OperationalError):
            spool.replay()
    assert spool.replay() == 1


def test_a_spoilt_file_is_set_aside_and_holds_up_nothing(directory: Path) -> None:
    spool.keep(exchange(), 503, b"{}")
    (path,) = spool.waiting()
    path.with_stem("00000000-0000-7000-8000-000000000000").write_bytes(path.read_bytes())
    assert spool.replay() == 1
    assert [left.suffix for left in directory.iterdir()] == [".unreadable"]


@pytest.mark.parametrize("refusal", [DataError, IntegrityError])
def test_what_the_journal_refuses_is_set_aside_and_holds_up_nothing(
    refusal: type[Exception], directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, other = exchange(), exchange()
    spool.keep(refused, 503, b"{}")
    spool.keep(other, 503, b"{}")
    append = journal.append

    def refuse(tried: journal.Exchange, status: int, answer: bytes) -> None:
        if tried.id == refused.id:
            raise refusal
        append(tried, status, answer)

    monkeypatch.setattr(journal, "append", refuse)
    assert spool.replay() == 1
    assert [row.id for row in JournalEntry.objects.all()] == [other.id]
    assert [left.name for left in directory.iterdir()] == [f"{refused.id}.unreadable"]


def test_a_full_disk_leaves_nothing_half(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        spool.keep(exchange(), 503, b"{}")
    assert list(directory.iterdir()) == []


class TestTheThread:
    @pytest.fixture(autouse=True)
    def emptied(self, monkeypatch: pytest.MonkeyPatch) -> Event:
        """Set once the thread has found something and taken it; a thread does not see this test's transaction."""
        emptied = Event()

        def replay() -> int:
            taken = spool.waiting()
            for path in taken:
                path.unlink()
            emptied.set()
            return len(taken)

        monkeypatch.setattr(spool, "replay", replay)
        monkeypatch.setattr(spool, "replay_later", REPLAY_LATER)
        return emptied

    def test_what_comes_while_it_ends_is_not_left_lying(self, emptied: Event, monkeypatch: pytest.MonkeyPatch) -> None:
        class LastMoment:
            late: ClassVar = [exchange()]

            def close(self) -> None:
                if self.late:
                    emptied.clear()
                    spool.keep(self.late.pop(), 503, b"{}")

        monkeypatch.setattr(spool, "connection", LastMoment())
        spool.keep(exchange(), 503, b"{}")
        while LastMoment.late:
            assert emptied.wait(5)
        assert emptied.wait(5)
        assert not spool.waiting()

    def test_it_outlives_a_disk_that_fails_for_a_while(
        self, emptied: Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        waiting, failures = spool.waiting, iter([OSError(5, "Input/output error")] * 2)

        def failing() -> list[Path]:
            for failure in failures:
                raise failure
            return waiting()

        monkeypatch.setattr(spool, "REPLAY_EVERY", 0.01)
        monkeypatch.setattr(spool, "waiting", failing)
        spool.keep(exchange(), 503, b"{}")
        assert emptied.wait(5)
        assert "Input/output error" in caplog.text
