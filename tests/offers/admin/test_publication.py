import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from offers import releases, timeline
from offers.models import Bank, Loan, Offer, Release
from tests import factories
from tests.factories import BankFactory, LoanFactory, publish
from tests.offers.admin.pages import LOANS, PUBLISH, form_of

# Session, person, rights (two), counts (two), rows; what is scheduled, live (twice); and for the bar: the live release,
# its content, what is scheduled, the draft, the bank and the ceilings, requests.
QUERIES_OF_RELEASES = 17
BAR = "не опубликовано: Яндекс видит прежние условия"


@pytest.fixture
def offer(db: None) -> Loan:
    """A published offer whose rate was edited since."""
    row: Loan = LoanFactory(code="cash", name="Наличными")
    publish()
    factories.edit(row, rate_min=Decimal(18))
    return row


def ticks(page: Any) -> list[str]:
    return re.findall(r'name="change" value="([^"]+)"', page.content.decode())


def live_rate(code: str = "cash") -> Decimal:
    live = timeline.live_content().get(code)
    assert live
    return live.rate.min


def test_save_and_publish(manager: Client) -> None:
    row = LoanFactory(code="cash")
    publish()
    saved = manager.post(f"{LOANS}{row.pk}/change/", form_of(row, rate_min="18,5", _publish=""))
    assert saved.headers["location"] == f"{PUBLISH}?only=cash"
    assert live_rate() == Decimal("19.9"), "one confirmation first"

    page = manager.get(saved.headers["location"])
    said = page.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "19,9–38,5 %" in said
    assert "18,5–38,5 %" in said
    assert (
        page.context["comment"].replace("\N{NO-BREAK SPACE}", " ")
        == "cash: ПСК 19,9–38,5 % → 18,5–38,5 %, ставка 19,9–38,5 % → 18,5–38,5 %"
    )

    done = manager.post(saved.headers["location"], {"change": ticks(page), "comment": "Ставка ЦБ"}, follow=True)
    assert "Опубликовано: выпуск №2" in done.content.decode()
    assert done.redirect_chain[-1][0] == f"{LOANS}{row.pk}/change/"
    assert live_rate() == Decimal("18.5")
    assert Release.objects.first().comment == "Ставка ЦБ"  # type: ignore[union-attr]


def test_save_and_publish_a_new_offer(manager: Client) -> None:
    BankFactory()
    saved = manager.post(f"{LOANS}add/", form_of(LoanFactory.build(code="new"), _publish=""))
    page = manager.get(saved.headers["location"])
    manager.post(saved.headers["location"], {"change": ticks(page), "comment": ""})
    assert timeline.live_content().get("new")


@pytest.mark.parametrize("address", ["/admin/", LOANS, "/admin/offers/creditcard/", "/admin/offers/release/"])
def test_the_bar_tells_until_it_is_published(manager: Client, offer: Loan, address: str) -> None:
    assert f"1 изменение {BAR}" in manager.get(address).content.decode()
    publish()
    assert BAR not in manager.get(address).content.decode()


def test_the_bar_is_on_the_form_and_counts_the_bank(manager: Client, offer: Loan) -> None:
    Bank.objects.update(name="АО Другой")
    assert "2 изменения не опубликованы" in manager.get(f"{LOANS}{offer.pk}/change/").content.decode()


def test_only_what_is_ticked(manager: Client, offer: Loan) -> None:
    LoanFactory(code="other")
    page = manager.get(PUBLISH)
    assert len(ticks(page)) == 2
    manager.post(PUBLISH, {"change": [tick for tick in ticks(page) if tick.startswith("cash ")], "comment": ""})
    assert live_rate() == Decimal(18)
    assert timeline.live_content().get("other") is None
    assert Release.objects.first().comment.startswith("cash: ПСК")  # type: ignore[union-attr]


def test_all(manager: Client, offer: Loan) -> None:
    LoanFactory(code="other")
    Bank.objects.update(name="АО Другой")
    manager.post(PUBLISH, {"change": ticks(manager.get(PUBLISH)), "comment": ""})
    assert not releases.unpublished()
    assert "Всё опубликовано" in manager.get(PUBLISH).content.decode()


def test_nothing_ticked(manager: Client, offer: Loan) -> None:
    assert "Отметьте, что опубликовать" in manager.post(PUBLISH, {}, follow=True).content.decode()


@pytest.mark.parametrize("tick", ["cash", "cash 1234", " ", "@bank-name x", "нет такого"])
def test_what_was_not_shown_is_not_published(manager: Client, offer: Loan, tick: str) -> None:
    manager.post(PUBLISH, {"change": [tick]})
    assert live_rate() == Decimal("19.9")


def test_who_looks_at_an_old_page_is_told(manager: Client, offer: Loan) -> None:
    page = manager.get(PUBLISH)
    factories.edit(offer, rate_min=Decimal(1))
    answer = manager.post(PUBLISH, {"change": ticks(page)}, follow=True)
    assert "Ничего не опубликовано" in answer.content.decode()
    assert live_rate() == Decimal("19.9")


def test_an_analyst_looks_but_does_not_publish(analyst: Client, offer: Loan) -> None:
    page = analyst.get(PUBLISH)
    assert (page.status_code, ticks(page)) == (200, [])
    assert analyst.post(PUBLISH, {"change": ["cash x"]}).status_code == 403
    assert 'name="_publish"' not in analyst.get(f"{LOANS}{offer.pk}/change/").content.decode()


def test_strangers_log_in_first(client: Client, db: None) -> None:
    assert client.get(PUBLISH).headers["location"].startswith("/admin/login/")


def test_deleting_what_was_published_archives_it(manager: Client, offer: Loan) -> None:
    address = f"{LOANS}{offer.pk}/delete/"
    assert "уходит в архив" in manager.get(address).content.decode()
    done = manager.post(address, {"post": "yes"}, follow=True).content.decode()
    assert "в архиве. Яндекс видит его" in done
    assert Offer.objects.get().archived
    assert live_rate()
    publish()
    assert timeline.live_content().get("cash") is None


def test_deleting_a_draft_deletes_it(manager: Client) -> None:
    row = LoanFactory()
    address = f"{LOANS}{row.pk}/delete/"
    assert "удалено навсегда" in manager.get(address).content.decode()
    assert "ни разу не публиковалось" in manager.post(address, {"post": "yes"}, follow=True).content.decode()
    assert not Offer.objects.exists()


def test_a_release_is_read(analyst: Client, offer: Loan) -> None:
    page = analyst.get("/admin/offers/release/1/change/").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    digest = bytes(Release.objects.get().digest).hex()
    for said in ("Выпуск №1", digest, "АО Супер-банк", "50 000 – 1 000 000 ₽", "19,9–38,5 %", "Паспорт РФ"):
        assert said in page
    assert digest[:12] in analyst.get("/admin/offers/release/").content.decode()


@pytest.mark.parametrize("action", ["add/", "1/delete/"])
def test_releases_are_only_read(administrator: Client, offer: Loan, action: str) -> None:
    assert administrator.get(f"/admin/offers/release/{action}").status_code == 403


def test_the_bank_is_named_and_renamed(manager: Client) -> None:
    assert manager.get("/admin/offers/bank/").headers["location"] == "/admin/offers/bank/add/"
    manager.post("/admin/offers/bank/add/", {"name": "АО Первый", "ceiling_margin": "1"})
    assert manager.get("/admin/offers/bank/").headers["location"] == "/admin/offers/bank/1/change/"
    manager.post("/admin/offers/bank/1/change/", {"name": "АО Второй", "ceiling_margin": "1,5"})
    assert Bank.objects.get().name == "АО Второй"
    assert manager.get("/admin/offers/bank/add/").status_code == 403
    assert manager.get("/admin/offers/bank/1/delete/").status_code == 403


def test_releases_are_searched(analyst: Client, offer: Loan) -> None:
    for asked, found in (("1", 1), ("tests", 1), ("for a test", 1), ("cash", 1), ("2", 0), ("нет", 0)):
        listed = analyst.get("/admin/offers/release/", {"q": asked}).context["cl"].result_list
        assert (asked, len(listed)) == (asked, found)


@pytest.mark.parametrize("count", [1, 30])
def test_releases_without_a_query_a_row(
    analyst: Client, offer: Loan, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = Release.objects.get()
    for number in range(count):
        Release.objects.create(number=2 + number, digest=first.digest, content=first.content, codes=first.codes)
    with django_assert_num_queries(QUERIES_OF_RELEASES):
        analyst.get("/admin/offers/release/")


def test_an_error_stands_beside_its_offer_and_against_its_publication(manager: Client, offer: Loan) -> None:
    factories.edit(offer, special_conditions=["Ставка от 5 % годовых"])
    page = manager.get(PUBLISH)
    assert "vt-finding-error" in page.content.decode()
    done = manager.post(PUBLISH, {"change": ticks(page), "reason": "срочно"}, follow=True).content.decode()
    assert "38-ФЗ «О рекламе», статья 28" in done
    assert Release.objects.count() == 1


def test_a_warning_is_published_with_a_reason(manager: Client, offer: Loan) -> None:
    factories.edit(offer, special_conditions=["Гарантированное решение"])
    page = manager.get(PUBLISH)
    assert 'name="reason"' in page.content.decode()
    manager.post(PUBLISH, {"change": ticks(page)})
    assert Release.objects.count() == 1
    manager.post(PUBLISH, {"change": ticks(page), "reason": "согласовано"})
    (kept,) = Release.objects.get(number=2).acknowledged
    assert (kept["rule"], kept["reason"]) == ("guaranteed", "согласовано")


def test_without_warnings_no_reason_is_asked(manager: Client, offer: Loan) -> None:
    assert 'name="reason"' not in manager.get(PUBLISH).content.decode()
