"""The pictures of the documentation: main pages of a demo, with a past and a change that is not published yet.

Started by bin/screenshots. With names of pictures as arguments, only those are made.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, sync_playwright

from config.children import child
from tests import programs
from tests.server.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
SIZE: ViewportSize = {"width": 1280, "height": 860}
PATIENCE = 120.0
PAST = ("fill_journal", "20000", "--months", "2")
CODE = "cash-standard"
LOANS = "offers/loan/"
RATES = "code;rate_min;rate_max\ncash-standard;25,3;37,2\ncash-express;30,9;сорок\n"


class Picture(NamedTuple):
    """A page under a name; `then` is what is done there before it is taken."""

    name: str
    who: str
    address: str
    then: Callable[[Page], None] = lambda _page: None


def main(wanted: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    chosen = [picture for picture in ALL if not wanted or picture.name in wanted]
    with TemporaryDirectory(prefix="vitrina-") as state, demo(Path(state)) as values, sync_playwright() as playwright:
        manage(values, *PAST)
        chromium = playwright.chromium.launch(
            executable_path=programs.chromium(), args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        change_a_rate(chromium, values)
        for who in ("PM", "ANALYST"):
            page = logged_in(chromium, values, who)
            for picture in (each for each in chosen if each.who == who):
                take(page, picture)


def take(page: Page, picture: Picture) -> None:
    page.goto(f"/admin/{picture.address}")
    picture.then(page)
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    file = PICTURES / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} KB", flush=True)


def logged_in(chromium: Browser, values: dict[str, str], who: str) -> Page:
    base = values["BASE_URL"].removesuffix("/integrations")
    page = chromium.new_context(
        base_url=base, viewport=SIZE, locale="ru-RU", timezone_id="Europe/Moscow", color_scheme="light"
    ).new_page()
    page.goto("/admin/")
    page.locator("#id_username").fill(values[f"{who}_USER"])
    page.locator("#id_password").fill(values[f"{who}_PASSWORD"])
    page.locator("#id_password").press("Enter")
    page.wait_for_url("/admin/")
    return page


def change_a_rate(chromium: Browser, values: dict[str, str]) -> None:
    """So that there is something to publish."""
    page = logged_in(chromium, values, "PM")
    open_form(page)
    page.locator("#id_rate_min").fill("25,3")
    page.locator("#id_rate_max").fill("37,2")
    page.locator("[name=_save]").click()
    page.wait_for_url("**/loan/")


def open_form(page: Page) -> None:
    page.goto(f"/admin/{LOANS}")
    page.get_by_text(CODE, exact=True).click()


def open_policy(page: Page) -> None:
    page.get_by_role("link", name="Кредит наличными").click()


def see_beside(page: Page) -> None:
    open_form(page)
    page.locator(".vt-beside .vt-offer").scroll_into_view_if_needed()


def bring_a_mistake(page: Page) -> None:
    file: FilePayload = {"name": "ставки.csv", "mimeType": "text/csv", "buffer": RATES.encode()}
    page.locator("input[type=file]").set_input_files([file])
    page.locator("[name=look]").click()


ALL = (
    Picture("overview", "PM", ""),
    Picture("loans", "PM", LOANS),
    Picture("form", "PM", LOANS, open_form),
    Picture("beside", "PM", LOANS, see_beside),
    Picture("preview", "PM", "preview/?product=loan&amount=500000&term=36&release=draft"),
    Picture("policy", "PM", "offers/policy/", open_policy),
    Picture("lists", "PM", "integrations/personlist/"),
    Picture("publication", "PM", "offers/release/publish/"),
    Picture("import", "PM", "transfer/", bring_a_mistake),
    Picture("journal", "ANALYST", "integrations/journalentry/"),
    Picture("dashboard", "ANALYST", "integrations/journalentry/dashboard/"),
    Picture("unmet", "ANALYST", "integrations/journalentry/unmet/"),
)


@contextmanager
def demo(state: Path) -> Iterator[dict[str, str]]:
    """A demo of its own on a free port; the values that it tells."""
    port = free_port()
    told = os.environ | {"STATE_DIR": str(state), "PORT": str(port)}
    command = [sys.executable, "-m", "config.demo"]
    with child(command, stop=signal.SIGTERM, patience=30, cwd=ROOT, env=told, stdout=subprocess.DEVNULL):
        wait_until(lambda: is_ready(port), within=PATIENCE)
        lines = (state / "demo.env").read_text().splitlines()
        yield dict(line.split("=", 1) for line in lines if "=" in line)


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
        return port


def is_ready(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def manage(values: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | values, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
