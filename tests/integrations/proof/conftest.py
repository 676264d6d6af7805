"""Databases in which the journal is committed and sealed: one as it was sealed, and a copy of it for each test."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from integrations.models import JournalEntry
from integrations.proof import sealing
from tests.databases import copied
from tests.integrations.factories import JournalEntryFactory
from tests.server import serving
from tests.server.waiting import wait_until

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENTRIES_A_BATCH = 3
BATCHES = 3


def write(count: int = 1, **values: Any) -> list[JournalEntry]:
    """Entries a minute apart, each in a transaction of its own."""
    first = values.pop("received_at", NOON)
    return [JournalEntryFactory(received_at=first + timedelta(minutes=n), **values) for n in range(count)]


def settle() -> None:
    """Wait until what is written is final: whatever else runs in the cluster, other tests too, holds that up."""
    wait_until(_is_final, within=60)


def _is_final() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select coalesce(max(xact), 0) < (select max(base) from integrations_clock) + {sealing.XMIN}"
            " from integrations_journalentry"
        )
        return bool(cursor.fetchone()[0])


def seal() -> int:
    """Of how many entries."""
    settle()
    return sum(batch.entries for batch in sealing.seal())


def prepare() -> None:
    for batch in range(BATCHES):
        write(ENTRIES_A_BATCH, received_at=NOON + timedelta(hours=batch))
        seal()


@pytest.fixture(scope="session")
def sealed_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock():
        connection.close()
        template = connection.settings_dict["NAME"]
        with copied(template, f"{template}_sealed") as name:
            with serving.orm_on(name):
                prepare()
            yield name


@pytest.fixture
def sealed(sealed_database: str, django_db_blocker: Any) -> Iterator[None]:
    """Three batches of three entries; what a test does to them is rolled back."""
    with django_db_blocker.unblock(), serving.orm_on(sealed_database), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def sealed_copy(sealed_database: str, django_db_blocker: Any) -> Iterator[str]:
    """The same in a database of the test's own, with real commits; its URI."""
    with (
        django_db_blocker.unblock(),
        copied(sealed_database, f"{sealed_database}_copy") as name,
        serving.orm_on(name),
    ):
        yield serving.uri_of(name)


def tamper(*statements: str, **parameters: Any) -> None:
    """What a superuser does who has switched the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("""do $$ declare part regclass; begin
            foreach part in array (select array_agg(distinct tableoid::regclass) from integrations_journalentry)
                || '{integrations_journalentry, integrations_journalentry_default, integrations_batch}'::regclass[] loop
                execute format('alter table only %s disable trigger all', part);
            end loop; end $$""")
        for statement in statements:
            cursor.execute(statement, parameters or None)
