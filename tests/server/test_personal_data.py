"""What one person's enquiry and one caller's secrets leave behind: nothing in which they could be read.

The tables and the log of the whole run are searched where the server stops: see `server` in conftest.py.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client as Browser

from integrations.lists import loading
from integrations.lists.files import File
from tests import factories, leaks
from tests.integrations.lists.factories import PersonListFactory
from tests.leaks import Search
from tests.server import serving, wire
from tests.server.serving import PHONE_NUMBER, Server

LINK = re.compile(r'(?:href|src)="([^"#]+)"')
PAGES = 250
PART = "/integrations/api/banking/lists/salary/versions/1/parts/1"
# What changes something, or leads away.
NOT_FOLLOWED = re.compile(r"/(logout|jsi18n|static|add|delete)/")


@pytest.fixture
def search(server: Server) -> Search:
    return Search(PHONE_NUMBER, server.token, *server.confidential)


@pytest.fixture
def administrator(server: Server) -> Iterator[Browser]:
    with ExitStack() as stack:
        stack.enter_context(server.orm())
        browser = Browser()
        browser.force_login(factories.UserFactory(is_superuser=True, is_staff=True))
        yield browser


def test_no_answer_says_them(server: Server, search: Search) -> None:
    server.publish(factories.LoanFactory.build())
    asked = serving.question()
    odd = {"phone_number": f"+7{PHONE_NUMBER}", "search_id": PHONE_NUMBER, "amount": PHONE_NUMBER, "term": PHONE_NUMBER}
    with server.client() as client:
        answers = [
            client.post(serving.PATH, json=asked),
            client.post(serving.PATH, json=asked | {"product_type": PHONE_NUMBER, "props": PHONE_NUMBER}),
            client.post(serving.PATH, json=odd),
            client.post(serving.PATH, content=f"{PHONE_NUMBER} is no JSON"),
            client.get(serving.PATH, params={"search_id": asked["search_id"], "phone_number": PHONE_NUMBER}),
            client.get(serving.PATH, params={"search_id": PHONE_NUMBER}),
            client.post(f"/integrations/{PHONE_NUMBER}?phone={PHONE_NUMBER}"),
            client.post("/integrations/oauth/token", data={"grant_type": PHONE_NUMBER, "state": PHONE_NUMBER}),
            client.post(serving.PATH, json=asked, headers={"Authorization": f"Bearer {PHONE_NUMBER}"}),
            client.get(f"/go/{PHONE_NUMBER}"),
            client.post(PART, json={"people": [{"phone_number": PHONE_NUMBER}]}),
        ]
    for answer in answers:
        said = answer.content + str(answer.headers).encode()
        assert search.found_in(said) == [], answer.url.path
        assert server.entry_of(answer.headers)["path"].count("?") == 0


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
def test_a_path_is_journalled_without_its_query(method: str, server: Server) -> None:
    target = f"{serving.PATH}?search_id=x&token={server.token}&phone={PHONE_NUMBER}"
    with wire.connected(server) as connection:
        answer = connection.exchange(wire.request(server.token, b"", method=method, path=target))
    assert server.entry_of(answer.headers)["path"] == serving.PATH


def test_no_page_of_the_admin_shows_them(administrator: Browser, search: Search) -> None:
    """Whatever can be reached by links from its first page, exports too; and no address of it holds them."""
    # Lines in which a phone stands where it belongs, and where it does not.
    lines = f"phone_number;product_type;limit\n{PHONE_NUMBER};loan;1\nloan;{PHONE_NUMBER};{PHONE_NUMBER}1\n"
    loading.load(PersonListFactory(), File(BytesIO(lines.encode()), f"{PHONE_NUMBER}.csv"), by="manager")
    waiting, seen, found = ["/admin/"], {"/admin/"}, []
    while waiting and len(seen) <= PAGES:
        address = waiting.pop(0)
        response = administrator.get(address)
        content = b"".join(response) if response.streaming else response.content
        shown = [*search.found_in(content), *search.found_in(str(response.headers).encode())]
        found += [f"{address}: {leak}" for leak in shown]
        links = LINK.findall(content.decode(errors="replace")) if "html" in response.get("Content-Type", "") else []
        links += [response["Location"]] if "Location" in response else []
        for link in links:
            target = urlsplit(urljoin(f"http://testserver{address}", link.replace("&amp;", "&")))
            following = f"{target.path}?{target.query}" if target.query else target.path
            is_ours = target.netloc == "testserver" and target.path.startswith("/admin/")
            if is_ours and following not in seen and not NOT_FOLLOWED.search(following):
                seen.add(following)
                waiting.append(following)
    assert len(seen) > 20
    assert leaks.first(found) == []
    assert leaks.first(leak for address in seen for leak in search.found_in(address.encode())) == []
