"""Who guesses passwords."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from entrance.lockout import COOL_OFF
from tests.entrance.conftest import PASSWORD, LogIn
from tests.factories import UserFactory, product_manager

pytestmark = pytest.mark.django_db

WRONG = "not the password"
PHONE = "79330445040"


def fail(log_in: LogIn, *, times: int = settings.AXES_FAILURE_LIMIT, **how: str) -> Any:
    for _time in range(times):
        answer = log_in(password=WRONG, **how)
    return answer


def test_five_failures_lock_out_and_the_page_says_until_when(person: User, log_in: LogIn) -> None:
    assert fail(log_in, times=4).status_code == 200
    answer = fail(log_in, times=1)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= COOL_OFF.total_seconds()
    assert "Слишком много неудачных попыток входа" in answer.content.decode()


def test_the_right_password_does_not_help_then(person: User, log_in: LogIn) -> None:
    fail(log_in)
    assert log_in().status_code == 429


def test_guessing_on_does_not_make_it_longer(person: User, log_in: LogIn) -> None:
    fail(log_in)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - COOL_OFF / 2)
    before = AccessAttempt.objects.get().attempt_time
    fail(log_in, times=3)
    assert AccessAttempt.objects.get().attempt_time == before


def test_it_ends_by_itself(person: User, log_in: LogIn) -> None:
    fail(log_in)
    long_ago = AccessAttempt.objects.get().attempt_time - COOL_OFF - timedelta(seconds=1)
    AccessAttempt.objects.update(attempt_time=long_ago)
    assert log_in().headers["Location"] == "/admin/"


def test_others_at_the_same_address_get_in(person: User, log_in: LogIn) -> None:
    other = UserFactory(username="boris")
    other.set_password(PASSWORD)
    other.save()
    fail(log_in)
    assert log_in("boris").status_code == 302


def test_the_address_is_the_one_before_the_trusted_proxies(person: User, log_in: LogIn, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    fail(log_in, x_forwarded_for="198.51.100.7, 192.0.2.1")
    assert log_in(x_forwarded_for="198.51.100.8, 192.0.2.1").status_code == 429, "he writes that himself"
    assert log_in(x_forwarded_for="198.51.100.7, 192.0.2.2").status_code == 302


def test_without_proxies_nobody_chooses_an_address(person: User, log_in: LogIn) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT):
        log_in(password=WRONG, x_forwarded_for=f"192.0.2.{number}")
    assert log_in(x_forwarded_for="192.0.2.200").status_code == 429


@pytest.mark.parametrize("typed", [PASSWORD, PHONE])
def test_neither_tables_nor_logs_hold_what_was_typed(
    person: User, log_in: LogIn, typed: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        fail(log_in, username=typed, times=6)
        log_in(password=typed + "x")
    tables = ("axes_accessattempt", "axes_accesslog", "axes_accessfailurelog", "django_session")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")
            assert typed not in cursor.fetchone()[0]
    assert AccessAttempt.objects.count() == 2
    assert AccessLog.objects.count() == 0
    assert typed not in caplog.text
    assert "?" in caplog.text, "somebody is named by a hash"


def test_an_administrator_lets_people_in_again(person: User, log_in: LogIn, client: Client) -> None:
    fail(log_in)
    administrator = Client()
    administrator.force_login(UserFactory(is_superuser=True))
    page = administrator.get("/admin/entrance/lockout/").content.decode()
    assert "anna" in page
    rows = list(AccessAttempt.objects.values_list("id", flat=True))
    administrator.post("/admin/entrance/lockout/", {"action": "unlock", "_selected_action": rows})
    assert log_in().status_code == 302


def test_nobody_else_does(person: User, log_in: LogIn) -> None:
    fail(log_in)
    other = Client()
    other.force_login(product_manager())
    rows = list(AccessAttempt.objects.values_list("id", flat=True))
    assert other.post("/admin/entrance/lockout/", {"action": "unlock", "_selected_action": rows}).status_code == 403
    assert AccessAttempt.objects.exists()


def test_failures_are_forgotten_with_success(person: User, log_in: LogIn) -> None:
    fail(log_in, times=4)
    assert log_in().status_code == 302
    assert not AccessAttempt.objects.exists()
