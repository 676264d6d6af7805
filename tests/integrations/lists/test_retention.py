from datetime import UTC, datetime, timedelta

import pytest

from integrations import journal
from integrations.lists import retention, switching
from integrations.lists.models import ListedPerson, ListVersion, PersonList
from integrations.models import JournalEntry, Kind
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory, version_of

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 1, 1, tzinfo=UTC)
State = ListVersion.State


@pytest.fixture
def listed() -> PersonList:
    return PersonListFactory(code="salary")


def old(listed: PersonList, *, days: int = 31, state: str = State.READY) -> ListVersion:
    version = version_of(listed, {"phone": PHONE}, {"phone": "9330445041"})
    version.state, version.finished_at = State(state), NOW - timedelta(days=days)
    version.save()
    return version


def left() -> set[int]:
    return set(ListedPerson.objects.values_list("version", flat=True))


def test_the_live_version_and_the_one_before_stay(listed: PersonList) -> None:
    versions = [old(listed) for _ in range(3)]
    for version in versions:
        switching.switch(version, by="manager")
    assert retention.purge(NOW) == 2
    assert left() == {version.pk for version in versions[1:]}
    switching.take_back(listed, by="manager")


def test_what_is_young_stays(listed: PersonList) -> None:
    version = old(listed, days=29)
    assert retention.purge(NOW) == 0
    assert left() == {version.pk}


def test_people_of_a_version_with_mistakes_go_at_once(listed: PersonList) -> None:
    old(listed, days=0, state=State.FAILED)
    assert retention.purge(NOW) == 2
    assert left() == set()


@pytest.mark.parametrize("state", [State.LOADING, State.CHECKING])
def test_what_is_not_finished_stays(listed: PersonList, state: str) -> None:
    version = old(listed, state=state)
    retention.purge(NOW)
    assert left() == {version.pk}


def test_an_emptied_version_can_not_become_live(listed: PersonList) -> None:
    version = old(listed)
    retention.purge(NOW)
    with pytest.raises(switching.CantSwitch):
        switching.switch(version, by="manager")


def test_killed_on_the_way_it_goes_on_next_time(listed: PersonList, monkeypatch: pytest.MonkeyPatch) -> None:
    old(listed)
    with monkeypatch.context() as patched:
        patched.setattr(retention, "_empty", lambda _version: 0)
        retention.purge(NOW)
    monkeypatch.setattr(retention, "DELETE_SOME", retention.DELETE_SOME.replace("limit 20000", "limit 1"))
    assert retention.purge(NOW) == 2
    assert left() == set()


def test_the_journal_says_which_version_and_how_many(listed: PersonList) -> None:
    old(listed)
    retention.purge(NOW)
    retention.purge(NOW)
    [entry] = JournalEntry.objects.filter(kind=Kind.PURGED)
    assert journal.details(bytes(entry.answer)) == {"list": "salary", "version": 1, "lines": 2}
