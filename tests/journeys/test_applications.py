"""A product manager takes in what a branch wrote down, sees what came of it, and takes conversions out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from integrations import clients
from integrations.models import Scope
from tests import factories
from tests.server import serving
from tests.server.serving import Server

COLUMNS = "application_id;ref;state;occurred_at;amount;metrica_client_id"


@pytest.fixture(scope="module")
def ref(server: Server) -> str:
    """Of an enquiry that was made a moment ago."""
    server.publish(factories.LoanFactory.build(code="branch-cash", link="https://bank.example/cash?ref={ref}"))
    with server.orm():
        clients.issue("branch", scopes=[Scope.APPLICATIONS])
    with server.client() as client:
        (offer,) = client.post(serving.PATH, content=serving.body()).json()["data"]
    return str(offer["propousal_link"]["link"]).rpartition("=")[2]


def test_from_a_table_to_the_funnel_and_back_to_yandex(
    log_in: Callable[[Callable[[], Any]], Page], ref: str, server: Server
) -> None:
    page = log_in(factories.product_manager)
    page.get_by_role("link", name="Заявки в банк").first.click()
    page.get_by_role("link", name="Загрузить из таблицы").click()
    filed, issued = (datetime.now(UTC) - timedelta(minutes=minutes) for minutes in (2, 1))
    rows = [
        COLUMNS,
        f"B-1;{ref};filed;{filed.isoformat()};500000;123",
        f"B-1;{ref};issued;{issued.isoformat()};450000;123",
        "B-2;;lost;;;",
    ]
    table: FilePayload = {"name": "branch.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.locator("input[type=file]").set_input_files(files=table)
    page.locator("button[name=try]").click()
    expect(page.locator("#counts")).to_contain_text("accepted")
    page.locator("#take").click()
    expect(page.get_by_text("Поле state должно быть одним из").first).to_be_visible()

    page.get_by_role("link", name="Воронка").first.click()
    expect(page.locator("#lines").get_by_role("row", name="branch-cash")).to_contain_text("450")
    expect(page.locator("#honesty")).to_contain_text("branch-cash")

    page.get_by_role("link", name="Конверсии").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Выгрузить").click()
    assert download.value.suggested_filename.endswith(".zip")
    page.reload()
    page.locator("#batches").get_by_role("button").click()
    expect(page.locator("#batches")).to_contain_text("отозвано")
