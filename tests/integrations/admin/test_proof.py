from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from integrations import journal, keys
from integrations.models import JournalEntry, Kind, MonthKey
from tests.factories import UserFactory, analyst
from tests.integrations.factories import PHONE
from tests.integrations.yandex.conftest import Api, yandex  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


@pytest.fixture
def opener(client: Client) -> Client:
    person = analyst()
    person.user_permissions.add(Permission.objects.get(codename="open_request"))
    client.force_login(person)
    return client


@pytest.fixture
def asked(yandex: Api) -> JournalEntry:  # noqa: F811
    yandex.post({"phone_number": PHONE}, expect=400)
    return JournalEntry.objects.get()


def address(entry: JournalEntry) -> str:
    return reverse("admin:integrations_journalentry_open", args=(entry.pk,))


def opened() -> list[dict[str, Any]]:
    return [journal.details(bytes(entry.answer)) for entry in JournalEntry.objects.filter(kind=Kind.OPENED)]


def test_it_is_shown_once_and_on_record(opener: Client, asked: JournalEntry) -> None:
    before = opener.get(address(asked))
    assert PHONE not in before.content.decode()
    assert opened() == []

    shown = opener.post(address(asked), {"reason": f"complaint 17 of {PHONE}"})

    assert f"{{&quot;phone_number&quot;: &quot;{PHONE}&quot;}}" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    (record,) = opened()
    assert (record["opened"], record["reason"]) == (str(asked.id), "complaint 17 of **********")
    assert record["by"].startswith("person-")
    assert PHONE not in opener.get(address(asked)).content.decode()


@pytest.mark.parametrize("reason", ["", "   ", "no"])
def test_it_wants_a_reason(reason: str, opener: Client, asked: JournalEntry) -> None:
    assert PHONE not in opener.post(address(asked), {"reason": reason}).content.decode()
    assert opened() == []


@pytest.mark.parametrize("right", [None, "open_request", "view_journalentry"])
def test_it_is_a_right_of_its_own(right: str | None, client: Client, asked: JournalEntry) -> None:
    person = UserFactory()
    if right:
        person.user_permissions.add(Permission.objects.get(codename=right))
    client.force_login(person)
    assert client.post(address(asked), {"reason": "a good one"}).status_code == 403
    assert opened() == []


def test_the_button_is_for_those_who_may(client: Client, opener: Client, asked: JournalEntry) -> None:
    page = reverse("admin:integrations_journalentry_change", args=(asked.pk,))
    assert address(asked) in opener.get(page).content.decode()
    client.force_login(analyst())
    assert address(asked) not in client.get(page).content.decode()


def test_a_destroyed_key_opens_nothing(opener: Client, asked: JournalEntry) -> None:
    MonthKey.objects.update(wrapped=None, destroyed_at=asked.received_at)
    assert keys.seal_key(asked.received_at)  # still in this process's memory
    shown = opener.post(address(asked), {"reason": "a good one"})
    assert (shown.status_code, PHONE in shown.content.decode()) == (200, False)
    assert opened() == []


def test_an_entry_without_a_request_or_none_at_all(opener: Client) -> None:
    entry = JournalEntry.objects.get(id=journal.record(Kind.PURGED))
    assert opener.post(address(entry), {"reason": "a good one"}).status_code == 200
    entry.id = entry.id.__class__(int=0)
    assert opener.get(address(entry)).status_code == 404


def test_the_proof_at_a_glance(client: Client, asked: JournalEntry) -> None:
    page = reverse("admin:integrations_journalentry_proof")
    client.force_login(analyst())
    shown = client.get(page).content.decode()
    assert "vitrina.example/journal+" in shown
    assert '<dd class="mb-2" id="pending">1' in shown
    client.force_login(UserFactory())
    assert client.get(page).status_code == 403
