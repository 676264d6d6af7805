import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from offers.domain.advertising import CREDIT_WARNING
from offers.models import Loan, Offer
from tests import factories
from tests.factories import CreditCardFactory, LoanFactory, publish
from tests.offers.admin.pages import form_of

PREVIEW = "/admin/preview/"
BESIDE = "/admin/preview/beside/loan/"
# Session, person, their rights (two), releases to choose from and the live one, the draft, what is live for it, the
# bank and the ceilings, the last number; and the same for the bar.
QUERIES = 21


@pytest.fixture
def manager(db: None) -> Client:
    client = Client()
    client.force_login(factories.product_manager())
    return client


def test_the_draft_is_shown_at_first(manager: Client) -> None:
    LoanFactory(code="cash", name="Наличными")
    page = manager.get(PREVIEW).content.decode()
    assert "Человек увидит 1 предложение" in page
    assert CREDIT_WARNING in page


def test_the_full_cost_comes_before_the_rate(manager: Client) -> None:
    LoanFactory()
    [card] = manager.get(PREVIEW).context["cards"]
    assert [name for name, _value in card.terms][:2] == ["ПСК", "Ставка"]


def test_all_is_asked_in_the_address(manager: Client) -> None:
    publish(LoanFactory(code="cash", amount_max=Decimal(300_000)), CreditCardFactory(code="card"))
    asked = {"product": "loan", "amount": "1 000 000,50", "term": "12", "release": "1", "at": "2030-01-01T10:00"}
    context = manager.get(PREVIEW, asked).context
    assert context["cards"] == []
    [(left_out, _name)] = context["left_out"]
    assert "700" in left_out.missed_by
    assert context["seen"].at.isoformat() == "2030-01-01T10:00:00+03:00"
    assert json.loads(context["seen"].answer)["data"] is None
    assert len(manager.get(PREVIEW, {"product": "credit_card", "release": "1"}).context["cards"]) == 1


@pytest.mark.parametrize("wrong", [{"amount": "-1"}, {"term": "601"}, {"release": "99"}, {"at": "soon"}])
def test_what_can_not_be_asked_is_said(manager: Client, wrong: dict[str, str]) -> None:
    context = manager.get(PREVIEW, {"product": "loan", "release": "draft", **wrong}).context
    assert list(context["form"].errors) == list(wrong)
    assert context["seen"] is None


def test_an_older_release_can_be_asked_for(manager: Client) -> None:
    row = LoanFactory(code="cash")
    for rate in range(10, 44):
        factories.edit(row, rate_min=Decimal(rate), rate_max=Decimal(50))
        publish(row)
    context = manager.get(PREVIEW, {"product": "loan", "release": "1"}).context
    assert context["seen"].decision.proposals[0].offer.rate.min == 10


def test_only_for_those_who_see_releases(client: Client, db: None) -> None:
    client.force_login(factories.UserFactory())
    assert client.get(PREVIEW).status_code == 403
    assert client.post(BESIDE).status_code == 403


@pytest.mark.parametrize("offers", [2, 40])
def test_no_query_an_offer(manager: Client, django_assert_max_num_queries: Any, offers: int) -> None:
    for _number in range(offers):
        LoanFactory()
    publish()
    with django_assert_max_num_queries(QUERIES):
        manager.get(PREVIEW)


def test_beside_the_form_what_is_not_saved_is_shown(manager: Client) -> None:
    row = LoanFactory(code="cash")
    page = manager.post(BESIDE, form_of(row, rate_min="17,5", _beside=str(row.pk))).content.decode()
    assert "17,5–38,5" in page
    assert CREDIT_WARNING in page
    assert Loan.objects.get().rate_min == Decimal("19.9")


def test_beside_the_form_of_a_new_offer(manager: Client) -> None:
    page = manager.post(BESIDE, form_of(LoanFactory.build(code="new"), _beside="")).content.decode()
    assert "new" in page
    assert not Offer.objects.exists()


def test_beside_the_form_its_mistakes_are_named(manager: Client) -> None:
    row = LoanFactory()
    page = manager.post(BESIDE, form_of(row, amount_max="1", _beside=str(row.pk))).content.decode()
    assert "Наибольшая сумма не должна быть меньше наименьшей." in page


def test_beside_the_form_another_question_can_be_asked(manager: Client) -> None:
    row = LoanFactory(amount_max=Decimal(300_000))
    typed = form_of(row, _beside=str(row.pk)) | {"beside-amount": "400 000", "beside-term": "12"}
    page = manager.post(BESIDE, typed).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "на 100 000 ₽" in page


def test_a_face_that_is_none(manager: Client) -> None:
    assert manager.post("/admin/preview/beside/mortgage/").status_code == 404


def test_the_form_shows_it(manager: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    row = LoanFactory()
    page = manager.get(f"/admin/offers/loan/{row.pk}/change/").content.decode()
    assert f'data-beside="{BESIDE}"' in page
    assert f'data-row="{row.pk}"' in page
