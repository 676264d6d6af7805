"""Prices before the law: a calculation, a publication that is stood against, a ceiling taken in."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from offers.models import Loan, MarketValue, Release
from tests import factories
from tests.server.serving import Server

CALCULATOR = "/admin/offers/marketvalue/calculator/"
CEILINGS = "/admin/offers/marketvalue/"


@pytest.fixture
def offer(server: Server) -> str:
    """The code of the only offer that is live."""
    row = factories.LoanFactory.build(code="cash", name="Наличными")
    server.publish(row)
    with server.orm():
        MarketValue.objects.all().delete()
    return str(row.code)


def test_a_loan_is_calculated_and_taken_away(manager: Page) -> None:
    manager.get_by_role("link", name="Калькулятор").click()
    manager.get_by_label("Сумма, ₽").fill("300 000")
    manager.get_by_label("Ставка, % годовых").fill("24")
    manager.get_by_label("Срок, мес.").fill("13")
    manager.get_by_label("Ежегодная комиссия, ₽").fill("5 000")
    manager.get_by_role("button", name="Рассчитать").click()

    expect(manager.locator(".vt-full-cost")).to_have_text(re.compile("29,419"))
    expect(manager.get_by_role("img", name="На что идёт каждый платёж")).to_be_visible()
    manager.locator("summary").click()
    expect(manager.get_by_text("-300 000,00")).to_be_visible()
    with manager.expect_download() as taken:
        manager.get_by_role("link", name="CSV").click()
    assert "29,419" in Path(taken.value.path()).read_text(encoding="utf-8-sig")


def test_what_is_wrong_is_mended_before_it_is_published(manager: Page, server: Server, offer: str) -> None:
    manager.goto("/admin/offers/loan/")
    manager.get_by_role("link", name="Наличными cash").click()
    conditions = manager.locator("#id_special_conditions")
    conditions.get_by_role("button", name="Добавить строку").click()
    manager.keyboard.type("Ставка от 5 % годовых")
    manager.get_by_role("button", name="Сохранить и опубликовать").click()

    finding = manager.locator(".vt-finding-error")
    expect(finding).to_contain_text("38-ФЗ")
    with server.orm():
        number = Release.objects.latest("number").number
        factories.edit(Loan.objects.get(code=offer), special_conditions=["Гарантированное решение за час"])
    manager.reload()
    expect(manager.locator(".vt-finding-error")).to_have_count(0)
    manager.get_by_label("Почему вы публикуете с этими предупреждениями").fill("Согласовано с юристами")
    manager.get_by_role("button", name="Опубликовать").click()

    expect(manager.get_by_text("Опубликовано: выпуск №")).to_be_visible()
    with server.orm():
        made = Release.objects.latest("number")
        assert made.number > number
        assert made.acknowledged[0]["reason"] == "Согласовано с юристами"


def test_the_table_of_the_bank_of_russia_is_taken_in(manager: Page, offer: str, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("product_type;drawing;amount_to;year;quarter;average\ncredit_card;cash;100 000;2025;1;48,951\n")
    manager.goto(CEILINGS)
    manager.get_by_role("link", name="Загрузить файл CSV").click()
    manager.locator("#id_file").set_input_files(table)
    manager.get_by_role("button", name="Загрузить", exact=True).click()
    expect(manager.get_by_role("row", name=re.compile("65,268"))).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_screen(manager: Page, offer: str, scheme: str, width: int) -> None:
    manager.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    manager.set_viewport_size({"width": width, "height": 900})
    wider = []
    for address in (CALCULATOR, CEILINGS, f"{CEILINGS}import/", f"{CEILINGS}add/", "/admin/offers/loan/add/"):
        manager.goto(address)
        manager.wait_for_load_state("networkidle")
        if manager.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wider.append(address)
    assert wider == []
