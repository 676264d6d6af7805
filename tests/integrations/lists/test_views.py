import json
from typing import Any

import pytest
from django.db import connection

from integrations import clients
from integrations.lists import loading, wire
from integrations.lists.models import ListedPerson, PersonList
from integrations.models import JournalEntry, Kind, Scope
from integrations.roles import Role
from integrations.yandex.exit import NEWS_BYTES
from tests.factories import LoanFactory
from tests.integrations.factories import PHONE
from tests.integrations.lists.conftest import PATH, Bank
from tests.integrations.lists.factories import PersonListFactory
from tests.integrations.lists.test_lookup import look_up
from tests.integrations.yandex.conftest import Api

pytestmark = pytest.mark.django_db

OTHER = "9330445041"


@pytest.fixture(autouse=True)
def listed() -> PersonList:
    return PersonListFactory(code="salary")


def person(**changes: Any) -> dict[str, Any]:
    return {"phone_number": PHONE, "product_type": "loan", **changes}


def part(*people: dict[str, Any]) -> dict[str, Any]:
    return {"people": list(people or [person()])}


def test_a_list_is_brought_checked_switched_and_taken_back(bank: Bank) -> None:
    """By the role that may do no more than that, but for the check, which the jobs do."""
    LoanFactory(code="cash")
    with connection.cursor() as cursor:
        cursor.execute(f"set local role {Role.SERVICE.full_name}")
        assert bank.call("salary/versions", {"note": "nightly"})["version"] == 1
        told = bank.call(
            "salary/versions/1/parts/1", part(person(offer="cash", limit=500000.5, rate=19.9, decision="full_approved"))
        )
        assert (told["state"], told["lines"]) == ("loading", 1)
        bank.call("salary/versions/1/parts/2", part(person(phone_number=OTHER, valid_until="2027-12-31")))
        assert bank.call("salary/versions/1/check")["state"] == "checking"

        cursor.execute("reset role")
        assert loading.check_waiting() == 1
        cursor.execute(f"set local role {Role.SERVICE.full_name}")

        told = bank.show("salary/versions/1")
        assert (told["state"], told["lines"], told["added"]) == ("ready", 2, 2)
        assert bank.call("salary/versions/1/switch")["live"] == 1
        [grant], _stop = look_up()
        assert (grant.offer, str(grant.limit), str(grant.rate)) == ("cash", "500000.5", "19.9")
        told = bank.call("salary/versions/1/take_back")
        assert (told["live"], told["previous"]) == (None, 1)


def test_calls_are_journalled_and_what_they_hold_is_kept_nowhere(bank: Bank) -> None:
    bank.call("salary/versions")
    bank.call("salary/versions/1/parts/1", part())
    bank.call("salary/versions/1/parts/2", part(person(limit="many", offer=PHONE)), expect=400)
    bank.call("salary/versions/9/parts/1", part(), expect=404)
    bank.post(part(), path=f"{PATH}/salary/nothing", expect=404)
    entries = JournalEntry.objects.exclude(request_length=0)
    assert entries.count() == 4
    for entry in entries:
        assert entry.client == "warehouse"
        assert entry.request_sealed is None
        assert PHONE.encode() not in bytes(entry.answer)
        assert PHONE not in entry.path
    assert {entry.kind for entry in entries} == {Kind.LISTS, Kind.UNREAD}


def test_a_part_is_taken_once_however_often_it_is_brought(bank: Bank) -> None:
    bank.call("salary/versions")
    first = bank.call("salary/versions/1/parts/1", part())
    assert bank.call("salary/versions/1/parts/1", part()) == first
    assert ListedPerson.objects.count() == 1
    bank.call("salary/versions/1/parts/1", part(person(limit=5)), expect=409)


def test_of_a_part_with_mistakes_nothing_is_taken(bank: Bank) -> None:
    bank.call("salary/versions")
    told = bank.call(
        "salary/versions/1/parts/3", part(person(), person(phone_number="933", limit=-1), person(rate=True)), expect=400
    )
    assert [(each["place"], each["property"]) for each in told["mistakes"]] == [
        (2, "phone_number"), (2, "limit"), (3, "rate"),
    ]  # fmt: skip
    assert told["properties"] == ["limit", "phone_number", "rate"]
    assert not ListedPerson.objects.exists()
    bank.call("salary/versions/1/parts/3", part())


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", {"people": []}, {"people": {}}, {"people": [1]}, {"people": [{}] * 10_001}]
)
def test_what_is_no_part_is_refused(bank: Bank, body: Any) -> None:
    bank.call("salary/versions")
    bank.call("salary/versions/1/parts/1", body, expect=400)


def test_a_member_that_means_nothing_is_refused_lest_a_limit_be_lost(bank: Bank) -> None:
    bank.call("salary/versions")
    told = bank.call("salary/versions/1/parts/1", part(person(), person(limt=5)), expect=400)
    assert [each["place"] for each in told["mistakes"]] == [2]


def test_a_contradiction_between_parts_is_found_by_the_check(bank: Bank) -> None:
    bank.call("salary/versions")
    bank.call("salary/versions/1/parts/1", part(person()))
    bank.call("salary/versions/1/parts/2", part(person(limit=5)))
    bank.call("salary/versions/1/check")
    loading.check_waiting()
    told = bank.show("salary/versions/1")
    assert (told["state"], [each["line"] for each in told["mistakes"]]) == ("failed", [wire.PEOPLE_MAX + 1])
    bank.call("salary/versions/1/switch", expect=409)


def test_a_version_without_people_is_not_checked(bank: Bank) -> None:
    bank.call("salary/versions")
    bank.call("salary/versions/1/check", expect=409)


def test_nothing_is_added_to_a_version_that_is_being_checked(bank: Bank) -> None:
    bank.call("salary/versions")
    bank.call("salary/versions/1/parts/1", part())
    bank.call("salary/versions/1/check")
    bank.call("salary/versions/1/check")
    bank.call("salary/versions/1/parts/2", part(), expect=409)
    bank.call("salary/versions/1/parts/1", part())  # told before


def test_what_is_loaded_from_a_file_is_left_alone(bank: Bank, listed: PersonList) -> None:
    loading.begin(listed, by="manager", source="people.csv")
    bank.call("salary/versions/1/parts/1", part(), expect=409)
    bank.call("salary/versions/1/check", expect=409)


def test_switching_and_taking_back_again_change_nothing_more(bank: Bank) -> None:
    bank.call("salary/versions")
    bank.call("salary/versions/1/parts/1", part())
    bank.call("salary/versions/1/check")
    loading.check_waiting()
    for _ in range(2):
        assert bank.call("salary/versions/1/switch")["live"] == 1
    for _ in range(2):
        assert bank.call("salary/versions/1/take_back")["live"] is None


def test_a_part_as_large_as_allowed_is_taken(bank: Bank) -> None:
    bank.call("salary/versions")
    people = [{"phone_number": f"933{number:07}", "offer": None, "product_type": "loan"} for number in range(6_000)]
    body = json.dumps({"people": people}).encode()
    assert 64 * 1024 < len(body) < NEWS_BYTES
    assert bank.call("salary/versions/1/parts/1", body)["lines"] == 6_000
    bank.call("salary/versions/1/parts/2", b" " * (NEWS_BYTES + 1), expect=413)


@pytest.mark.parametrize("scope", set(Scope) - {Scope.LISTS})
def test_it_needs_a_scope_of_its_own(scope: Scope) -> None:
    other = Api(clients.issue("other", scopes=[scope]).secret)
    other.raw("GET", f"{PATH}/salary", expect=403)
    other.raw("POST", f"{PATH}/salary/versions", expect=403)


@pytest.mark.parametrize("path", ["other", "salary/versions/1", "salary/versions/0", "salary/versions/8888888888"])
def test_what_is_not_there_is_said_to_be(bank: Bank, path: str) -> None:
    bank.show(path, expect=404)
