"""Readers of the environment: a value, or a sentence that names the variable and says what to set."""

import base64
import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

SECRET = bytes(range(32))
ENCODED = base64.b64encode(SECRET).decode()


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SETTING", raising=False)


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The value that SETTING has in the environment: the test's parameter."""
    monkeypatch.setenv("SETTING", request.param)
    return str(request.param)


def given(*values: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("setting", values, indirect=True)


def refused(hint: str) -> pytest.RaisesExc[ImproperlyConfigured]:
    return pytest.raises(ImproperlyConfigured, match=rf"\bSETTING\b.*{hint}")


@given("value", "  value\n")
def test_text(setting: str) -> None:
    assert env.text("SETTING") == "value"
    assert env.text("SETTING", "default") == "value"


def test_text_that_is_missing() -> None:
    assert env.text("SETTING", "default") == "default"
    assert env.text("SETTING", "") == ""
    with refused(r"\.env\.example"):
        env.text("SETTING")


@given("", "  ")
def test_nothing_but_space_is_missing(setting: str) -> None:
    assert env.text("SETTING", "default") == "default"
    with refused(r"\.env\.example"):
        env.text("SETTING")


@given("on", "ON", "1", "true", "Yes")
def test_a_flag_that_is_on(setting: str) -> None:
    assert env.flag("SETTING", default=False) is True


@given("off", "Off", "0", "false", "no")
def test_a_flag_that_is_off(setting: str) -> None:
    assert env.flag("SETTING", default=True) is False


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_is_missing(*, default: bool) -> None:
    assert env.flag("SETTING", default=default) is default


@given("maybe", "2", "да")
def test_a_flag_that_is_neither(setting: str) -> None:
    with refused("set it to on or off"):
        env.flag("SETTING", default=True)


@given("48", "048")
def test_a_whole_number(setting: str) -> None:
    assert env.whole("SETTING", 24) == 48


def test_a_whole_number_that_is_missing() -> None:
    assert env.whole("SETTING", 24) == 24


@given("-1", "1.5", "1e3", "1_000", "many", "²", "٤٨", "9" * 5000)
def test_a_whole_number_that_is_none(setting: str) -> None:
    with refused("set it to a whole number, such as 24"):
        env.whole("SETTING", 24)


@given("one", "one,", " one , ")
def test_one_word(setting: str) -> None:
    assert env.words("SETTING") == ["one"]


@given("one,two", " one ,, two")
def test_words(setting: str) -> None:
    assert env.words("SETTING", "default") == ["one", "two"]


def test_words_that_are_missing() -> None:
    assert env.words("SETTING") == []
    assert env.words("SETTING", "a,b") == ["a", "b"]


@given(f"2026:{ENCODED}", f" 2026:{ENCODED}\n")
def test_a_key(setting: str) -> None:
    key = env.key("SETTING")

    assert key == env.Key("2026", SECRET)
    assert ENCODED not in repr(key)
    assert repr(SECRET) not in repr(key)


def test_a_key_that_is_missing() -> None:
    with refused(r"\.env\.example"):
        env.key("SETTING")


@given(
    ENCODED, f":{ENCODED}", "1:", f"1:{ENCODED[:-4]}", f"1:{ENCODED[:20]}\n{ENCODED[20:]}", "1:ключ", f"1:{ENCODED}="
)
def test_a_key_that_is_none(setting: str) -> None:
    with refused(re.escape("$(openssl rand -base64 32)")) as refusal:
        env.key("SETTING")
    assert ENCODED[:10] not in str(refusal.value)


@given(f"vitrina.bank.example/journal:{ENCODED}")
def test_a_signing_key(setting: str) -> None:
    assert env.signing_key("SETTING") == env.Key("vitrina.bank.example/journal", SECRET)


def test_a_signing_key_that_is_missing() -> None:
    assert env.signing_key("SETTING") is None


@given(f"two words:{ENCODED}", f"one+two:{ENCODED}", f" :{ENCODED}", f"name{ENCODED}", "name:short")
def test_a_signing_key_that_is_none(setting: str) -> None:
    with refused("") as refusal:
        env.signing_key("SETTING")
    assert ENCODED[:10] not in str(refusal.value)


URIS = {
    "postgresql://vitrina:p%40ss@db.bank.example:6432/vitrina": {
        "NAME": "vitrina", "USER": "vitrina", "PASSWORD": "p@ss", "HOST": "db.bank.example", "PORT": "6432",
        "OPTIONS": {},
    },
    "postgres://db/vitrina?sslmode=verify-full&target_session_attrs=read-write": {
        "NAME": "vitrina", "USER": "", "PASSWORD": "", "HOST": "db", "PORT": "",
        "OPTIONS": {"sslmode": "verify-full", "target_session_attrs": "read-write"},
    },
    "postgresql://vitrina@/vitrina?host=%2Ftmp%2FVitrina-aB": {
        "NAME": "vitrina", "USER": "vitrina", "PASSWORD": "", "HOST": "/tmp/Vitrina-aB", "PORT": "", "OPTIONS": {},
    },
    "postgresql://%2Fvar%2Frun%2FPostgreSQL/vitrina": {
        "NAME": "vitrina", "USER": "", "PASSWORD": "", "HOST": "/var/run/PostgreSQL", "PORT": "", "OPTIONS": {},
    },
    "postgresql://one:5432,two:5433/vitrina?user=u&password=p": {
        "NAME": "vitrina", "USER": "u", "PASSWORD": "p", "HOST": "one,two", "PORT": "5432,5433", "OPTIONS": {},
    },
    "postgresql://[::1]:5433/%D0%B1%D0%B0%D0%B7%D0%B0": {
        "NAME": "база", "USER": "", "PASSWORD": "", "HOST": "::1", "PORT": "5433", "OPTIONS": {},
    },
}  # fmt: skip


@pytest.mark.parametrize(("setting", "settings"), URIS.items(), indirect=["setting"])
def test_a_database(setting: str, settings: dict[str, object]) -> None:
    assert env.database("SETTING") == {"ENGINE": "django.db.backends.postgresql", **settings}


def test_a_database_that_is_missing() -> None:
    with refused(r"\.env\.example"):
        env.database("SETTING")


@given(
    "mysql://u:secret@db/vitrina",
    "host=db dbname=vitrina password=secret",
    "postgresql:secret",
    "postgresql://u:secret@[::1/vitrina",
    "postgresql://u:secret@db/vitrina?sslmod=require",
    "postgresql://u:secret%zz@db/vitrina",
)
def test_a_database_that_is_none(setting: str) -> None:
    with refused(re.escape("such as postgresql://user:password@host:5432/database")) as refusal:
        env.database("SETTING")
    assert "secret" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
