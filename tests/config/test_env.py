"""Readers of the environment: a value, or a sentence that names the variable and says what to set."""

import base64
import re
import ssl

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


@given("5", "10")
def test_a_whole_number_within_bounds(setting: str) -> None:
    assert env.between("SETTING", 7, 5, 10) == int(setting)


@given("4", "11")
def test_one_beyond_them(setting: str) -> None:
    with refused("set it to a whole number from 5 to 10"):
        env.between("SETTING", 7, 5, 10)


@given(
    "https://scoring.bank.example", "https://10.1.2.3:8443/v1/score", "http://127.0.0.1:8099/score",
    "http://127.8.8.8/", "http://localhost:8099", "http://[::1]:8099/",
)  # fmt: skip
def test_a_service(setting: str) -> None:
    assert env.service("SETTING") == setting


def test_a_service_that_is_missing() -> None:
    assert env.service("SETTING") == ""


@given(
    "http://scoring.bank.example/", "http://127.0.0.1.bank.example/", "http://localhost.bank.example/",
    "http://10.0.0.1/", "ftp://127.0.0.1/", "https://", "https:///score", "scoring.bank.example", "https://a b/",
    "https://user:secret@bank.example/", "https://bank.example/?key=secret", "https://bank.example/#secret",
    "https://bank.example:port/", "https://bank.example:99999/", "https://[::1/", "https://банк.рф/",
    "http://127.0.0.1@bank.example/", "https://bank.example/a\x01b",
)  # fmt: skip
def test_a_service_that_is_none(setting: str) -> None:
    with refused(re.escape("set it to https://host/path, or to http://127.0.0.1:port/path on this machine")) as refusal:
        env.service("SETTING")
    assert "secret" not in str(refusal.value)


@given("a.B-1_~+/=")
def test_a_bearer_token(setting: str) -> None:
    assert env.bearer("SETTING") == setting


def test_a_bearer_token_that_is_missing() -> None:
    assert env.bearer("SETTING") == ""


@given("two words", "тайна", "a\x01b", "a\r\nX-Header: b")
def test_a_bearer_token_that_is_none(setting: str) -> None:
    with refused("set it to printable ASCII characters without spaces") as refusal:
        env.bearer("SETTING")
    assert setting not in str(refusal.value)


@given(__file__)
def test_a_file(setting: str) -> None:
    assert env.file("SETTING") == __file__


def test_a_file_that_is_missing() -> None:
    assert env.file("SETTING") == ""


@given("/nowhere/at/all.pem", "/")
def test_a_file_that_is_none(setting: str) -> None:
    with refused("set it to the path of a file that the service may read"):
        env.file("SETTING")


def test_tls_by_default_trusts_the_system_and_nobody_else() -> None:
    context = env.client_tls("", "", "")

    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ((__file__, "", ""), "SCORING_CA .* certificates in PEM"),
        (("", __file__, ""), "SCORING_CERTIFICATE and SCORING_KEY both, or neither"),
        (("", "", __file__), "SCORING_CERTIFICATE and SCORING_KEY both, or neither"),
        (("", __file__, __file__), "set them to a certificate in PEM and to its key, without a password"),
    ],
)
def test_files_that_tls_can_t_use(files: tuple[str, str, str], hint: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=hint):
        env.client_tls(*files)


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
