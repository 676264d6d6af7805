import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import tokens
from integrations.tokens import Claims

KEY = tokens.key("secret of an installation")
CLAIMS = Claims("yandex", "mCw-_1", 0, 1_800_000_000, ("applications", "loan_approval"))
TOKEN = tokens.make(KEY, CLAIMS)


@pytest.mark.parametrize("claims", [CLAIMS, CLAIMS._replace(scopes=()), CLAIMS._replace(client="a.b_c-d", epoch=17)])
def test_what_it_says_can_be_read(claims: Claims) -> None:
    assert tokens.read(KEY, tokens.make(KEY, claims)) == claims


def test_it_stands_in_a_header_as_it_is() -> None:
    """RFC 6750's b64token; and ten digits in a row would be taken for a phone number."""
    assert set(TOKEN) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/")
    assert "1800000000" not in TOKEN


def test_another_key_does_not_read_it() -> None:
    assert tokens.read(tokens.key("another"), TOKEN) is None


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_no_letter_of_it_can_be_another(place: int) -> None:
    for letter in "A~0z":
        if letter != TOKEN[place]:
            assert tokens.read(KEY, TOKEN[:place] + letter + TOKEN[place + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vt1",
        "vt1~",
        "vt1~~~~~~",
        TOKEN[:-1],
        TOKEN + "=",
        TOKEN + "~",
        TOKEN + " ",
        TOKEN.upper(),
        TOKEN.replace("yandex", "crm"),
        TOKEN.rpartition("~")[0],
        "vt1~яндекс~x~0~0~~подпись",
        "vt1~\x00~\ud800~0~0~~\ud800",
        "vt1~" + "~" * 100_000,
        "vt1~" + "a" * 1_000_000,
    ],
)
def test_what_is_not_ours_is_none(text: str) -> None:
    assert tokens.read(KEY, text) is None


@given(st.text())
def test_nothing_else_is_read_and_nothing_raises(text: str) -> None:
    assert tokens.read(KEY, text) is tokens.read(KEY, f"vt1~{text}") is None
