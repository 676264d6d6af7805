import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from integrations import clients, demo_offers
from integrations.models import Client
from offers import catalogue
from offers.domain.catalogue import Content, Product
from offers.domain.decide import Enquiry, decide
from offers.models import CreditCard, Loan, Offer, Release
from tests.callers import by_basic, by_token
from tests.integrations.yandex.conftest import Api, question

pytestmark = pytest.mark.django_db

ENVIRONMENT = {
    "ADMIN_USER": "admin",
    "ADMIN_PASSWORD": "password of the administrator",
    "PM_USER": "product",
    "PM_PASSWORD": "password of the product manager",
    "ANALYST_USER": "analyst",
    "ANALYST_PASSWORD": "password of the analyst",
    "CLIENT_ID": "yandex",
    "CLIENT_SECRET": "secret-of-yandex",
    "CRM_TOKEN": "secret-of-crm",
    "TRIAL_TOKEN": "secret-of-yandex-test",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def seed() -> None:
    call_command("seed_demo", stdout=StringIO())


def live() -> Content:
    return catalogue.refresh().content


def test_it_works() -> None:
    seed()

    assert Loan.objects.count() >= 6
    assert CreditCard.objects.count() >= 4
    assert catalogue.live().content.bank_name == demo_offers.BANK_NAME
    assert Release.objects.get().author == "demo"
    assert by_token("secret-of-yandex") == by_basic("yandex", "secret-of-yandex") == "yandex"
    assert by_token("secret-of-crm") == "crm"
    assert by_token("secret-of-yandex-test") == "yandex-test"


def test_every_offer_keeps_the_rules() -> None:
    seed()

    for row in Offer.objects.all():
        row.full_clean()
        assert row.total_cost_min >= row.rate_min
        assert row.total_cost_max >= row.rate_max
        assert row.link.startswith("https://bank.example/")


def test_somebody_who_asks_gets_several() -> None:
    seed()
    content, now = live(), datetime.now(UTC)

    loans = decide(Enquiry(Product.LOAN, Decimal(500_000), 36), content, now).proposals
    cards = decide(Enquiry(Product.CREDIT_CARD, Decimal(300_000)), content, now).proposals

    assert len(loans) >= 4
    assert loans[-1].offer.amount.min == Decimal("600000.01")  # offered more than was asked for
    assert len(cards) >= 3
    assert not decide(Enquiry(Product.LOAN, Decimal(10_000), 36), content, now).proposals


def test_one_offer_is_limited_in_time() -> None:
    seed()

    later = datetime.now(UTC) + timedelta(days=365)
    enquiry = Enquiry(Product.LOAN, Decimal(500_000), 36)
    assert (
        len(decide(enquiry, live(), later).proposals) == len(decide(enquiry, live(), datetime.now(UTC)).proposals) - 1
    )


@pytest.mark.parametrize("person", ["ADMIN", "PM", "ANALYST"])
def test_the_people_log_in(person: str, client: Browser) -> None:
    seed()
    name, password = ENVIRONMENT[f"{person}_USER"], ENVIRONMENT[f"{person}_PASSWORD"]

    answer = client.post("/admin/login/", {"username": name, "password": password, "next": "/admin/"})
    assert answer.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/integrations/journalentry/").status_code == 200
    assert client.get("/admin/integrations/client/").status_code == (200 if person == "ADMIN" else 403)


def test_a_second_run_keeps_what_people_have_done() -> None:
    seed()
    Loan.objects.filter(code="cash-standard").update(rate_min=20)
    Loan.objects.filter(code="cash-express").delete()
    User.objects.get(username="product").delete()
    seed()

    assert Loan.objects.get(code="cash-standard").rate_min == 20
    assert not Loan.objects.filter(code="cash-express").exists()
    assert Release.objects.count() == 1
    assert User.objects.get(username="product").check_password(ENVIRONMENT["PM_PASSWORD"])


def test_clients_follow_the_environment(environment: pytest.MonkeyPatch) -> None:
    seed()
    second = clients.replace_secret("yandex", 2).secret
    Client.objects.update(active=False)
    environment.setenv("CLIENT_SECRET", "another")
    seed()
    clients.forget()

    assert by_token("another") == by_token(second) == "yandex"
    assert by_token("secret-of-yandex") is None


@pytest.mark.parametrize(
    ("number", "answered"), [(1, "has_approve"), (2, "rejected"), (3, "pending"), (4, "has_approve")]
)
def test_phones_of_the_client_on_trial_are_answered_as_they_are_named(number: int, answered: str) -> None:
    seed()
    answer = Api("secret-of-yandex-test").post(question(phone_number=f"000000000{number}"))
    assert answered in (answer.get("decision"), answer["status"])
    assert not Client.objects.get(id="yandex").on_trial


def test_who_is_on_the_lists_gets_terms_of_their_own_or_a_refusal_like_any_other() -> None:
    seed()
    call_command("set_policy", "loan", "lists_first", stop_lists="on", stdout=StringIO())
    yandex = Api("secret-of-yandex")

    shown = json.loads(yandex.ask(phone_number="0000000011", amount=200000))["data"]
    assert {(each["decision"], each["rate"]["max"]) for each in shown} == {("full_approved", 19.9)}
    assert max(each["amount"]["max"] for each in shown) == 300000
    refused = json.loads(yandex.ask(phone_number="0000000019", search_id="a2b4948b-7d8a-4eec-875c-b1c11d7d8372"))
    assert (refused["decision"], refused["data"]) == ("rejected", None)


def test_a_second_run_takes_few_statements() -> None:
    seed()

    with CaptureQueriesContext(connection) as statements:
        seed()

    # Offers, lists, people, clients (made, switched on, their secrets and scopes; on trial, with phones).
    assert len([said for said in statements if "SAVEPOINT" not in said["sql"]]) == 9


def test_it_names_every_missing_variable(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("PM_PASSWORD")
    environment.setenv("CRM_TOKEN", "")

    with pytest.raises(CommandError, match="PM_PASSWORD, CRM_TOKEN"):
        seed()
    assert not Offer.objects.exists()


def test_it_rejects_a_bad_client_id(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CLIENT_ID", "Яндекс")

    with pytest.raises(CommandError, match="CLIENT_ID"):
        seed()
    assert not Offer.objects.exists()
