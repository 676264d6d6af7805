import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, transaction

from integrations import partitions
from integrations.models import JournalEntry
from tests.databases import copied
from tests.integrations.factories import JournalEntryFactory
from tests.server import serving

# Long past, so that no partition was made for it.
STRAY = datetime(2020, 2, 29, 23, tzinfo=UTC)


def names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select relid::regclass::text from pg_partition_tree('integrations_journalentry') where isleaf")
        return {name for (name,) in cursor.fetchall()}


def places() -> dict[Any, str]:
    with connection.cursor() as cursor:
        cursor.execute("select id, tableoid::regclass::text from integrations_journalentry")
        return dict(cursor.fetchall())


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of the test's own, with real commits; its URI."""
    with django_db_blocker.unblock():
        connection.close()
        template = connection.settings_dict["NAME"]
        with copied(template, f"{template}_partitions") as name, serving.orm_on(name):
            yield serving.uri_of(name)


def test_months_go_over_the_new_year() -> None:
    assert list(partitions.months(date(2026, 11, 24), 3)) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


@pytest.mark.django_db
def test_two_years_are_made_ahead_and_only_once() -> None:
    partitions.make_ahead(date(2040, 2, 10))
    made = names()
    assert {f"integrations_journalentry_{month}" for month in ("2040_02", "2041_01", "2042_02")} <= made
    assert "integrations_journalentry_2042_03" not in made
    partitions.make_ahead(date(2040, 2, 10))
    assert names() == made


@pytest.mark.django_db
def test_strays_move_into_their_months(committed: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(partitions, "ROWS_A_MOVE", 2)
    entries = [JournalEntryFactory(received_at=STRAY + timedelta(hours=hours)) for hours in (0, 0, 0, 0.5, 1, 700)]
    before = list(JournalEntry.objects.order_by("id").values())

    call_command("partition_journal")

    assert [places()[entry.id].removeprefix("integrations_journalentry_") for entry in entries] == [
        *["2020_02"] * 4,
        *["2020_03"] * 2,
    ]
    assert list(JournalEntry.objects.order_by("id").values()) == before
    assert re.search("2020-02: .*4", capsys.readouterr().out)
    assert partitions.strays() == {}
    for change in ("delete from {}_2020_02", "truncate {}_2020_02", "delete from {}_default"):
        JournalEntryFactory(received_at=datetime(1999, 1, 1, tzinfo=UTC))
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format("integrations_journalentry"))


@pytest.mark.django_db
def test_what_somebody_killed_left_behind_is_cleared_away(committed: str) -> None:
    entry = JournalEntryFactory(received_at=STRAY)
    partitions._copy(partitions.Month(date(2020, 2, 1)))

    partitions.gather_strays()

    assert places() == {entry.id: "integrations_journalentry_2020_02"}


@pytest.mark.django_db
def test_who_is_in_the_way_is_not_waited_for_long(committed: str) -> None:
    entry = JournalEntryFactory(received_at=STRAY)
    with psycopg.connect(committed) as other:
        other.execute("select * from integrations_journalentry_default")
        with pytest.raises(OperationalError):
            partitions.gather_strays()
        with pytest.raises(CommandError):
            call_command("partition_journal")
    assert places() == {entry.id: "integrations_journalentry_default"}


@pytest.mark.django_db
def test_what_comes_while_they_move_is_neither_lost_nor_doubled(committed: str) -> None:
    insert = """insert into integrations_journalentry
        (id, received_at, kind, request_id, method, path, status, latency_us, repeated, request_length, answer,
            commitment)
        select gen_random_uuid(), %s, kind, request_id, method, path, status, latency_us, repeated, request_length,
            answer, commitment from integrations_journalentry limit 1"""
    JournalEntryFactory.create_batch(20, received_at=STRAY)
    stop, written, seen = threading.Event(), [20], set()

    def serve() -> None:
        with psycopg.connect(committed, autocommit=True) as session:
            while not stop.is_set():
                session.execute(insert, [STRAY])
                written[0] += 1
                ((count,),) = session.execute("select count(*) from integrations_journalentry").fetchall()
                seen.add(count - written[0])

    service = threading.Thread(target=serve)
    service.start()
    try:
        for _attempt in range(3):
            partitions.gather_strays()
    finally:
        stop.set()
        service.join()

    assert JournalEntry.objects.count() == written[0] > 20
    assert seen == {0}
    assert set(places().values()) == {"integrations_journalentry_2020_02"}
