from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from unfold.admin import ModelAdmin

from offers.models import Loan
from tests.factories import CreditCardFactory, LoanFactory, publish
from tests.offers.admin.pages import CARDS, LOANS

# Session, person, their rights (two), count of all, count of what is found, rows, live release for the filter, for the
# states and for the bar, the release itself, what is scheduled (three), the draft, the bank and the ceilings, requests;
# the bank and the ceilings once more for the checks.
QUERIES_OF_A_LIST = 21


def listed(client: Client, address: str = LOANS, **query: Any) -> list[str]:
    return [row.code for row in client.get(address, query).context["cl"].result_list]


@pytest.mark.parametrize(("factory", "address"), [(LoanFactory, LOANS), (CreditCardFactory, CARDS)])
@pytest.mark.parametrize("offers", [3, 60])
def test_no_query_a_row(
    manager: Client, django_assert_num_queries: DjangoAssertNumQueries, factory: Any, address: str, offers: int
) -> None:
    for number in range(offers):
        factory(code=f"offer-{number}")
    publish()
    factory(code="draft")
    with django_assert_num_queries(QUERIES_OF_A_LIST):
        manager.get(address)


def test_it_reads_as_russians_write(manager: Client) -> None:
    LoanFactory(name="Наличными", amount_max=Decimal("1000000.50"), total_cost_min=Decimal("24.300"))
    page = manager.get(LOANS).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    for said in ("Наличными", "черновик", "50 000 – 1 000 000,50", "24,3–38,5", "6–60", "бессрочно"):
        assert said in page
    assert page.index("ПСК, % годовых") < page.index("Ставка, % годовых"), "the law's order"


def test_by_position(manager: Client) -> None:
    for code, position in (("c", 1), ("a", 2), ("b", 1)):
        LoanFactory(code=code, position=position)
    assert listed(manager) == ["b", "c", "a"]


def test_states_and_their_filter(manager: Client) -> None:
    now, day = timezone.now(), timedelta(days=1)
    LoanFactory(code="live")
    LoanFactory(code="changed")
    LoanFactory(code="scheduled", valid_from=now + day)
    LoanFactory(code="ended", valid_until=now - day)
    LoanFactory(code="leaving")
    publish()
    LoanFactory(code="draft")
    LoanFactory(code="archived", archived=True)
    for code, change in (("changed", {"rate_min": 1}), ("leaving", {"archived": True})):
        row = Loan.objects.get(code=code)
        for name, value in change.items():
            setattr(row, name, value)
        row.save()
    assert {row.code: row.state.value for row in manager.get(LOANS).context["cl"].result_list} == {
        "live": "live",
        "changed": "changed",
        "scheduled": "scheduled",
        "ended": "ended",
        "leaving": "changed",
        "draft": "draft",
    }
    for state in ("live", "scheduled", "ended", "draft", "archived"):
        assert listed(manager, state=state) == [state]
    assert listed(manager, state="changed") == ["changed", "leaving"]


def test_search(manager: Client) -> None:
    LoanFactory(code="cash-salary", name="Зарплатный")
    LoanFactory(code="cash-other", name="Прочий")
    assert listed(manager, q="зарплат") == ["cash-salary"]
    assert listed(manager, q="cash-other") == ["cash-other"]


def test_english_by_choice_never_by_the_browser(manager: Client) -> None:
    LoanFactory()
    assert "Кредиты наличными" in manager.get(LOANS, headers={"accept-language": "en"}).content.decode()
    manager.post("/i18n/setlang/", {"language": "en", "next": "/admin/"})
    assert "Cash loans" in manager.get(LOANS).content.decode()


def test_the_language_is_offered(manager: Client) -> None:
    assert 'value="en"' in manager.get("/admin/").content.decode()


def test_every_page_wears_the_theme() -> None:
    assert {type(face).__name__ for face in admin.site._registry.values() if not isinstance(face, ModelAdmin)} == set()


def test_pages_of_people_open(administrator: Client) -> None:
    for address in ("auth/user/", "auth/user/add/", "auth/group/", "auth/group/add/"):
        assert administrator.get(f"/admin/{address}").status_code == 200


def test_the_root_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["location"] == "/admin/"


def test_what_needs_attention_stands_out(manager: Client) -> None:
    LoanFactory(code="sound")
    assert "attention" not in manager.get(LOANS).context["cl"].list_display
    LoanFactory(code="wrong", total_cost_max=Decimal(30))
    LoanFactory(code="doubtful", special_conditions=["Без переплат"])
    changelist = manager.get(LOANS).context["cl"]
    assert {row.code: [told.kind for told in row.attention] for row in changelist.result_list} == {
        "sound": [],
        "wrong": ["error"],
        "doubtful": ["asks"],
    }
    assert "1 ошибка" in manager.get(LOANS).content.decode()
