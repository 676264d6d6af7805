import pytest

from integrations.lists import switching
from integrations.lists.models import ListVersion, PersonList
from integrations.lists.switching import CantSwitch
from integrations.models import Kind
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory, version_of
from tests.integrations.lists.test_loading import entries
from tests.integrations.lists.test_lookup import look_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed() -> PersonList:
    return PersonListFactory(code="salary")


def offered() -> list[str | None]:
    return [grant.offer for grant in look_up()[0]]


def version(listed: PersonList, offer: str) -> ListVersion:
    return version_of(listed, {"phone": PHONE, "offer": offer})


def test_switching_and_taking_back_are_one_step_each(listed: PersonList) -> None:
    first, second = version(listed, "first"), version(listed, "second")
    switching.switch(first, by="manager")
    assert offered() == ["first"]
    switching.switch(second, by="manager")
    assert offered() == ["second"]
    switching.take_back(listed, by="manager")
    assert offered() == ["first"]


def test_taking_back_the_first_leaves_nothing_and_again_brings_it_back(listed: PersonList) -> None:
    switching.switch(version(listed, "first"), by="manager")
    switching.take_back(listed, by="manager")
    assert offered() == []
    switching.take_back(listed, by="manager")
    assert offered() == ["first"]


def test_a_list_is_withdrawn_and_brought_back(listed: PersonList) -> None:
    switching.switch(version(listed, "first"), by="manager")
    switching.withdraw(listed, by="manager")
    assert offered() == []
    switching.take_back(listed, by="manager")
    assert offered() == ["first"]


@pytest.mark.parametrize("state", set(ListVersion.State) - {ListVersion.State.READY})
def test_only_a_checked_version_becomes_live(listed: PersonList, state: str) -> None:
    made = version(listed, "first")
    ListVersion.objects.filter(pk=made.pk).update(state=state)
    with pytest.raises(CantSwitch):
        switching.switch(made, by="manager")


def test_what_would_change_nothing_is_refused(listed: PersonList) -> None:
    for change in (switching.take_back, switching.withdraw):
        with pytest.raises(CantSwitch):
            change(listed, by="manager")
    made = version(listed, "first")
    switching.switch(made, by="manager")
    with pytest.raises(CantSwitch):
        switching.switch(made, by="manager")


def test_the_journal_says_who_switched_from_what_to_what(listed: PersonList) -> None:
    switching.switch(version(listed, "first"), by="manager")
    switching.switch(version(listed, "second"), by="manager")
    switching.take_back(listed, by="chief")
    assert [(each["by"], each["before"], each["live"]) for each in entries(Kind.LIST_SWITCHED)] == [
        ("manager", None, 1), ("manager", 1, 2), ("chief", 2, 1),
    ]  # fmt: skip
