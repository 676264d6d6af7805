from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import pytest
from django.db import connection

from integrations.proof import entries
from integrations.proof.members import COVERED, PERSONAL, Member, digest, unpack
from tests.integrations.factories import JournalEntryFactory

MOMENT = datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC)
ID = UUID("01a20d6d-5a00-7ac3-82df-3ecd4fe03ec8")


def test_the_canonical_form() -> None:
    assert (
        digest(["ё", None, "", b"\0"])
        == sha256(b"vitrina journal entry 1\n+\0\0\0\0\0\0\0\2\xd1\x91-+\0\0\0\0\0\0\0\0+\0\0\0\0\0\0\0\1\0").digest()
    )


def test_a_record_is_read_as_it_is_written() -> None:
    member = Member(ID, -1, bytes(32))
    assert unpack(member.pack() * 2) == [member, member]
    assert member.pack() == ID.bytes + b"\xff" * 8 + bytes(32)


@pytest.mark.django_db
def test_every_column_is_covered() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select * from integrations_journalentry limit 0")
        assert {column.name for column in cursor.description} == {*COVERED, *PERSONAL, "salt"}


@pytest.mark.django_db
def test_the_canonical_form_of_an_entry() -> None:
    entry = JournalEntryFactory(
        id=ID, received_at=MOMENT, request_id=ID, search_id=ID, amount=Decimal("0.50"), reasons=[0, 5], answer=b"{}",
        salt=bytes(16),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("select xact from integrations_journalentry")
        xact = cursor.fetchone()[0]
    (member,) = entries.members([(ID, MOMENT)])
    assert member == Member(
        ID,
        1_795_521_600_000_005,
        digest([
            str(ID), "2026-11-24T12:00:00.000005Z", "approval", "yandex", str(ID), "POST",
            "/integrations/api/banking/loan_approval", "200", "1234", str(ID), "loan", "0.50", "36", "1", "has_approve",
            None, "0,5", "2026-11-24T12:00:00.000005Z", "false", "150", "2026-11-test", b"{}", bytes(entry.commitment),
            str(xact),
        ]),
    )  # fmt: skip


@pytest.mark.django_db
def test_only_the_entry_itself_is_found() -> None:
    JournalEntryFactory(id=ID, received_at=MOMENT)
    assert list(entries.members([(ID, MOMENT.replace(microsecond=6))])) == []
