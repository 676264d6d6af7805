import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from integrations import clients, database
from integrations.models import Client, Secret

DatabaseAway = Callable[[], list[str]]

pytestmark = pytest.mark.django_db


class Clock:
    """A monotonic clock that is moved by hand."""

    now = 1000.0

    def monotonic(self) -> float:
        self.now += 1e-6
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clients.forget()
    clock = Clock()
    monkeypatch.setattr(clients, "time", clock)
    yield clock
    clients.forget()


@pytest.fixture
def yandex() -> clients.Issued:
    return clients.issue("yandex")


@pytest.fixture
def database_away(monkeypatch: pytest.MonkeyPatch) -> DatabaseAway:
    """Called, it takes the database away; the list that it gives holds the statements that failed since."""

    def take_away() -> list[str]:
        tried: list[str] = []

        def fail(statement: str, _parameters: object) -> None:
            tried.append(statement)
            raise OperationalError("away")

        monkeypatch.setattr(database, "execute", fail)
        return tried

    return take_away


def test_it_works(yandex: clients.Issued) -> None:
    assert clients.find_by_token(yandex.secret) == "yandex"
    assert clients.find_by_basic("yandex", yandex.secret) == "yandex"


def test_only_a_digest_is_kept(yandex: clients.Issued) -> None:
    kept = Secret.objects.get()

    assert bytes(kept.digest) == clients.digest(yandex.secret)
    assert (kept.client_id, kept.slot) == ("yandex", 1)
    assert len(yandex.secret) == 43
    assert yandex.secret not in repr(yandex)


@pytest.mark.parametrize("bad", ["", "Yandex", "яндекс", "-crm", "a" * 41, "crm\n", "a b"])
def test_it_rejects_a_bad_name(bad: str) -> None:
    with pytest.raises(clients.BadClientId, match="1"):
        clients.issue(bad)

    assert not Client.objects.exists()


def test_it_rejects_a_taken_name(yandex: clients.Issued) -> None:
    with pytest.raises(clients.ClientIdTaken, match="yandex"):
        clients.issue("yandex")

    assert clients.find_by_token(yandex.secret) == "yandex"


@pytest.mark.parametrize("unknown", ["", "no such secret", "секрет", "\x00", "\ud800", "a" * 100_000])
def test_it_refuses_what_it_does_not_know(unknown: str, yandex: clients.Issued) -> None:
    assert clients.find_by_token(unknown) is None
    assert clients.find_by_basic("yandex", unknown) is None
    assert clients.find_by_basic(unknown, yandex.secret) is None


def test_a_secret_is_of_one_client_only(yandex: clients.Issued) -> None:
    clients.issue("crm")

    assert clients.find_by_basic("crm", yandex.secret) is None


def test_two_secrets_live_side_by_side(yandex: clients.Issued) -> None:
    second = clients.replace_secret("yandex", 2)

    assert clients.find_by_token(yandex.secret) == "yandex"
    assert clients.find_by_token(second.secret) == "yandex"


def test_a_replaced_secret_is_refused_within_a_second(yandex: clients.Issued, clock: Clock) -> None:
    clients.find_by_token(yandex.secret)
    clients.replace_secret("yandex", 1)
    clock.now += clients.FRESH

    assert clients.find_by_token(yandex.secret) is None


def test_replacing_needs_a_client_and_a_slot(yandex: clients.Issued) -> None:
    with pytest.raises(clients.UnknownClient, match="crm"):
        clients.replace_secret("crm", 1)
    with pytest.raises(ValidationError):
        clients.replace_secret("yandex", 3)


def test_a_client_just_issued_is_let_in_at_once(yandex: clients.Issued) -> None:
    clients.find_by_token(yandex.secret)
    crm = clients.issue("crm")

    assert clients.find_by_token(crm.secret) == "crm"


def test_a_client_switched_off_is_refused_within_a_second(yandex: clients.Issued, clock: Clock) -> None:
    clients.find_by_token(yandex.secret)
    Client.objects.update(active=False)
    clock.now += clients.FRESH

    assert clients.find_by_token(yandex.secret) is None


def test_within_a_second_the_database_is_not_asked(yandex: clients.Issued, clock: Clock) -> None:
    clients.find_by_token(yandex.secret)

    with CaptureQueriesContext(connection) as statements:
        clock.now += clients.FRESH / 2
        clients.find_by_token(yandex.secret)
        clients.find_by_basic("yandex", yandex.secret)

    assert len(statements) == 0


@pytest.mark.parametrize("secret", ["known", "unknown"])
def test_it_asks_once(secret: str, yandex: clients.Issued) -> None:
    with CaptureQueriesContext(connection) as statements:
        clients.find_by_token(yandex.secret if secret == "known" else secret)

    assert len(statements) == 1


def test_without_the_database_memory_serves_for_a_time(
    yandex: clients.Issued, clock: Clock, database_away: DatabaseAway
) -> None:
    clients.find_by_token(yandex.secret)
    database_away()
    clock.now += clients.FRESH_WITHOUT_DATABASE - 1

    assert clients.find_by_token(yandex.secret) == "yandex"
    clock.now += 2
    with pytest.raises(OperationalError):
        clients.find_by_token(yandex.secret)


def test_without_the_database_the_unknown_can_not_be_told(yandex: clients.Issued, database_away: DatabaseAway) -> None:
    clients.find_by_token(yandex.secret)
    database_away()

    with pytest.raises(OperationalError):
        clients.find_by_token("issued a moment ago, perhaps")


def test_a_database_that_is_away_is_asked_once_a_second(clock: Clock, database_away: DatabaseAway) -> None:
    tried = database_away()

    for _ in range(5):
        with pytest.raises(OperationalError):
            clients.find_by_token("any")
    assert len(tried) == 1
    clock.now += clients.PAUSE_AFTER_FAILURE
    with pytest.raises(OperationalError):
        clients.find_by_token("any")
    assert len(tried) == 2


def test_it_serves_again_when_the_database_is_back(
    yandex: clients.Issued, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as here:
        here.setattr(database, "execute", Mock(side_effect=OperationalError("away")))
        with pytest.raises(OperationalError):
            clients.find_by_token(yandex.secret)
    clock.now += clients.PAUSE_AFTER_FAILURE

    assert clients.find_by_token(yandex.secret) == "yandex"


def test_callers_who_come_at_once_share_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, began, go_on = [], threading.Event(), threading.Event()

    def slowly(_statement: str, _parameters: object) -> list[tuple[bytes, str]]:
        looks.append(1)
        began.set()
        go_on.wait(5)
        return [(clients.digest("secret"), "yandex")]

    monkeypatch.setattr(database, "execute", slowly)
    with ThreadPoolExecutor(8) as callers:
        first = callers.submit(clients.find_by_token, "secret")
        began.wait(5)
        others = [callers.submit(clients.find_by_token, "secret") for _ in range(7)]
        time.sleep(0.05)
        go_on.set()

        assert {caller.result() for caller in (first, *others)} == {"yandex"}
    # The first look began before the others asked; one more serves all of them.
    assert len(looks) <= 2


def test_nobody_waits_long_for_a_slow_look(yandex: clients.Issued, clock: Clock) -> None:
    clients.find_by_token(yandex.secret)
    clock.now += clients.FRESH

    with clients._Memory.reading:
        assert clients.find_by_token(yandex.secret) == "yandex"
