"""What the product manager needs to connect the bank to Yandex, and notes of how far that has come."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from integrations import clients
from integrations.models import ConnectionStep
from offers.models import Bank
from tests.factories import BankFactory, UserFactory, analyst, product_manager

pytestmark = pytest.mark.django_db

PAGE = "/admin/integrations/connectionstep/"


@pytest.fixture(autouse=True)
def bank() -> Bank:
    return BankFactory(name="АО Супер-банк")


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(product_manager())
    return client


def page(client: Client) -> str:
    return str(client.get(PAGE).content.decode())


def note(client: Client, product: str = "loan", **fields: str) -> Any:
    named = {"product_type": product, "stage": "written", "note": ""} | fields
    return client.post(PAGE, {"product": product, **{f"{product}-{name}": value for name, value in named.items()}})


def test_it_says_what_to_paste(manager: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://credits.bank.example/integrations"
    secret = clients.issue("yandex").secret
    clients.issue("crm", scopes=["applications"])
    shown = page(manager)
    assert '<code id="api-address">https://credits.bank.example/integrations</code>' in shown
    assert "<code>yandex</code>" in shown
    assert "crm" not in shown
    assert secret not in shown


def test_it_writes_both_letters_under_the_subjects_that_yandex_asks_for(manager: Client) -> None:
    shown = page(manager)
    assert "Интеграция API в кредитах АО Супер-банк" in shown
    assert "Интеграция API в кредитных картах АО Супер-банк" in shown
    for asked in ("IP-адресов", "Сколько вы ждёте ответа", "Повторяете ли", "опрашиваете", "props"):
        assert len(re.findall(asked, shown)) == 2, asked


def test_for_the_check_there_is_a_client_that_only_tests(manager: Client) -> None:
    assert "заведите отдельного клиента" in page(manager)
    clients.issue("a-test", on_trial=True)
    clients.issue("crm", scopes=["loan_approval", "applications"])
    clients.issue("yandex")
    shown = page(manager)
    assert "<code>yandex</code>, <code>crm</code>" in shown
    assert "<code>a-test</code>" not in shown
    assert len(re.findall(r"Client ID: yandex\s", shown)) == 2
    assert len(re.findall("отдельный Client ID: a-test", shown)) == 2
    assert "который только проверяет: a-test." in shown


def test_a_step_is_noted_and_the_earlier_ones_stay(manager: Client) -> None:
    note(manager, stage="written", note="Письмо 24 ноября")
    note(manager, stage="checked")
    note(manager, "credit_card", stage="active")
    steps = ConnectionStep.objects.filter(product_type="loan")
    assert [step.stage for step in steps] == ["checked", "written"]
    assert {step.noted_by for step in steps} == {User.objects.get().username}
    shown = page(manager)
    assert "на проверке у Яндекса, до 72 часов" in shown
    assert "Письмо 24 ноября" in shown


@pytest.mark.parametrize("fields", [{"stage": "nowhere"}, {"note": "x" * 501}, {"product_type": "mortgage"}])
def test_nonsense_is_not_noted(manager: Client, fields: dict[str, str]) -> None:
    assert note(manager, **fields).status_code == 200
    assert not ConnectionStep.objects.exists()


@pytest.mark.parametrize(("make", "status"), [(analyst, 403), (UserFactory, 403), (product_manager, 302)])
def test_only_who_may_notes(client: Client, make: Callable[[], User], status: int) -> None:
    client.force_login(make())
    assert note(client).status_code == status
    assert ConnectionStep.objects.count() == (status == 302)


def test_readers_see_it_and_others_do_not(client: Client) -> None:
    client.force_login(analyst())
    assert "<form" not in page(client).partition('id="loan-title"')[2].partition("</section>")[0]
    client.force_login(UserFactory())
    assert client.get(PAGE).status_code == 403


def test_nothing_noted_is_changed(manager: Client) -> None:
    note(manager)
    step = ConnectionStep.objects.get()
    for address in (f"{PAGE}{step.pk}/change/", f"{PAGE}add/"):
        assert manager.post(address, {"stage": "active"}).headers["Location"] == PAGE
    assert manager.post(f"{PAGE}{step.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ConnectionStep.objects.get().stage == "written"
