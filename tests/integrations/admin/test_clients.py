import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from integrations import clients
from integrations.models import Client, Secret
from tests.factories import UserFactory, analyst, product_manager

pytestmark = pytest.mark.django_db

LIST = "/admin/integrations/client/"
ADD = f"{LIST}add/"


def page_of(client_id: str) -> str:
    return f"{LIST}{client_id}/change/"


def replace(client_id: str, slot: int) -> str:
    return f"{LIST}{client_id}/secrets/{slot}/"


def secret_on(page: str) -> str:
    found = re.search(r'id="client-secret">([\w-]{43})<', page)
    assert found, page
    return found[1]


@pytest.fixture
def administrator(client: Browser) -> Browser:
    client.force_login(UserFactory(is_superuser=True))
    return client


def test_it_works(administrator: Browser) -> None:
    shown = administrator.post(ADD, {"id": "yandex"})

    assert shown.status_code == 200
    secret = secret_on(shown.content.decode())
    assert f"Authorization: Bearer {secret}" in shown.content.decode()
    assert clients.find_by_token(secret) == "yandex"


def test_a_secret_is_shown_once_and_kept_nowhere(administrator: Browser) -> None:
    shown = administrator.post(ADD, {"id": "yandex"})
    secret = secret_on(shown.content.decode())

    assert "no-store" in shown.headers["Cache-Control"]
    assert "Location" not in shown.headers
    assert secret not in str(shown.cookies)
    assert secret not in str([session.get_decoded() for session in Session.objects.all()])
    assert secret not in str(list(LogEntry.objects.values()))
    for address in (LIST, page_of("yandex"), replace("yandex", 1)):
        assert secret not in administrator.get(address).content.decode()


@pytest.mark.parametrize("bad", ["", "Yandex", "-crm", "a" * 41, "два слова"])
def test_it_rejects_a_bad_name(bad: str, administrator: Browser) -> None:
    shown = administrator.post(ADD, {"id": bad})

    assert "id" in shown.context["errors"].as_text() or shown.context["adminform"].form.errors["id"]
    assert not Client.objects.exists()


def test_it_rejects_a_taken_name(administrator: Browser) -> None:
    issued = clients.issue("yandex")

    assert administrator.post(ADD, {"id": "yandex"}).context["adminform"].form.errors["id"]
    assert clients.find_by_token(issued.secret) == "yandex"


def test_a_client_is_switched_off_and_on(administrator: Browser) -> None:
    clients.issue("yandex")

    administrator.post(page_of("yandex"), {})
    assert not Client.objects.get().active
    administrator.post(page_of("yandex"), {"active": "on"})
    assert Client.objects.get().active
    assert Secret.objects.count() == 1


def test_a_secret_is_replaced_after_a_question(administrator: Browser) -> None:
    first = clients.issue("yandex").secret

    assert administrator.get(replace("yandex", 2)).status_code == 200
    assert Secret.objects.count() == 1
    second = secret_on(administrator.post(replace("yandex", 2)).content.decode())

    assert clients.find_by_token(first) == clients.find_by_token(second) == "yandex"
    assert "2" in LogEntry.objects.get().change_message


@pytest.mark.parametrize(("client_id", "slot"), [("yandex", 3), ("yandex", 0), ("crm", 1)])
def test_replacing_needs_a_client_and_a_slot(client_id: str, slot: int, administrator: Browser) -> None:
    clients.issue("yandex")

    assert administrator.post(replace(client_id, slot)).status_code == 404


def test_nobody_deletes_a_client(administrator: Browser) -> None:
    clients.issue("yandex")

    assert administrator.post(f"{LIST}yandex/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("person", [analyst, product_manager, UserFactory])
def test_it_is_for_administrators_only(person: type, client: Browser) -> None:
    clients.issue("yandex")
    client.force_login(person())

    for address in (LIST, ADD, page_of("yandex"), replace("yandex", 1)):
        assert client.get(address).status_code == 403, address
        assert client.post(address, {"id": "crm"}).status_code == 403, address
    assert Client.objects.count() == Secret.objects.count() == 1


def test_what_a_client_may_is_chosen(administrator: Browser) -> None:
    administrator.post(ADD, {"id": "crm", "scopes": ["applications"]})
    assert Client.objects.get().scopes == ["applications"]
    administrator.post(page_of("crm"), {"active": "on", "scopes": ["loan_approval", "applications"]})

    assert Client.objects.get().scopes == ["loan_approval", "applications"]
    assert administrator.get(LIST).status_code == 200
