"""Where the links of offers may lead."""

import pytest
from django.test import Client
from django.utils import timezone

from offers import checks, releases
from offers.models import Bank, Loan
from tests.factories import BANK_NAME, BankFactory, LoanFactory
from tests.offers.admin.pages import LOANS, form_of

BANK = "/admin/offers/bank/1/change/"


@pytest.mark.parametrize(
    ("field", "link", "told"),
    [
        ("link", "https://evil.example/", "«evil.example» нет среди адресов банка. Разрешены: bank.ru."),
        ("link", "https://bank.ru/?p={phone}", "{phone}"),
        ("link", "https://bank.ru/?p=9330445040", "9330445040"),
        ("deep_link", "javascript:alert(1)", "небезопасны"),
    ],
)
def test_it_is_said_beside_the_field(manager: Client, field: str, link: str, told: str) -> None:
    BankFactory(link_hosts=["bank.ru"])
    row = LoanFactory(link="https://bank.ru/")
    page = manager.post(f"{LOANS}{row.pk}/change/", form_of(row, **{field: link}))
    [said] = page.context["adminform"].form.errors[field]
    assert told in said
    assert Loan.objects.get().link == "https://bank.ru/"


def test_good_links_are_saved(manager: Client) -> None:
    BankFactory(link_hosts=["bank.ru"], app_schemes=["bankapp"])
    row = LoanFactory(link="https://bank.ru/")
    good = {"link": "https://www.bank.ru/?ref={ref}&utm_source=yandex", "deep_link": "bankapp://offers/{offer}"}
    assert manager.post(f"{LOANS}{row.pk}/change/", form_of(row, **good)).status_code == 302


@pytest.mark.django_db
def test_a_link_that_came_in_otherwise_stands_against_publication() -> None:
    BankFactory(link_hosts=["bank.ru"])
    LoanFactory(code="cash", link="https://evil.example/")
    found = checks.check(releases.draft(), timezone.now())
    assert [each.finding.rule for each in found if each.blocks] == ["link_host"]


def typed(**fields: object) -> dict[str, object]:
    return {"name": BANK_NAME, "ceiling_margin": "1", "link_hosts": [""], "app_schemes": [""], **fields}


def test_administrators_say_where_links_may_lead(administrator: Client) -> None:
    BankFactory()
    administrator.post(BANK, typed(link_hosts=["bank.ru", ""], app_schemes=["bankapp"]))
    bank = Bank.objects.get()
    assert (bank.link_hosts, bank.app_schemes) == (["bank.ru"], ["bankapp"])
    page = administrator.post(BANK, typed(link_hosts=["https://bank.ru/"]))
    assert "link_hosts" in page.context["adminform"].form.errors


def test_product_managers_do_not(manager: Client) -> None:
    BankFactory(link_hosts=["bank.ru"])
    manager.post(BANK, typed(link_hosts=["evil.example"]))
    assert Bank.objects.get().link_hosts == ["bank.ru"]
