import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError

from integrations import clients, database
from integrations.models import Client, Secret
from tests.callers import by_basic, by_token

DatabaseAway = Callable[[], list[str]]

pytestmark = pytest.mark.django_db


class Clock:
    """A clock that is moved by hand; the monotonic one stands still for nobody."""

    now = 1_800_000_000.0

    def monotonic(self) -> float:
        self.now += 1e-6
        return self.now

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clients.forget()
    clock = Clock()
    monkeypatch.setattr(clients, "time", clock)
    yield clock
    clients.forget()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that the database has been asked since."""
    execute, asked = database.execute, list[str]()

    def noting(statement: str, parameters: Any) -> Any:
        asked.append(statement)
        return execute(statement, parameters)

    monkeypatch.setattr(database, "execute", noting)
    return asked


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
    assert by_token(yandex.secret) == "yandex"
    assert by_basic("yandex", yandex.secret) == "yandex"


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

    assert by_token(yandex.secret) == "yandex"


@pytest.mark.parametrize("unknown", ["", "no such secret", "секрет", "\x00", "\ud800", "a" * 100_000])
def test_it_refuses_what_it_does_not_know(unknown: str, yandex: clients.Issued) -> None:
    assert by_token(unknown) is None
    assert by_basic("yandex", unknown) is None
    assert by_basic(unknown, yandex.secret) is None


def test_a_secret_is_of_one_client_only(yandex: clients.Issued) -> None:
    clients.issue("crm")

    assert by_basic("crm", yandex.secret) is None


def test_two_secrets_live_side_by_side(yandex: clients.Issued) -> None:
    second = clients.replace_secret("yandex", 2)

    assert by_token(yandex.secret) == "yandex"
    assert by_token(second.secret) == "yandex"


def test_a_replaced_secret_is_refused_within_a_second(yandex: clients.Issued, clock: Clock) -> None:
    by_token(yandex.secret)
    clients.replace_secret("yandex", 1)
    clock.now += clients.FRESH

    assert by_token(yandex.secret) is None


def test_replacing_needs_a_client_and_a_slot(yandex: clients.Issued) -> None:
    with pytest.raises(clients.UnknownClient, match="crm"):
        clients.replace_secret("crm", 1)
    with pytest.raises(ValidationError):
        clients.replace_secret("yandex", 3)


def test_a_client_just_issued_is_let_in_at_once(yandex: clients.Issued) -> None:
    by_token(yandex.secret)
    crm = clients.issue("crm")

    assert by_token(crm.secret) == "crm"


def test_a_client_switched_off_is_refused_within_a_second(yandex: clients.Issued, clock: Clock) -> None:
    by_token(yandex.secret)
    Client.objects.update(active=False)
    clock.now += clients.FRESH

    assert by_token(yandex.secret) is None


def test_within_a_second_the_database_is_not_asked(yandex: clients.Issued, clock: Clock, looks: list[str]) -> None:
    by_token(yandex.secret)
    clock.now += clients.FRESH / 2
    by_token(yandex.secret)
    by_basic("yandex", yandex.secret)

    assert len(looks) == 1


@pytest.mark.parametrize("secret", ["known", "unknown"])
def test_it_asks_once(secret: str, yandex: clients.Issued, looks: list[str]) -> None:
    by_token(yandex.secret if secret == "known" else secret)

    assert len(looks) == 1


def test_without_the_database_memory_serves_for_a_time(
    yandex: clients.Issued, clock: Clock, database_away: DatabaseAway
) -> None:
    by_token(yandex.secret)
    database_away()
    clock.now += clients.FRESH_WITHOUT_DATABASE - 1

    assert by_token(yandex.secret) == "yandex"
    clock.now += 2
    with pytest.raises(OperationalError):
        by_token(yandex.secret)


def test_without_the_database_the_unknown_can_not_be_told(yandex: clients.Issued, database_away: DatabaseAway) -> None:
    by_token(yandex.secret)
    database_away()

    with pytest.raises(OperationalError):
        by_token("issued a moment ago, perhaps")


def test_it_serves_again_when_the_database_is_back(
    yandex: clients.Issued, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as here:
        here.setattr(database, "execute", Mock(side_effect=OperationalError("away")))
        with pytest.raises(OperationalError):
            by_token(yandex.secret)
    clock.now += 0.001

    assert by_token(yandex.secret) == "yandex"


class Counted:
    """A lock that tells how many have come to it."""

    def __init__(self) -> None:
        self.lock, self.came = threading.Lock(), threading.Semaphore(0)

    def acquire(self, timeout: float) -> bool:
        self.came.release()
        return self.lock.acquire(timeout=timeout)

    def release(self) -> None:
        self.lock.release()

    def wait_for(self, number: int) -> None:
        assert all(self.came.acquire(timeout=5) for _ in range(number))


@pytest.mark.parametrize("away", [False, True], ids=["", "while the database is away"])
def test_callers_who_come_at_once_share_one_look(away: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    looks, reading, go_on = [], Counted(), threading.Event()

    def slowly(_statement: str, _parameters: object) -> list[tuple[object, ...]]:
        looks.append(1)
        go_on.wait(5)
        if away:
            raise OperationalError
        return [(clients.digest("secret"), None, None, "yandex", ["loan_approval"], [], 1, 1, 0, False)]

    monkeypatch.setattr(database, "execute", slowly)
    monkeypatch.setattr(clients._Memory, "reading", reading)
    with ThreadPoolExecutor(8) as threads:
        callers = [threads.submit(by_token, "secret") for _ in range(8)]
        reading.wait_for(8)
        go_on.set()
        heard = {type(caller.exception()) if away else caller.result() for caller in callers}

    assert heard == {OperationalError if away else "yandex"}
    # The first look began before the others asked; one more serves all of them.
    assert len(looks) <= 2


def test_nobody_waits_long_for_a_slow_look(yandex: clients.Issued, clock: Clock) -> None:
    by_token(yandex.secret)
    clock.now += clients.FRESH

    with clients._Memory.reading:
        assert by_token(yandex.secret) == "yandex"


def test_one_look_is_enough_for_everybody_unknown_at_once(
    yandex: clients.Issued, clock: Clock, looks: list[str]
) -> None:
    """A flood of made-up secrets, and of tokens that somebody has edited, costs a few looks a second."""
    by_token(yandex.secret)
    for number in range(100):
        assert by_token(f"made up {number}") is by_token(f"vt1~yandex~made~up~{number}~~x") is None
        assert by_basic("yandex", f"made up {number}") is None
    assert len(looks) <= 1 + clients.LOOKS_FOR_THE_UNKNOWN

    crm = clients.issue("crm")
    clock.now += clients.FRESH
    assert by_token(crm.secret) == "crm"


def test_in_a_flood_the_unknown_can_still_not_be_told_without_the_database(
    yandex: clients.Issued, clock: Clock, database_away: DatabaseAway
) -> None:
    by_token(yandex.secret)
    for number in range(10):
        by_token(f"made up {number}")
    database_away()
    clock.now += clients.FRESH

    with pytest.raises(OperationalError):
        by_token("issued a moment ago, perhaps")


class TestPeriods:
    """A secret has a start and an end: until then, and from then on, it is unknown."""

    @pytest.mark.parametrize(
        ("start", "end", "valid"),
        [
            (None, None, True),
            (-1, None, True),
            (0, None, True),
            (1, None, False),
            (None, 1, True),
            (None, 0, False),
            (None, -1, False),
            (-1, 1, True),
            (1, 2, False),
        ],
    )
    def test_it_is_valid_within_it(
        self,
        start: int | None,
        end: int | None,
        valid: bool,  # noqa: FBT001
        yandex: clients.Issued,
        clock: Clock,
    ) -> None:
        begun = int(clock.now)
        clients.set_period("yandex", 1, *(None if at is None else moment(begun + 10 * at) for at in (start, end)))
        clock.now = float(begun)
        assert by_token(yandex.secret) == by_basic("yandex", yandex.secret) == ("yandex" if valid else None)

    def test_it_begins_and_ends_without_a_look(self, yandex: clients.Issued, clock: Clock, looks: list[str]) -> None:
        clients.set_period("yandex", 1, moment(clock.now + 0.2), moment(clock.now + 0.4))
        by_token("anything")
        seen = []
        for _ in range(3):
            seen.append(clients._Memory.known and clients._Memory.known.by_digest(None, clients.digest(yandex.secret)))
            clock.now += 0.2
        assert [bool(each) for each in seen] == [False, True, False]
        assert len(looks) == 1

    def test_a_new_secret_has_no_period(self, yandex: clients.Issued, clock: Clock) -> None:
        clients.set_period("yandex", 1, None, moment(clock.now - 1))
        assert by_token(clients.replace_secret("yandex", 1).secret) == "yandex"

    def test_it_must_not_end_before_it_begins(self, yandex: clients.Issued, clock: Clock) -> None:
        with pytest.raises(ValidationError):
            clients.set_period("yandex", 1, moment(clock.now), moment(clock.now))
        with pytest.raises(Secret.DoesNotExist):
            clients.set_period("yandex", 2, None, None)


def moment(unix: float) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


class TestAccessTokens:
    @pytest.fixture
    def token(self, yandex: clients.Issued) -> str:
        return self.got_for(yandex.secret)

    @staticmethod
    def got_for(secret: str, *scopes: str) -> str:
        caller = clients.find_by_token(secret)
        assert caller
        return clients.grant(caller, scopes or caller.scopes).token

    def test_it_works(self, token: str, looks: list[str]) -> None:
        assert by_token(token) == "yandex"
        assert looks == []

    def test_it_is_no_secret(self, token: str) -> None:
        assert by_basic("yandex", token) is None

    def test_it_is_known_to_a_process_that_knows_nothing_yet(self, token: str, looks: list[str]) -> None:
        clients.forget()
        assert by_token(token) == "yandex"
        assert len(looks) == 1

    @pytest.mark.parametrize("late", [0.0, 1e-3, 1e9])
    def test_it_expires(self, late: float, token: str, clock: Clock, looks: list[str], settings: Any) -> None:
        clock.now = int(clock.now) + settings.TOKEN_LIFETIME + late
        assert by_token(token) is None
        assert looks == []  # and asking with it costs nothing

    def test_it_holds_until_then(self, token: str, clock: Clock, settings: Any) -> None:
        clock.now = int(clock.now) + settings.TOKEN_LIFETIME - 1e-2
        assert by_token(token) == "yandex"

    def test_it_does_not_outlive_its_secret(self, yandex: clients.Issued, clock: Clock) -> None:
        clients.set_period("yandex", 1, None, moment(int(clock.now) + 90))
        caller = clients.find_by_token(yandex.secret)
        assert caller
        granted = clients.grant(caller, caller.scopes)
        assert granted.expires_in == 90
        clock.now = int(clock.now) + 91
        assert by_token(granted.token) is None

    @pytest.mark.parametrize("revoke", ["client", "secret", "tokens", "period"])
    def test_it_is_revoked_within_a_second(self, revoke: str, token: str, clock: Clock) -> None:
        match revoke:
            case "client":
                Client.objects.update(active=False)
            case "secret":
                clients.replace_secret("yandex", 1)
            case "tokens":
                clients.revoke_tokens("yandex")
            case "period":
                clients.set_period("yandex", 1, None, moment(clock.now))
        clock.now += clients.FRESH
        assert by_token(token) is None

    def test_revoked_they_leave_the_secret_and_new_ones(self, yandex: clients.Issued, token: str, clock: Clock) -> None:
        clients.revoke_tokens("yandex")
        clock.now += clients.FRESH
        assert by_token(yandex.secret) == by_token(self.got_for(yandex.secret)) == "yandex"

    def test_the_other_secrets_tokens_stay(self, token: str, clock: Clock) -> None:
        second = clients.replace_secret("yandex", 2).secret
        other = self.got_for(second)
        clients.replace_secret("yandex", 1)
        clock.now += clients.FRESH
        assert (by_token(token), by_token(other)) == (None, "yandex")

    def test_it_may_less_than_its_client_and_never_more(self, clock: Clock) -> None:
        secret = clients.issue("crm", scopes=("loan_approval", "applications")).secret
        narrow, wide = self.got_for(secret, "applications"), self.got_for(secret)
        assert clients.find_by_token(narrow).scopes == {"applications"}  # type: ignore[union-attr]
        Client.objects.update(scopes=["loan_approval"])
        clock.now += clients.FRESH
        assert clients.find_by_token(narrow).scopes == set()  # type: ignore[union-attr]
        assert clients.find_by_token(wide).scopes == {"loan_approval"}  # type: ignore[union-attr]

    def test_of_another_installation_it_is_unknown(self, token: str, settings: Any) -> None:
        settings.SECRET_KEY = "another"
        assert by_token(token) is None

    def test_revoking_needs_a_client(self) -> None:
        with pytest.raises(clients.UnknownClient, match="nobody"):
            clients.revoke_tokens("nobody")
