"""A product manager sees an answer before it is published, brings offers in, copies one and changes many."""

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from offers.models import Loan, Offer
from tests import factories
from tests.server.serving import Server

LOANS = "/admin/offers/loan/"
WARNING = "Изучите все условия кредита (займа) на сайте в соответствующем разделе."


@pytest.fixture
def offer(server: Server) -> str:
    """The code of the only offer that is live."""
    row = factories.LoanFactory.build(code="cash", name="Наличными")
    server.publish(row)
    return str(row.code)


def saved(server: Server, code: str) -> Loan:
    with server.orm():
        row: Loan = Loan.objects.get(code=code)
        return row


def bring(page: Page, text: str) -> None:
    page.goto("/admin/transfer/")
    file: Any = {"name": "ставки.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
    page.locator("input[type=file]").set_input_files([file])
    page.get_by_role("button", name="Показать, что изменится").click()


def test_what_is_typed_is_seen_beside_the_form(manager: Page, server: Server, offer: str) -> None:
    manager.goto(LOANS)
    manager.get_by_role("link", name="Наличными cash").click()
    beside = manager.get_by_role("complementary", name="Глазами Яндекса")
    expect(beside).to_contain_text("19,9–38,5")
    expect(beside).to_contain_text(WARNING)
    manager.get_by_label("Ставка от, % годовых").fill("18,25")
    expect(beside).to_contain_text("18,25–38,5")
    beside.get_by_label("Сумма, ₽").fill("2 000 000")
    expect(beside).to_contain_text("на 1 000 000 ₽")
    assert saved(server, offer).rate_min == Decimal("19.9"), "only seen"


def test_an_answer_is_seen_before_it_is_published(manager: Page, server: Server, offer: str) -> None:
    with server.orm():
        factories.edit(Loan.objects.get(code=offer), rate_min=Decimal(17))
    manager.goto("/admin/")
    manager.get_by_role("link", name="Глазами Яндекса").first.click()
    expect(manager.locator("#decision")).to_contain_text("17–38,5")
    live = manager.locator("#id_release option", has_text="его видит Яндекс").get_attribute("value")
    manager.get_by_label("Чьи условия").select_option(live)
    manager.get_by_role("button", name="Показать").click()
    expect(manager.locator("#decision")).to_contain_text("19,9–38,5")
    manager.get_by_label("Сумма, ₽").fill("2 000 000")
    manager.get_by_role("button", name="Показать").click()
    expect(manager.get_by_text("Человек увидит отказ")).to_be_visible()
    expect(manager.get_by_role("row", name=re.compile("cash"))).to_contain_text("на 1 000 000 ₽")


def test_a_table_with_mistakes_is_mended_and_taken_in(manager: Page, server: Server, offer: str) -> None:
    bring(manager, "Код;Ставка от, % годовых;Сумма до, ₽\r\ncash;восемнадцать;10\r\n")
    mistakes = manager.get_by_role("alert")
    expect(mistakes).to_contain_text("Строка 2, «Ставка от, % годовых»: «восемнадцать» — не число")
    expect(manager.get_by_role("button", name="Загрузить всё")).to_have_count(0)

    bring(manager, "Код;Ставка от, % годовых;Сумма до, ₽\r\ncash;18,5;2 000 000\r\n")
    expect(manager.locator("#changes")).to_contain_text(re.compile(r"1.000.000\s*2.000.000"))
    assert saved(server, offer).rate_min == Decimal("19.9")
    manager.get_by_role("button", name="Загрузить всё").click()
    expect(manager.get_by_text("Загружено. Добавлено предложений: 0, изменено: 1.")).to_be_visible()
    assert saved(server, offer).amount_max == 2_000_000


def test_an_offer_is_copied(manager: Page, server: Server, offer: str) -> None:
    manager.goto(LOANS)
    manager.get_by_role("link", name="Наличными cash").click()
    manager.get_by_role("link", name="Сделать копию").click()
    manager.get_by_label("Код").fill("cash-copy")
    manager.get_by_role("button", name="Сохранить", exact=True).click()
    expect(manager.get_by_role("link", name="Наличными (копия) cash-copy")).to_be_visible()
    assert saved(server, "cash-copy").link == saved(server, offer).link


def test_many_offers_are_changed_at_once(manager: Page, server: Server, offer: str) -> None:
    with server.orm():
        factories.LoanFactory(code="second", name="Второй")
    manager.goto(LOANS)
    manager.locator("#action-toggle").check()
    manager.locator("select[name=action]").select_option("change_many")
    manager.get_by_role("button", name=re.compile("Выполнить|Запустить|Применить")).click()
    manager.get_by_label("Повысить каждую ставку на, п. п.").fill("1,5")
    manager.get_by_role("button", name="Показать, что изменится").click()
    expect(manager.locator("#changes")).to_contain_text("21,4")
    manager.get_by_role("button", name="Изменить всё").click()
    expect(manager.get_by_text("Изменено предложений: 2.")).to_be_visible()
    with server.orm():
        assert set(Offer.objects.values_list("rate_min", flat=True)) == {Decimal("21.4")}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_screen(manager: Page, offer: str, scheme: str, width: int) -> None:
    manager.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    manager.set_viewport_size({"width": width, "height": 900})
    wider = []
    for address in ("preview/", "transfer/", f"offers/loan/many/?code={offer}", "offers/loan/add/"):
        manager.goto(f"/admin/{address}")
        manager.wait_for_load_state("networkidle")
        if manager.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wider.append(address)
    assert wider == []
