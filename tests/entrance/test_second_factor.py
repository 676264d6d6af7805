"""The second factor, as people meet it."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP

from entrance import second_factor
from entrance.models import Authenticator
from offers.rights import ADMINISTRATORS
from tests.entrance.conftest import PASSWORD, LogIn
from tests.factories import UserFactory, analyst

pytestmark = pytest.mark.django_db

PAGE = "/admin/second-factor/"
WRONG = "000000"


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    settings.ADMIN_OTP = True


@pytest.fixture
def recovery_codes(person: User, client: Client) -> list[str]:
    """The person has set a second factor up, and has logged out."""
    client.force_login(person)
    codes = set_up(client)
    client.post("/admin/logout/")
    return codes


def code(steps: int = 0) -> str:
    """What the app shows now, or so many steps of 30 seconds later."""
    authenticator = Authenticator.objects.get()
    totp = TOTP(authenticator.bin_key, drift=authenticator.drift)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06}"


def set_up(client: Client) -> list[str]:
    client.get(PAGE)
    page = client.post(PAGE, {"code": code()}).content.decode()
    return re.findall(r"<li><code>([a-z2-7-]+)</code></li>", page)


def gets_in(client: Client) -> bool:
    return bool(client.get("/admin/").status_code == 200)


def test_the_password_alone_leads_there(recovery_codes: list[str], log_in: LogIn, client: Client) -> None:
    log_in()
    assert not gets_in(client)
    led = client.get("/admin/offers/loan/", follow=True).redirect_chain
    assert led[-1][0] == f"{PAGE}?next=%2Fadmin%2Foffers%2Floan%2F"
    assert client.post("/admin/offers/bank/add/", {"name": "x"}).status_code == 302

    key = client.session.session_key
    answer = client.post(f"{PAGE}?next=/admin/offers/loan/", {"code": code(1)})
    assert answer.headers["Location"] == "/admin/offers/loan/"
    assert gets_in(client)
    assert client.session.session_key != key


def test_the_first_login_sets_it_up(person: User, log_in: LogIn, client: Client) -> None:
    log_in()
    page = client.get(PAGE).content.decode()
    assert "<svg" in page
    assert "http://" not in page.replace("http://testserver", "").replace("http://www.w3.org", "")
    assert "Настроить второй фактор" in page

    assert len(set_up(client)) == second_factor.RECOVERY_CODES
    assert gets_in(client)


@pytest.mark.parametrize("power", second_factor.POWERS)
def test_whoever_has_power_needs_one(power: str, client: Client) -> None:
    person = UserFactory()
    app, _dot, codename = power.partition(".")
    person.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client.force_login(person)
    assert not gets_in(client)


def test_whoever_reads_does_not(client: Client) -> None:
    client.force_login(analyst())
    assert gets_in(client)


def test_who_has_set_one_up_needs_it_from_then_on(client: Client) -> None:
    reader = analyst()
    client.force_login(reader)
    set_up(client)
    assert gets_in(client)
    client.force_login(UserFactory())
    client.force_login(reader)
    assert not gets_in(client)


def test_nobody_needs_one_where_it_is_switched_off(person: User, client: Client, settings: Any) -> None:
    settings.ADMIN_OTP = False
    client.force_login(person)
    assert gets_in(client)
    assert client.get(PAGE).headers["Location"] == "/admin/"


def test_a_code_counts_once(person: User, client: Client, log_in: LogIn) -> None:
    client.force_login(person)
    client.get(PAGE)
    used = code()  # A step of 30 seconds may end during the test: then the app shows another one.
    client.post(PAGE, {"code": used})
    client.post("/admin/logout/")
    log_in()
    assert client.post(PAGE, {"code": used}).status_code == 200
    assert not gets_in(client)


@pytest.mark.parametrize("spelt", [str.upper, lambda code: code.replace("-", " "), lambda code: f" {code} "])
def test_a_recovery_code_lets_in_once(
    recovery_codes: list[str], client: Client, log_in: LogIn, spelt: Callable[[str], str]
) -> None:
    log_in()
    assert client.post(PAGE, {"code": spelt(recovery_codes[0])}).status_code == 302
    assert gets_in(client)
    assert second_factor.recovery_codes_left(User.objects.get(username="anna")) == second_factor.RECOVERY_CODES - 1

    client.post("/admin/logout/")
    log_in()
    assert client.post(PAGE, {"code": recovery_codes[0]}).status_code == 200
    assert not gets_in(client)


def test_guessing_gets_slower_and_slower(recovery_codes: list[str], client: Client, log_in: LogIn) -> None:
    log_in()
    client.post(PAGE, {"code": WRONG})
    page = client.post(PAGE, {"code": code(1)}).content.decode()
    assert "Слишком много неверных кодов" in page
    assert not gets_in(client)

    authenticator = Authenticator.objects.get()
    authenticator.throttling_failure_count = 12
    authenticator.save()
    until = authenticator.verify_is_allowed()[1]["locked_until"]
    assert until - authenticator.throttling_failure_timestamp > timedelta(minutes=30)


@pytest.mark.parametrize("nonsense", ["", "٠٠٠٠٠٠", "x" * 40, "x" * 4000, "12345", "\0", "0" * 7])
def test_nonsense_is_a_wrong_code(recovery_codes: list[str], client: Client, log_in: LogIn, nonsense: str) -> None:
    log_in()
    assert client.post(PAGE, {"code": nonsense}).status_code == 200
    assert not gets_in(client)


def test_new_recovery_codes_replace_the_old(person: User, client: Client) -> None:
    client.force_login(person)
    old = set_up(client)
    page = client.post(PAGE, {"do": "codes"}).content.decode()
    new = re.findall(r"<li><code>([a-z2-7-]+)</code></li>", page)
    assert len(new) == second_factor.RECOVERY_CODES
    assert second_factor.verify(person, old[0]) is None


def test_nobody_replaces_it_without_showing_it(recovery_codes: list[str], client: Client, log_in: LogIn) -> None:
    log_in()
    client.post(PAGE, {"do": "codes"})
    assert Authenticator.objects.count() == 1
    assert second_factor.recovery_codes_left(User.objects.get(username="anna")) == second_factor.RECOVERY_CODES
    assert second_factor.confirm(User.objects.get(username="anna"), code(1)) is None


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_led_away(recovery_codes: list[str], client: Client, log_in: LogIn, elsewhere: str) -> None:
    log_in()
    assert client.post(f"{PAGE}?next={elsewhere}", {"code": recovery_codes[0]}).headers["Location"] == "/admin/"


def test_who_stops_halfway_is_logged_out(recovery_codes: list[str], client: Client, log_in: LogIn) -> None:
    log_in()
    client.post(PAGE, {"do": "leave"})
    assert client.get(PAGE).headers["Location"] == "/admin/login/"


def test_the_page_is_for_people_of_the_bank(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == "/admin/login/"
    client.force_login(UserFactory(is_staff=False))
    assert client.get(PAGE).headers["Location"] == "/admin/login/"


def test_the_database_holds_neither_key_nor_codes(recovery_codes: list[str]) -> None:
    key = Authenticator.objects.get().bin_key
    with connection.cursor() as cursor:
        cursor.execute("select (select string_agg(t::text, ' ') from otp_totp_totpdevice t)")
        assert key.hex() not in cursor.fetchone()[0]
        cursor.execute("select (select string_agg(t::text, ' ') from otp_static_statictoken t)")
        stored = cursor.fetchone()[0].lower()
    assert not any(each.replace("-", "")[:8] in stored for each in recovery_codes)


def test_an_administrator_takes_one_away(
    recovery_codes: list[str], client: Client, log_in: LogIn, settings: Any
) -> None:
    settings.ADMIN_OTP = False
    administrator = Client()
    administrator.force_login(UserFactory(is_superuser=True))
    assert "anna" in administrator.get("/admin/entrance/authenticator/").content.decode()
    chosen = {"action": "take_away", "_selected_action": [Authenticator.objects.get().id]}
    administrator.post("/admin/entrance/authenticator/", chosen)
    assert not Authenticator.objects.exists()
    assert second_factor.recovery_codes_left(User.objects.get(username="anna")) == 0

    settings.ADMIN_OTP = True
    log_in(password=PASSWORD)
    assert "<svg" in client.get(PAGE).content.decode()


def test_a_superusers_is_taken_away_by_superusers_alone(recovery_codes: list[str], settings: Any) -> None:
    settings.ADMIN_OTP = False
    helper, person = Client(), UserFactory()
    person.groups.add(Group.objects.get(name=ADMINISTRATORS))
    helper.force_login(person)
    chosen = {"action": "take_away", "_selected_action": [Authenticator.objects.get().id]}
    helper.post("/admin/entrance/authenticator/", chosen)
    assert Authenticator.objects.exists()


def test_the_last_administrator_is_helped_by_a_command(recovery_codes: list[str], capsys: Any) -> None:
    call_command("reset_second_factor", "anna")
    assert not Authenticator.objects.exists()
    call_command("reset_second_factor", "anna")
    assert capsys.readouterr().out.splitlines()[-1] == "anna had none."
    with pytest.raises(CommandError, match="nobody named boris"):
        call_command("reset_second_factor", "boris")
