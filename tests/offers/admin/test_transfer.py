from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from offers.models import Loan
from tests.factories import LoanFactory

TRANSFER = "/admin/transfer/"


def bring(client: Client, text: str, name: str = "rates.csv") -> Any:
    return client.post(TRANSFER, {"file": SimpleUploadedFile(name, text.encode()), "look": "1"})


@pytest.fixture
def offer(db: None) -> Loan:
    row: Loan = LoanFactory(code="cash")
    return row


def test_looked_at_and_confirmed(manager: Client, offer: Loan) -> None:
    page = bring(manager, "code;rate_min\ncash;18,25\n")
    assert "18,25" in page.content.decode()
    assert Loan.objects.get().rate_min == Decimal("19.9")
    done = manager.post(TRANSFER, {"confirm": "", "kept": page.context["kept"]}, follow=True)
    assert "изменено: 1" in done.content.decode()
    assert Loan.objects.get().rate_min == Decimal("18.25")


def test_mistakes_can_not_be_confirmed(manager: Client, offer: Loan) -> None:
    page = bring(manager, "code;rate_min\ncash;x\n")
    assert page.context["mistakes"] == [
        "Строка 2, «Ставка от, % годовых»: «x» — не число. Напишите так: 24,3 или 1 000 000."
    ]
    assert page.context["kept"] == ""


def test_what_changed_meanwhile_is_shown_again(manager: Client, offer: Loan) -> None:
    page = bring(manager, "code;rate_min\ncash;18\n")
    offer.rate_min = offer.total_cost_min = Decimal(19)
    offer.save()
    again = manager.post(TRANSFER, {"confirm": "", "kept": page.context["kept"]})
    assert "каталог изменился" in again.content.decode()
    assert Loan.objects.get().rate_min == 19
    manager.post(TRANSFER, {"confirm": "", "kept": again.context["kept"]})
    assert Loan.objects.get().rate_min == 18


def test_what_was_not_looked_at_is_not_taken_in(manager: Client, offer: Loan) -> None:
    page = manager.post(TRANSFER, {"confirm": "", "kept": "made up"})
    assert "выберите файл ещё раз" in page.content.decode()


@pytest.mark.parametrize("name", ["rates.txt", "rates.xlsx"])
def test_what_can_not_be_read_is_said(manager: Client, offer: Loan, name: str) -> None:
    page = bring(manager, "code;rate_min\ncash;18\n", name)
    assert page.status_code == 200
    assert "kept" not in page.context


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("what", ["catalogue", "template"])
def test_files_to_take_away(analyst: Client, offer: Loan, what: str, form: str) -> None:
    answer = analyst.get(f"{TRANSFER}{what}.{form}")
    assert answer.headers["content-disposition"].endswith(f'.{form}"')
    assert answer.content


def test_other_files_there_are_none(analyst: Client, offer: Loan) -> None:
    assert analyst.get(f"{TRANSFER}catalogue.pdf").status_code == 404


def test_whoever_may_not_edit_takes_nothing_in(analyst: Client, offer: Loan) -> None:
    assert analyst.get(TRANSFER).status_code == 200
    assert "Загрузить предложения" not in analyst.get(TRANSFER).content.decode()
    assert bring(analyst, "code;rate_min\ncash;18\n").status_code == 403


def test_nobody_else_sees_it(client: Client, offer: Loan, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("somebody", is_staff=True))
    assert client.get(TRANSFER).status_code == 403
    assert client.get(f"{TRANSFER}catalogue.csv").status_code == 403
