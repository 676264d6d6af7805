"""An analyst finds an enquiry, looks at the figures and takes a file away."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from integrations.analytics import past
from tests import factories
from tests.server.serving import Server

JOURNAL = "/admin/integrations/journalentry/"
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def busy_month(server: Server) -> None:
    server.publish(factories.LoanFactory.build(code="cash", name="Наличными"), factories.CreditCardFactory.build())
    with server.orm():
        past.fill(2_000, months=1, seed=3)


@pytest.fixture
def analyst(log_in: Callable[[Callable[[], Any]], Page], busy_month: None) -> Page:
    return log_in(factories.analyst)


def test_from_the_figures_to_one_answer(analyst: Page) -> None:
    analyst.get_by_role("link", name="Показатели").first.click()
    analyst.get_by_role("link", name="30 дней").click()
    expect(analyst.get_by_role("img", name="Запросы по времени")).to_be_visible()
    expect(analyst.get_by_role("heading", name="Кредиты по сумме")).to_be_visible()

    analyst.get_by_role("row", name=re.compile("^403")).get_by_role("link").click()
    expect(analyst).to_have_url(re.compile("status=403"))
    analyst.goto(f"{JOURNAL}?decision__exact=rejected")
    analyst.locator("#result_list a").first.click()
    analyst.get_by_role("link", name="Запрос целиком").click()
    analyst.get_by_role("link", name="Вывести заново").click()

    expect(analyst.get_by_text("те же байты").first).to_be_visible()
    expect(analyst.get_by_text("байты различаются")).to_have_count(0)
    analyst.get_by_role("link", name="Подтверждение для печати").first.click()
    expect(analyst.get_by_role("heading", name="Доказательство")).to_be_visible()


def test_a_file_is_taken_away(analyst: Page) -> None:
    analyst.goto(f"{JOURNAL}?product_type__exact=credit_card")
    analyst.get_by_role("link", name="Выгрузить").click()

    with analyst.expect_download() as taken:
        analyst.get_by_role("button", name="CSV").click()

    content = Path(taken.value.path()).read_text(encoding="utf-8-sig")
    assert "Кредитная карта" in content
    assert "Кредит наличными" not in content


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("address", ["dashboard/?days=30", "unmet/?days=30", "?decision__exact=rejected", "export/"])
def test_nothing_sticks_out(address: str, size: str, scheme: str, analyst: Page) -> None:
    analyst.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    analyst.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    analyst.goto(f"{JOURNAL}{address}")

    excess = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert analyst.evaluate(excess) <= 0
