"""A list that calls have brought is checked beside all other jobs, and by nobody who was told to stop."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from integrations.lists import comparing, loading
from integrations.lists.models import ListVersion
from tests import databases
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory, live
from tests.server import serving
from tests.server.waiting import wait_until

State = ListVersion.State

WITHIN = 20.0
WAITS = """
select exists (select from pg_locks where relation = 'integrations_listedperson'::regclass and not granted)"""


@pytest.fixture(scope="module")
def own_database(django_db_setup: None) -> Iterator[str]:
    """Of these tests alone: people whom others left behind would be purged, which waits for a lock on the table."""
    template = connection.settings_dict["NAME"]
    with databases.copied(template, f"{template}_lists") as name:
        yield name


@pytest.fixture
def database(own_database: str, django_db_blocker: Any) -> Iterator[str]:
    """In which this test's commits stay; its URI."""
    with django_db_blocker.unblock(), serving.orm_on(own_database):
        yield serving.uri_of(own_database)


@pytest.fixture
def brought(database: str) -> ListVersion:
    """Two people, one of them twice, waiting for the check; beside a live version."""
    listed = PersonListFactory()
    live(listed, {"phone": PHONE})
    version = loading.begin(listed, by="crm", source=loading.API)
    people = [[phone, "loan"] for phone in (PHONE, PHONE, "9330445041")]
    loading.add_part(version, 1, people, digest=b"1")
    return loading.end(version)


def test_other_jobs_go_on_beside_a_check_and_being_told_to_stop_ends_it(
    database: str, brought: ListVersion, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with serving.connect(database) as other:
        other.autocommit = False
        other.execute("lock table integrations_listedperson")  # so the check goes on for as long as this test likes
        with serving.connect(database) as looking, serving.jobs(log, DATABASE_URL=database) as jobs:
            wait_until(lambda: looking.execute(WAITS).fetchone() == {"exists": True}, within=WITHIN)
            cut_off = loading.begin(brought.person_list, by="manager", source="people.csv")
            wait_until(lambda: _state(cut_off) == State.FAILED, within=WITHIN)
            jobs.terminate()
            assert jobs.wait(WITHIN) == 0
        assert "Traceback" not in log.read_text()
        assert _state(brought) == State.CHECKING
        other.rollback()

    assert loading.check_waiting() == 1
    brought.refresh_from_db()
    assert (brought.state, brought.rows, brought.repeated, brought.added) == (State.READY, 2, 1, 1)


def test_while_it_reads_it_has_written_nothing_that_would_hold_up_the_sealing(
    brought: ListVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions: list[Any] = []
    for name in ("contradictions", "compare"):
        monkeypatch.setattr(comparing, name, _noting(getattr(comparing, name), transactions))
    loading.check(brought)
    assert transactions == [None, None]
    assert brought.repeated == 1


def _noting(read: Callable[..., Any], transactions: list[Any]) -> Callable[..., Any]:
    """And in which transaction that writes it was done."""

    def noting(*arguments: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("select pg_current_xact_id_if_assigned()")
            transactions.append(cursor.fetchone()[0])
        return read(*arguments)

    return noting


def _state(version: ListVersion) -> str:
    version.refresh_from_db()
    return version.state
