"""A product manager loads a list of people, and sees how far it has come."""

import re

from playwright.sync_api import FilePayload, Page, expect

from tests.integrations.lists.factories import PersonListFactory
from tests.server.serving import Server

# While a form is under way Playwright finds nothing on its page; the page can tell by itself.
TELL = """status => new MutationObserver(() => {
    const bar = status.querySelector("progress");
    if (status.checkVisibility()) console.info(`${status.innerText.trim()}: ${bar.value} of ${bar.max}`);
}).observe(status, {childList: true, subtree: true, attributes: true})"""


def test_a_list_is_loaded_before_ones_eyes(manager: Page, server: Server) -> None:
    with server.orm():
        PersonListFactory(code="salary")
    rows = ["phone_number;product_type", *(f"000000002{number};loan" for number in range(3))]
    people: FilePayload = {"name": "people.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}

    manager.get_by_role("link", name="Списки людей").first.click()
    manager.get_by_role("link", name="salary").click()
    manager.locator("input[type=file]").set_input_files(files=people)
    expect(manager.locator(".vt-under-way")).to_be_hidden()
    manager.locator(".vt-under-way").evaluate(TELL)
    with server.sql.transaction():
        server.sql.execute("lock table integrations_journalentry in share mode")  # the last thing that a load waits for
        with manager.expect_console_message(lambda said: re.fullmatch("3 строк.*: 3 of 3", said.text) is not None):
            manager.get_by_role("button", name="Загрузить и проверить").click(no_wait_after=True)

    expect(manager).to_have_url(re.compile(r"/versions/1/$"))
    expect(manager.locator("#content")).to_contain_text("people.csv")
