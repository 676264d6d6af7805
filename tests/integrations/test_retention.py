from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from integrations import journal, keys, partitions, people, retention
from integrations.models import Enquiry, JournalEntry, Kind, MonthKey
from integrations.proof import sealing
from integrations.proof.sealing import Position
from tests.integrations.factories import PHONE, JournalEntryFactory

NOW = datetime(2026, 11, 30, 0, 0, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everything_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "position", lambda: Position(2**62))


def enquiry(**values: Any) -> Enquiry:
    made = {
        "id": JournalEntryFactory.build().id, "client": "yandex", "search_id": JournalEntryFactory.build().search_id,
        "fields_digest": b"", "asked_at": NOW, "product_type": "loan", "phone_hash": b"", "phone_mask": "", **values,
    }  # fmt: skip
    return Enquiry.objects.create(**made)


def events() -> list[dict[str, Any]]:
    entries = JournalEntry.objects.filter(kind=Kind.PURGED).order_by("received_at", "id")
    return [journal.details(bytes(entry.answer)) for entry in entries]


def months() -> set[date]:
    return {month.first for month in partitions.whole_months()}


def test_nothing_is_due_in_a_young_installation() -> None:
    JournalEntryFactory(received_at=NOW)
    keys.seal_key(NOW)
    assert not retention.due(NOW)
    assert not retention.purge(NOW)
    assert events() == []


@pytest.mark.parametrize(
    ("decided", "asked", "kept"), [(23, 0, True), (25, 0, False), (None, 23, True), (None, 25, False)]
)
def test_answers_are_kept_for_their_lifetime(decided: int | None, asked: int, kept: bool) -> None:  # noqa: FBT001
    enquiry(
        decided_at=None if decided is None else NOW - timedelta(hours=decided), asked_at=NOW - timedelta(hours=asked)
    )
    assert retention.due(NOW).enquiries == (0 if kept else 1)
    retention.purge(NOW)
    assert Enquiry.objects.exists() is kept


def test_they_are_deleted_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "DELETE_OUTLIVED", retention.DELETE_OUTLIVED.replace("limit 5000", "limit 2"))
    for _ in range(5):
        enquiry(decided_at=NOW - timedelta(days=2))
    assert retention.purge(NOW).enquiries == 5


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2026, 11, 29, 23, 59, tzinfo=UTC), {"2026-10", "2026-11"}),
        (datetime(2026, 11, 30, tzinfo=UTC), {"2026-11"}),  # the 31st of October is thirty days old
        (datetime(2026, 12, 29, 23, 59, tzinfo=UTC), {"2026-11"}),
        (datetime(2026, 12, 30, tzinfo=UTC), set()),
    ],
)
def test_a_months_key_is_destroyed_when_its_last_day_is_old_enough(now: datetime, left: set[str]) -> None:
    made = [keys.seal_key(datetime(2026, month, 15, tzinfo=UTC)).id for month in (9, 10, 11)]
    retention.purge(now)  # It writes an event, and with it makes the key of the real month.
    assert {key.id[:7] for key in MonthKey.objects.filter(id__in=made).exclude(wrapped=None)} == left
    destroyed = MonthKey.objects.filter(wrapped=None)
    assert {key.destroyed_at for key in destroyed} == {now}
    assert {key for event in events() for key in event["keys"]} == {key.id for key in destroyed}
    for key in destroyed:
        with pytest.raises(keys.KeyDestroyed):
            keys.cipher_of(key.id)


def test_whole_months_are_dropped_when_all_of_them_is_too_old() -> None:
    partitions.make_ahead(date(2021, 9, 1))
    old, young = (
        JournalEntryFactory(received_at=datetime(2021, 10, 31, tzinfo=UTC)),
        JournalEntryFactory(received_at=datetime(2021, 11, 1, tzinfo=UTC)),
    )

    due = retention.due(NOW)
    assert (due.months, due.kept) == ({date(2021, 9, 1): 0, date(2021, 10, 1): 1}, [])
    retention.purge(NOW)

    assert not JournalEntry.objects.filter(id=old.id).exists()
    assert JournalEntry.objects.filter(id=young.id).exists()
    assert {date(2021, 9, 1), date(2021, 10, 1)}.isdisjoint(months())
    assert date(2021, 11, 1) in months()
    assert events() == [{"months": ["2021-09"], "entries": 0}, {"months": ["2021-10"], "entries": 1}]


def test_what_must_stay_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    partitions.make_ahead(date(2021, 9, 1))
    JournalEntryFactory(received_at=datetime(2021, 9, 5, tzinfo=UTC))
    people.hold(PHONE, "a case")
    assert retention.due(NOW).kept == [date(2021, 9, 1)]
    people.lift(PHONE)
    assert retention.due(NOW).kept == []
    monkeypatch.setattr(sealing, "position", lambda: Position(0))
    assert retention.due(NOW).kept == [date(2021, 9, 1)]
    retention.purge(NOW)
    assert date(2021, 9, 1) in months()
    assert date(2021, 10, 1) not in months()


def test_the_command_says_what_it_would_do_first(capsys: Any) -> None:
    moment = datetime.now(UTC)
    enquiry(decided_at=moment - timedelta(days=2))
    call_command("purge")
    assert Enquiry.objects.exists()
    assert "--yes" in capsys.readouterr().out
    call_command("purge", yes=True)
    assert not Enquiry.objects.exists()
    assert "1" in capsys.readouterr().out


def test_deed_and_entry_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_keywords: Any) -> None:
        raise RuntimeError

    keys.seal_key(datetime(2026, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(journal, "record", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        retention.purge(NOW)
    assert MonthKey.objects.exclude(wrapped=None).exists()
    assert connection.needs_rollback is False
