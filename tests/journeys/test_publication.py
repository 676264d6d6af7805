"""What happens to a catalogue between two people and over time: pauses, schedules, what is taken back, four eyes."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from offers import catalogue, releases, timeline
from offers.models import Loan
from tests import factories
from tests.journeys.conftest import log_in_on
from tests.server import contract, serving
from tests.server.serving import Server

LOANS = "/admin/offers/loan/"
BAR = "1 изменение не опубликовано: Яндекс видит прежние условия"


@pytest.fixture(autouse=True)
def offer(server: Server) -> None:
    """The only offer that is live; nothing paused, nothing scheduled."""
    with server.orm(), suppress(catalogue.NothingPublished):
        catalogue.live_number()
        for planned in timeline.planned(timeline.live_content()):
            releases.withdraw(planned.number, author="tests", reason="the next test")
        for code in timeline.live_content().paused:
            releases.resume(code, author="tests")
    server.publish(factories.LoanFactory.build(code="cash", name="Наличными"))


@pytest.fixture
def another(browser: Browser, server: Server, browser_context_args: dict[str, Any]) -> Iterator[Callable[..., Page]]:
    """A second person before a browser of their own."""
    contexts = []

    def another(make: Callable[[], Any]) -> Page:
        context = browser.new_context(**browser_context_args)
        contexts.append(context)
        return log_in_on(context.new_page(), server, make)

    yield another
    for context in contexts:
        context.close()


def offered(server: Server) -> list[Decimal]:
    """The smallest rate of each offer in an answer."""
    with server.client() as yandex:
        proposals = contract.loads(yandex.post(serving.PATH, json=serving.question()).content)["data"]
    return [proposal["rate"]["min"] for proposal in proposals or ()]


def open_offer(page: Page) -> None:
    page.goto(LOANS)
    page.get_by_role("link", name="Наличными cash").click()


def edit_rate(page: Page, rate: str) -> None:
    open_offer(page)
    page.get_by_label("Ставка от, % годовых").fill(rate)


def to_publication(page: Page) -> None:
    """Saved, and on to the page that shows what would be published."""
    page.get_by_role("button", name="Сохранить и опубликовать").click()
    expect(page).to_have_url(re.compile("/release/publish/"))


def test_paused_and_resumed(manager: Page, server: Server) -> None:
    open_offer(manager)
    manager.get_by_role("link", name="Поставить на паузу").click()
    manager.get_by_label("Причина").fill("Ошибка в ставке")
    manager.get_by_role("button", name="Поставить на паузу").click()
    said = manager.get_by_text("cash на паузе: в ответах Яндексу его нет")
    expect(said).to_be_visible()
    assert offered(server) == []

    manager.goto("/admin/")
    expect(said).to_be_visible()
    manager.get_by_role("link", name="Снять с паузы").click()
    manager.get_by_role("button", name="Снять с паузы").click()
    expect(said).to_have_count(0)
    assert offered(server) == [Decimal("19.9")]


def test_scheduled_and_withdrawn(manager: Page, server: Server) -> None:
    edit_rate(manager, "18")
    to_publication(manager)
    tomorrow = timezone.localtime() + timedelta(days=1)
    manager.get_by_label("Когда, по Москве").fill(f"{tomorrow:%Y-%m-%d}T10:00")
    manager.get_by_role("button", name="Опубликовать").click()
    expect(manager.get_by_text(f"действует с {tomorrow:%d.%m.%Y} 10:00 по Москве")).to_be_visible()
    assert offered(server) == [Decimal("19.9")]
    manager.goto(LOANS)
    expect(manager.get_by_text(BAR)).to_have_count(0)
    expect(manager.get_by_role("row", name=re.compile("Наличными cash"))).to_contain_text("ждёт начала")

    edit_rate(manager, "17")
    to_publication(manager)
    manager.get_by_role("button", name="Опубликовать").click()
    manager.get_by_role("radio", name=re.compile("как запланировано")).check()
    manager.get_by_role("button", name="Опубликовать").click()
    expect(manager.get_by_text("Опубликовано: выпуск №")).to_be_visible()
    assert offered(server) == [Decimal(17)]
    with server.orm():
        [planned] = timeline.planned(timeline.live_content())
        then = planned.content.get("cash")
    assert then
    assert then.rate.min == Decimal(18)

    manager.goto("/admin/offers/release/publish/")
    manager.get_by_role("link", name="Отменить").click()
    manager.get_by_label("Причина").fill("Передумали")
    manager.get_by_role("button", name="Отменить").click()
    expect(manager.get_by_text("он такой же, как действовавший")).to_be_visible()
    with server.orm():
        assert timeline.planned(timeline.live_content()) == []


def test_taken_back_in_two_clicks(manager: Page, server: Server) -> None:
    with server.orm():
        before = catalogue.live_number()
        factories.edit(Loan.objects.get(), rate_min=Decimal(18))
        factories.publish()
    assert offered(server) == [Decimal(18)]
    manager.goto("/admin/offers/release/")
    manager.get_by_role("link", name=f"Выпуск №{before}", exact=True).click()
    manager.get_by_role("link", name="Вернуть").click()
    manager.get_by_label("Причина").fill("Рано")
    manager.get_by_role("button", name="Вернуть").click()
    expect(manager.get_by_text(f"Снова действует выпуск №{before}")).to_be_visible()
    expect(manager.get_by_text(BAR)).to_be_visible()
    assert offered(server) == [Decimal("19.9")]


def test_asked_for_sent_back_and_approved(
    log_in: Callable[[Callable[[], Any]], Page], another: Callable[..., Page], server: Server
) -> None:
    author, publisher = log_in(factories.editor), another(factories.publisher)

    def ask(rate: str) -> None:
        edit_rate(author, rate)
        author.get_by_role("button", name="Сохранить и запросить публикацию").click()
        author.get_by_role("button", name="Запросить публикацию").click()
        expect(author.get_by_text("Публикация запрошена")).to_be_visible()

    def look() -> None:
        publisher.goto("/admin/")
        publisher.get_by_role("link", name="Посмотреть", exact=True).first.click()
        publisher.get_by_role("link", name=re.compile("^Запрос №")).first.click()

    ask("18")
    look()
    publisher.get_by_label("Ответ").fill("Нужно 17")
    publisher.get_by_role("button", name="Вернуть на доработку").click()
    expect(publisher.get_by_text("Запрос возвращён автору")).to_be_visible()
    assert offered(server) == [Decimal("19.9")]

    ask("17")
    look()
    expect(publisher.get_by_role("row", name=re.compile("Ставка"))).to_contain_text("17–38,5")
    publisher.get_by_role("button", name="Одобрить и опубликовать").click()
    expect(publisher.get_by_text("Одобрено и опубликовано")).to_be_visible()
    assert offered(server) == [Decimal(17)]


def test_two_at_one_offer(manager: Page, another: Callable[..., Page], server: Server) -> None:
    second = another(factories.product_manager)
    for page in (manager, second):
        open_offer(page)
    manager.get_by_label("Ставка от, % годовых").fill("18")
    manager.get_by_role("button", name="Сохранить", exact=True).click()
    expect(manager.get_by_text(BAR)).to_be_visible()

    second.get_by_label("Сумма до, ₽").fill("2 000 000")
    second.get_by_role("button", name="Сохранить", exact=True).click()
    expect(second.get_by_text("Ставка от, % годовых: 19,9 → 18")).to_be_visible()
    expect(second.get_by_label("Ставка от, % годовых")).to_have_value("18")
    expect(second.get_by_label("Сумма до, ₽")).to_have_value("2 000 000")
    second.get_by_role("button", name="Сохранить", exact=True).click()
    expect(second).to_have_url(re.compile(LOANS))
    expect(second.get_by_text(BAR)).to_be_visible()
    with server.orm():
        row = Loan.objects.get()
    assert (row.rate_min, row.amount_max) == (Decimal(18), Decimal(2_000_000))
