"""What the bank tells of applications: kept once, each item for itself, and never lost."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from integrations import clients, people
from integrations.applications import matching
from integrations.applications.models import Application, ApplicationEvent
from integrations.models import JournalEntry, Kind, Scope
from integrations.yandex.exit import NEWS_BYTES
from tests.integrations.applications.conftest import PATH, Bank, asked_again, item
from tests.integrations.factories import PHONE
from tests.integrations.yandex.conftest import SEARCH_ID, Api, entries

LATER = {"filed": "10", "approved": "11", "issued": "12", "declined": "13", "cancelled": "14"}


def told(state: str, **changes: Any) -> dict[str, Any]:
    return item(state=state, occurred_at=f"2026-11-24T{LATER[state]}:00:00+03:00", **changes)


def test_it_works(bank: Bank, ref: str) -> None:
    (result,) = bank.tell(item(ref=ref, metrica_client_id="1234567890"))

    assert result == {"application_id": "A-1", "result": "accepted", "state": "filed", "matched": True}
    kept = Application.objects.get()
    assert (kept.client, kept.state, kept.metrica_client_id) == ("crm", "filed", "1234567890")
    assert kept.amount == 500000
    asked, call = entries()
    assert (kept.enquiry, kept.search_id, kept.offer, kept.release) == (asked.id, UUID(SEARCH_ID), "cash", 1)
    assert (kept.product_type, kept.asked_amount, kept.asked_at) == ("loan", asked.amount, asked.decided_at)
    assert (call.kind, call.client, call.status) == (Kind.INTAKE, "crm", 200)
    assert ApplicationEvent.objects.get().entry == call.id


def test_a_thousand_in_a_call(bank: Bank, ref: str, django_assert_max_num_queries: Any) -> None:
    items = [item(application_id=f"A-{number}", ref=ref) for number in range(1000)]
    with django_assert_max_num_queries(15):
        results = bank.tell(*items)

    assert [result["application_id"] for result in results] == [told["application_id"] for told in items]
    assert {result["result"] for result in results} == {"accepted"}
    assert Application.objects.count() == ApplicationEvent.objects.count() == 1000
    call = entries()[-1]
    assert call.request_length > len(bytes(call.request_sealed or b"")) > 60_000


def test_items_stand_for_themselves(bank: Bank, ref: str) -> None:
    good, bad, again = bank.tell(item(ref=ref), item(state="lost", amount=-1), item(ref=ref))

    assert (good["result"], again["result"]) == ("accepted", "repeated")
    assert bad == {
        "application_id": "A-1",
        "result": "error",
        "message": "Поле state должно быть одним из: filed, approved, declined, issued, cancelled; "
        "поле amount должно быть больше нуля",
        "properties": ["state", "amount"],
    }
    assert ApplicationEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("states", "effects", "last"),
    [
        (["filed", "approved", "issued"], ["accepted"] * 3, "issued"),
        (["issued", "approved", "filed"], ["accepted", "late", "late"], "issued"),
        (["approved", "filed", "declined"], ["accepted", "late", "accepted"], "declined"),
        (["declined", "approved", "issued"], ["accepted", "late", "conflict"], "declined"),
        (["filed", "filed", "approved", "filed"], ["accepted", "repeated", "accepted", "repeated"], "approved"),
        (["issued", "cancelled", "cancelled"], ["accepted", "conflict", "repeated"], "issued"),
    ],
)
def test_news_in_any_order(states: list[str], effects: list[str], last: str, bank: Bank, ref: str) -> None:
    one_by_one = [bank.tell(told(state, ref=ref))[0]["result"] for state in states]
    at_once = [
        result["result"] for result in bank.tell(*(told(state, application_id="B", ref=ref) for state in states))
    ]

    assert one_by_one == at_once == effects
    assert set(Application.objects.values_list("state", flat=True)) == {last}
    kept = Application.objects.get(application_id="B")
    contradicted = {state for state, became in zip(states, effects, strict=True) if became == "conflict"}
    assert {state for state in states if getattr(kept, f"{state}_at") is None} == contradicted


def test_a_conflict_is_kept_and_said(bank: Bank, ref: str) -> None:
    _filed, _issued, conflict = bank.tell(told("filed", ref=ref), told("issued"), told("cancelled"))

    assert conflict["properties"] == ["state"]
    assert conflict["state"] == "issued"
    assert ApplicationEvent.objects.get(effect="conflict").state == "cancelled"


def test_a_state_told_otherwise_is_kept_and_changes_nothing(bank: Bank, ref: str) -> None:
    bank.tell(item(ref=ref, amount=100000))
    (result,) = bank.tell(item(ref=ref, amount=200000))

    assert result["result"] == "repeated"
    assert Application.objects.get().amount == 100000
    assert set(ApplicationEvent.objects.values_list("amount", flat=True)) == {100000, 200000}


def test_late_news_fill_gaps_only(bank: Bank, ref: str) -> None:
    bank.tell(told("issued", ref=ref, amount=300000, rate=None))
    bank.tell(told("approved", amount=500000, rate=19.9, ref=None))

    kept = Application.objects.get()
    assert kept.amount == 300000
    assert str(kept.rate) == "19.900"
    assert kept.approved_at


def test_an_application_is_named_by_search_id_and_offer(bank: Bank, ref: str) -> None:
    (found, other) = bank.tell(
        item(ref=None, search_id=SEARCH_ID, offer="cash"),
        item(ref=None, search_id=SEARCH_ID, offer="other", application_id="A-2"),
    )

    assert (found["matched"], other["matched"]) == (True, False)
    assert Application.objects.get(application_id="A-1").asked_amount == 500000


def test_what_names_nothing_is_an_error_unless_it_is_known(bank: Bank, ref: str) -> None:
    (refused,) = bank.tell(item(ref=None))
    assert (refused["result"], refused["properties"]) == ("error", ["ref"])

    bank.tell(item(ref=ref))
    (known,) = bank.tell(told("approved", ref=None))
    assert known["result"] == "accepted"


def test_a_reference_may_come_with_later_news_of_the_same_call(bank: Bank, ref: str) -> None:
    approved, filed = bank.tell(told("approved", ref=None), told("filed", ref=ref))

    assert (approved["result"], approved["state"]) == ("accepted", "approved")
    assert (filed["result"], filed["matched"]) == ("late", True)


def test_what_is_matched_stays_with_its_proposal(bank: Bank, ref: str) -> None:
    bank.tell(told("filed", ref=ref))
    bank.tell(told("approved", ref=None, search_id="7e4e0c1a-4f0a-4f7e-9d0f-3c1f0f6f9a11", offer="other"))

    kept = Application.objects.get()
    assert (kept.ref, str(kept.search_id), kept.offer) == (ref, SEARCH_ID, "cash")


def test_what_is_unknown_is_kept_and_matched_later(bank: Bank, yandex: Api, ref: str) -> None:
    other = "7e4e0c1a-4f0a-4f7e-9d0f-3c1f0f6f9a11"
    named = {"ref": None, "search_id": other, "offer": "cash"}
    assert not bank.tell(item(**named), item(application_id="A-2"))[0]["matched"]
    assert matching.match_again(datetime.now(UTC)) == 0

    asked_again(yandex, search_id=other)
    assert matching.match_again(datetime.now(UTC)) == 1
    assert str(Application.objects.get(application_id="A-1").search_id) == other
    assert Application.objects.get(application_id="A-2").enquiry is None


def test_clients_have_applications_of_their_own(bank: Bank, ref: str) -> None:
    branch = Bank(clients.issue("branch", scopes=[Scope.APPLICATIONS]).secret)
    bank.tell(item(ref=ref))
    branch.tell(told("cancelled", ref=ref))

    assert list(Application.objects.order_by("client").values_list("client", "state")) == [
        ("branch", "cancelled"),
        ("crm", "filed"),
    ]


def test_only_who_may_tell_is_heard(yandex: Api, ref: str) -> None:
    refused = yandex.post({"applications": [item(ref=ref)]}, path=PATH, expect=403)

    assert refused == {"search_id": None, "message": "Доступ запрещён: этому Client ID здесь обращаться нельзя"}
    assert not ApplicationEvent.objects.exists()


def test_who_may_tell_may_not_ask(bank: Bank) -> None:
    bank.get(f"search_id={SEARCH_ID}", expect=403)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post(method: str, bank: Bank) -> None:
    assert bank.raw(method, PATH, expect=405).headers["Allow"] == "POST"


@pytest.mark.parametrize(("length", "status"), [(NEWS_BYTES, 400), (NEWS_BYTES + 1, 413)])
def test_a_call_is_bounded(length: int, status: int, bank: Bank) -> None:
    bank.raw("POST", PATH, b"x" * length, expect=status)
    assert JournalEntry.objects.get().request_length == length


def test_other_paths_stay_as_narrow_as_they_were(bank: Bank) -> None:
    bank.raw("POST", "/integrations/api/banking/other", b"x" * (64 * 1024 + 1), expect=404)
    assert JournalEntry.objects.get().request_sealed is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"applications": []}'])
def test_a_call_that_tells_nothing_is_journalled(body: bytes, bank: Bank) -> None:
    answer = json.loads(bank.raw("POST", PATH, body, expect=400).content)

    assert answer["search_id"] is None
    assert entries()[-1].kind == Kind.INTAKE


@pytest.mark.parametrize(
    "change",
    [
        "update integrations_applicationevent set amount = 1",
        "delete from integrations_applicationevent",
        "truncate integrations_applicationevent",
    ],
)
def test_news_stay_as_they_were_told(change: str, bank: Bank, ref: str) -> None:
    bank.tell(item(ref=ref))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize(
    ("state", "kept"), [("filed", False), ("declined", False), ("approved", True), ("issued", True)]
)
def test_who_was_granted_a_loan_is_not_forgotten(state: str, kept: bool, bank: Bank, ref: str) -> None:  # noqa: FBT001
    bank.tell(told(state, ref=ref))

    ground = people.ground_to_keep(PHONE)
    assert (ground is not None) == kept
    assert not kept or "A-1" in str(ground)
