"""Somebody's first login with a second factor, and the next one."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from entrance.models import Authenticator
from tests import factories
from tests.journeys.conftest import PASSWORD
from tests.server import serving
from tests.server.serving import Server


@pytest.fixture
def address(server: Server, tmp_path: Path) -> Iterator[str]:
    """The admin alone, as a bank serves it, on the journeys' database."""
    uri = serving.uri_of(server.sql.info.dbname)
    environment = {"DATABASE_URL": uri, "SERVE": "admin", "ADMIN_OTP": "on", "WEB_CONCURRENCY": "1"}
    with serving.gunicorn(tmp_path / "log", **environment) as port:
        serving.wait_until_it_answers(port)
        yield f"http://{serving.HOST}:{port}/admin/"


@pytest.fixture
def username(server: Server) -> str:
    with server.orm():
        person = factories.UserFactory(is_superuser=True)
        person.set_password(PASSWORD)
        person.save()
        return str(person.username)


def show_password(page: Page, address: str, username: str) -> None:
    page.goto(address)
    page.get_by_label("Имя пользователя").fill(username)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()


def code_of_app(server: Server, username: str, steps: int) -> str:
    with server.orm():
        authenticator = Authenticator.objects.get(user__username=username)
    # A code that came late in its step makes the server expect later ones as late.
    totp = TOTP(authenticator.bin_key, drift=authenticator.drift)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06}"


def test_a_second_factor_is_set_up_and_shown(page: Page, server: Server, address: str, username: str) -> None:
    show_password(page, address, username)
    expect(page.get_by_text("отсканируйте")).to_be_visible()
    box = page.locator(".vt-code svg").bounding_box()
    assert box
    assert box["width"] >= 180, "a phone must be able to read it"
    page.get_by_label("Код").fill(code_of_app(server, username, 0))
    page.get_by_role("button", name="Настроить").click()
    codes = page.locator(".vt-codes li")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    page.get_by_role("link", name="Коды сохранены").click()
    expect(page).to_have_url(address)

    page.context.clear_cookies()
    show_password(page, f"{address}offers/loan/", username)
    page.get_by_label("Код").fill(code_of_app(server, username, 1))
    page.get_by_role("button", name="Продолжить").click()
    expect(page).to_have_url(f"{address}offers/loan/")

    page.goto(f"{address}second-factor/")
    expect(page.get_by_text("Осталось резервных кодов: 10.")).to_be_visible()

    page.context.clear_cookies()
    show_password(page, address, username)
    page.get_by_label("Код").fill(recovery)
    page.get_by_role("button", name="Продолжить").click()
    expect(page.get_by_text(re.compile("Осталось кодов: 9"))).to_be_visible()
