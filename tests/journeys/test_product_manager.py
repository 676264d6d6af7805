import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from offers import catalogue, releases, timeline
from offers.models import Loan
from tests import factories
from tests.server import contract, serving
from tests.server.serving import Server

LOANS = "/admin/offers/loan/"
BAR = "1 изменение не опубликовано: Яндекс видит прежние условия"


@pytest.fixture
def offer(server: Server) -> str:
    """The code of the only offer that is live."""
    row = factories.LoanFactory.build(code="cash", name="Наличными", special_conditions=["Раз, два", "Три"])
    server.publish(row)
    return str(row.code)


def rates_answered(server: Server) -> dict[str, Decimal]:
    with server.client() as yandex:
        [proposal] = contract.loads(yandex.post(serving.PATH, json=serving.question()).content)["data"]
    rate: dict[str, Decimal] = proposal["rate"]
    return rate


def saved(server: Server) -> Loan:
    with server.orm():
        row: Loan = Loan.objects.get()
        return row


def test_an_edit_is_seen_published_and_answered(manager: Page, server: Server, offer: str) -> None:
    manager.goto(LOANS)
    manager.get_by_role("link", name="Наличными cash").click()
    manager.get_by_label("Ставка от, % годовых").fill("18,25")
    manager.get_by_role("button", name="Сохранить", exact=True).click()

    expect(manager.get_by_text(BAR)).to_be_visible()
    expect(manager.get_by_role("row", name=re.compile("Наличными cash"))).to_contain_text("изменено")
    assert rates_answered(server)["min"] == Decimal("19.9"), "nothing reaches Yandex before it is published"

    manager.get_by_role("link", name="Наличными cash").click()
    manager.get_by_role("button", name="Сохранить и опубликовать").click()
    expect(manager.get_by_role("row", name=re.compile("Ставка"))).to_contain_text("18,25–38,5")
    expect(manager.get_by_label("Комментарий")).to_have_value(re.compile("cash: ПСК 19,9–38,5"))
    manager.get_by_role("button", name="Опубликовать").click()

    expect(manager.get_by_text("Опубликовано: выпуск №")).to_be_visible()
    expect(manager.get_by_text(BAR)).to_have_count(0)
    with server.orm():
        live = timeline.live_content().get(offer)
    assert live
    assert live.rate.min == Decimal("18.25")
    assert rates_answered(server)["min"] == Decimal("18.25")


def test_what_is_not_ticked_waits(manager: Page, server: Server, offer: str) -> None:
    with server.orm():
        factories.LoanFactory(code="second")
        row = Loan.objects.get(code=offer)
        factories.edit(row, rate_min=Decimal(17))
    manager.goto("/admin/")
    manager.get_by_role("link", name="Посмотреть и опубликовать").click()
    manager.get_by_label(re.compile(r"\(second\)")).uncheck()
    manager.get_by_role("button", name="Опубликовать").click()
    expect(manager.get_by_text("Опубликовано: выпуск №")).to_be_visible()
    expect(manager.get_by_text(BAR)).to_be_visible()
    with server.orm():
        assert [change.code for change in releases.unpublished().offers] == ["second"]


def test_lists_are_edited_line_by_line(manager: Page, server: Server, offer: str) -> None:
    manager.goto(LOANS)
    manager.get_by_role("link", name="Наличными cash").click()
    conditions = manager.locator("#id_special_conditions")
    conditions.get_by_role("button", name="Убрать строку").first.click()
    conditions.get_by_role("button", name="Добавить строку").click()
    manager.keyboard.type("Четыре, пять")
    manager.keyboard.press("Enter")
    manager.keyboard.type("Шесть")
    manager.get_by_role("button", name="Сохранить", exact=True).click()
    expect(manager.get_by_text(BAR)).to_be_visible()
    assert saved(server).special_conditions == ["Три", "Четыре, пять", "Шесть"]


def test_a_broken_rule_is_said_beside_its_field(manager: Page, server: Server, offer: str) -> None:
    manager.goto(LOANS)
    manager.get_by_role("link", name="Наличными cash").click()
    manager.get_by_label("Сумма до, ₽").fill("10 000,50")
    manager.get_by_role("button", name="Сохранить", exact=True).click()
    expect(manager.locator(".field-amount_max")).to_contain_text("Наибольшая сумма не должна быть меньше наименьшей.")
    expect(manager.get_by_label("Сумма до, ₽")).to_have_value("10 000,50")
    assert saved(server).amount_max == Decimal(1_000_000)


def test_english_is_chosen_in_the_menu(manager: Page, offer: str) -> None:
    manager.goto(LOANS)
    manager.locator("#nav-sidebar").get_by_text("person-").click()
    manager.get_by_role("button", name="English").click()
    expect(manager.get_by_role("link", name="Cash loans").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_screen(manager: Page, server: Server, offer: str, scheme: str, width: int) -> None:
    with server.orm():
        row = Loan.objects.get(code=offer)
        row.link = f"https://bank.example/{'long' * 60}"
        row.save()
        release = catalogue.live_number()
    manager.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    manager.set_viewport_size({"width": width, "height": 900})
    pages = (
        "",
        "offers/loan/",
        f"offers/loan/{row.pk}/change/",
        "offers/release/",
        f"offers/release/{release}/change/",
        "offers/release/publish/",
    )
    wider = []
    for address in pages:
        manager.goto(f"/admin/{address}")
        manager.wait_for_load_state("networkidle")
        if manager.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wider.append(address)
    assert wider == []
