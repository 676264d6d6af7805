"""Every page of the admin that a link leads to keeps what its Content-Security-Policy promises."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from tests import factories
from tests.server import serving
from tests.server.serving import Server

# Pages that differ only in what they list are looked at once: by their path with its ids and codes taken out.
ID = re.compile(r"/(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[a-z-]*\d+)(?=/)")
LEAVE = re.compile(r"/(logout|jsi18n)/|\.(csv|xlsx|json|txt)$|/export/[^/]+/")
ENOUGH = 100  # pages: more than there are

# Violations are told to the page; what they say is gathered before any script of the page's own runs.
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event => window.violations.push(
    `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""


@pytest.fixture
def catalogue(server: Server) -> None:
    server.publish(
        factories.LoanFactory.build(code="cash-1"), factories.CreditCardFactory.build(code="card-1", position=2)
    )
    with server.orm():
        factories.LoanFactory(code="cash-2")
    with server.client() as yandex:
        yandex.post(serving.PATH, json=serving.question())
        yandex.post(serving.PATH, json={})


def administrator() -> Any:
    return factories.UserFactory(is_superuser=True)


def test_no_page_breaks_its_policy(catalogue: None, log_in: Callable[[Callable[[], Any]], Page], page: Page) -> None:
    page.add_init_script(WATCH)
    log_in(administrator)
    seen, waiting, broken = set[str](), ["/admin/"], dict[str, list[str]]()
    while waiting and len(seen) < ENOUGH:
        address = waiting.pop(0)
        if shape(address) in seen:
            continue
        seen.add(shape(address))
        answer = page.goto(address)
        assert answer, address
        assert answer.status == 200, address
        assert "script-src 'self' 'unsafe-eval';" in answer.headers["content-security-policy"]
        page.wait_for_function("window.Alpine !== undefined")
        if said := page.evaluate("window.violations"):
            broken[address] = said
        waiting += links(page)

    assert broken == {}
    assert len(seen) < ENOUGH
    walked = " ".join(seen)
    for part in ("loan/#/change", "release/publish", "journalentry/#/change", "client/yandex/change", "user/#/change"):
        assert part in walked, f"no link leads to {part}: {walked}"


def links(page: Page) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    found = {urldefrag(urljoin(page.url, href)).url for href in hrefs}
    paths = {url: urlsplit(url).path for url in sorted(found)}
    return [url for url, path in paths.items() if path.startswith("/admin/") and not LEAVE.search(path)]


def shape(address: str) -> str:
    return ID.sub("/#", urlsplit(address).path)
