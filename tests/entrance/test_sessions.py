"""How long a login holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from entrance import sessions
from tests.entrance.conftest import PASSWORD, LogIn

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def age(client: Client, **ago: timedelta) -> None:
    """As if these things had happened so long ago."""
    session = client.session
    for name, time in ago.items():
        session[name] = (datetime.now(UTC) - time).isoformat()
    session.save()


def gets_in(client: Client) -> bool:
    return bool(client.get("/admin/").status_code == 200)


def test_it_ends_after_twelve_hours_whatever_is_done(person: User, client: Client, log_in: LogIn) -> None:
    log_in()
    age(client, entered_at=settings.SESSION_LIFETIME - MINUTE, seen_at=MINUTE)
    assert gets_in(client)
    age(client, entered_at=settings.SESSION_LIFETIME)
    assert not gets_in(client)
    assert "Сеанс закончился" in client.get("/admin/login/").content.decode()


def test_it_ends_when_nothing_is_done(person: User, client: Client, log_in: LogIn) -> None:
    log_in()
    age(client, entered_at=3 * settings.SESSION_IDLE, seen_at=settings.SESSION_IDLE - MINUTE)
    assert gets_in(client)
    age(client, seen_at=settings.SESSION_IDLE)
    assert not gets_in(client)


def test_not_every_page_writes_to_the_database(person: User, client: Client, log_in: LogIn) -> None:
    log_in()
    gets_in(client)
    before = client.session[sessions.SEEN]
    gets_in(client)
    assert client.session[sessions.SEEN] == before


def test_logging_in_makes_another_session(person: User, client: Client, log_in: LogIn) -> None:
    client.get("/admin/login/")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    log_in()
    assert client.session.session_key != session.session_key


def test_another_password_ends_the_persons_other_sessions(person: User, client: Client, log_in: LogIn) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    log_in()
    assert gets_in(client)
    assert gets_in(elsewhere)

    new = "another one for the tests"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", fields).status_code == 302
    assert gets_in(client)
    assert not gets_in(elsewhere)


def test_logging_out_ends_it_for_whoever_kept_the_cookie(person: User, client: Client, log_in: LogIn) -> None:
    log_in()
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/admin/logout/")
    client.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert not gets_in(client)


def test_people_switched_off_are_out_at_once(person: User, client: Client, log_in: LogIn) -> None:
    log_in()
    assert gets_in(client)
    User.objects.update(is_active=False)
    assert not gets_in(client)


def test_scripts_do_not_see_the_cookie_and_other_sites_do_not_send_it(person: User, log_in: LogIn) -> None:
    cookie: Any = log_in().cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
