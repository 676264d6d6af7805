"""What an entry holds, and that it stays."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from integrations import journal, keys, partitions, privacy
from integrations.ids import uuid7
from integrations.journal import Exchange
from integrations.models import JournalEntry, Kind

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def partition_of_its_month() -> None:
    """Migrations make partitions from the month on in which they run."""
    partitions.make_ahead(NOW.date())


def exchange(**changes: Any) -> Exchange:
    values: dict[str, Any] = {
        "id": uuid7(NOW),
        "method": "POST",
        "path": "/integrations/x",
        "remote_addr": "192.0.2.1",
        "body": b'{"phone_number":"9330445040"}',
        "length": 29,
        "received_at": NOW,
        "client": "yandex",
        **changes,
    }
    return Exchange(**values)


def written(exchange: Exchange, status: int = 400, answer: bytes = b"{}") -> JournalEntry:
    journal.append(exchange, status, answer)
    return JournalEntry.objects.get(id=exchange.id)


def raw(column: bytes | memoryview | None) -> bytes:
    assert column is not None
    return bytes(column)


def test_it_works() -> None:
    sent = exchange()
    row = written(sent)
    assert (row.id, row.request_id, row.received_at) == (sent.id, sent.request_id, NOW)
    assert (row.kind, row.client, row.method, row.path, row.status) == (
        Kind.UNREAD,
        "yandex",
        "POST",
        "/integrations/x",
        400,
    )
    assert (row.remote_addr, row.request_length, raw(row.answer)) == ("192.0.2.1", 29, b"{}")
    assert row.latency_us >= 0
    assert sent.recorded


def test_the_request_is_sealed_with_the_key_of_its_month() -> None:
    sent = exchange()
    row = written(sent)
    assert b"9330445040" not in raw(row.request_sealed)
    assert row.seal_key == keys.seal_key(NOW).id
    assert privacy.unseal(keys.seal_key(NOW).cipher, raw(row.request_sealed), sent.id.bytes) == sent.body


def test_the_commitment_binds_the_personal_parts() -> None:
    row = written(exchange(phone_hash=b"hash", phone_mask="********40"))
    assert row.phone_key == settings.PHONE_KEY.id
    assert raw(row.commitment) == privacy.commit(
        raw(row.salt), b"hash", b"********40", b"192.0.2.1", raw(row.request_sealed)
    )


def test_less_is_kept_of_an_unauthenticated_request() -> None:
    body = b"x" * 9000
    known, unknown = written(exchange(body=body)), written(exchange(body=body, client=None))
    assert len(raw(known.request_sealed)) - len(raw(unknown.request_sealed)) == 9000 - 4096


def test_nothing_is_sealed_of_an_empty_body() -> None:
    row = written(exchange(body=b"", length=0))
    assert (row.request_sealed, row.seal_key) == (None, None)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/integrations/\0\n", "/integrations/%00%0A"),
        ("/integrations/ё", "/integrations/%D1%91"),
        ("/integrations/9330445040", "/integrations/**********"),
        ("/" + "x" * 999, "/" + "x" * 299),
    ],
)
def test_a_path_is_kept_as_ascii_without_long_numbers(path: str, kept: str) -> None:
    assert written(exchange(path=path)).path == kept


def test_writing_it_again_changes_nothing() -> None:
    sent = exchange()
    written(sent, 400)
    written(sent, 500)
    assert JournalEntry.objects.get().status == 400


@pytest.mark.parametrize(
    "change",
    [
        "update integrations_journalentry set status = 200",
        "delete from integrations_journalentry",
        "delete from integrations_journalentry_2026_11",
        "truncate integrations_journalentry",
        "truncate integrations_journalentry_2026_11",
        "truncate integrations_journalentry_default",
    ],
)
def test_it_is_append_only(change: str, partition_of_its_month: None) -> None:
    written(exchange())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert JournalEntry.objects.count() == 1


def test_its_triggers_fire_for_replication_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass, tgname from pg_trigger where tgrelid in"
            " (select relid from pg_partition_tree('integrations_journalentry')) and tgenabled <> 'A'"
        )
        assert cursor.fetchall() == []


def test_entries_lie_in_the_partition_of_their_month(partition_of_its_month: None) -> None:
    written(exchange())
    written(exchange(received_at=datetime(2100, 1, 1, tzinfo=UTC)))
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text from integrations_journalentry order by received_at")
        assert cursor.fetchall() == [("integrations_journalentry_2026_11",), ("integrations_journalentry_default",)]
