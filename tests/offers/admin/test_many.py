"""Copies, and one change to many offers."""

from decimal import Decimal

import pytest
from django.test import Client

from offers.models import Edit, Loan
from tests.factories import LoanFactory, publish
from tests.offers.admin.pages import LOANS, form_of

MANY = f"{LOANS}many/"


@pytest.fixture
def offers(db: None) -> list[Loan]:
    return [LoanFactory(code="a"), LoanFactory(code="b")]


def test_the_ticked_ones_are_changed_after_a_look(manager: Client, offers: list[Loan]) -> None:
    ticked = {"action": "change_many", "_selected_action": [row.pk for row in offers]}
    page = manager.post(LOANS, ticked, follow=True)
    assert [row.code for row in page.context["rows"]] == ["a", "b"]
    asked = {"code": ["a", "b"], "points": "1,5"}
    seen = manager.post(MANY, {**asked, "look": ""})
    assert Loan.objects.get(code="a").rate_min == Decimal("19.9")
    assert "21,4" in seen.content.decode()
    done = manager.post(MANY, {**asked, "confirm": "", "seen": seen.context["report"].fingerprint}, follow=True)
    assert "Изменено предложений: 2" in done.content.decode()
    assert Loan.objects.get(code="b").rate_min == Decimal("21.4")
    assert Edit.objects.count() == 2


@pytest.mark.parametrize(
    "wrong", [{}, {"days": "1", "endless": "on"}, {"points": "x"}, {"points": "1000"}, {"until": "soon"}]
)
def test_what_can_not_be_wished_is_said(manager: Client, offers: list[Loan], wrong: dict[str, str]) -> None:
    page = manager.post(MANY, {"code": ["a"], **wrong})
    assert page.context["form"].errors
    assert "report" not in page.context


def test_mistakes_are_named_by_offer(manager: Client, offers: list[Loan]) -> None:
    page = manager.post(MANY, {"code": ["a", "b"], "points": "-30", "look": ""})
    assert len(page.context["mistakes"]) == 2
    assert page.context["mistakes"][0].startswith("a, «Ставка от, % годовых»: ")
    assert b'name="confirm"' not in page.content


def test_without_ticks_there_is_nothing_to_change(manager: Client, offers: list[Loan]) -> None:
    assert manager.get(MANY).headers["location"] == LOANS


def test_whoever_may_not_edit(analyst: Client, offers: list[Loan]) -> None:
    assert analyst.get(MANY, {"code": "a"}).status_code == 403


def test_nothing_is_deleted_from_the_list(manager: Client, offers: list[Loan]) -> None:
    manager.post(LOANS, {"action": "delete_selected", "_selected_action": [offers[0].pk], "post": "yes"})
    assert Loan.objects.count() == 2


def test_a_copy_says_all_but_the_code(manager: Client) -> None:
    row = LoanFactory(code="cash", name="Наличными", special_conditions=["Раз, два"], shown_amount_min=Decimal(10_000))
    publish(row)
    assert f"{LOANS}add/?copy={row.pk}" in manager.get(f"{LOANS}{row.pk}/change/").content.decode()
    form = manager.get(f"{LOANS}add/", {"copy": row.pk}).context["adminform"].form
    assert form["code"].value() == ""
    assert form["name"].value() == "Наличными (копия)"
    assert form["special_conditions"].value() == ["Раз, два"]
    copied = form_of(row, code="cash-copy", name="Наличными (копия)")
    assert manager.post(f"{LOANS}add/?copy={row.pk}", copied).status_code == 302
    assert Loan.objects.get(code="cash-copy").shown_amount_min == 10_000


def test_a_copy_of_nothing(manager: Client) -> None:
    for copied in ("", "999", "x"):
        assert manager.get(f"{LOANS}add/", {"copy": copied}).status_code == 200
