"""Hash, mask, seal and commitment."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from integrations import privacy

KEY = bytes(range(32))
PHONE = "9330445040"


def test_a_hash_depends_on_the_key() -> None:
    assert privacy.hash_phone(PHONE, KEY) == privacy.hash_phone(PHONE, KEY)
    assert privacy.hash_phone(PHONE, KEY) != privacy.hash_phone(PHONE, KEY[::-1])
    assert len(privacy.hash_phone(PHONE, KEY)) == 32


def test_a_mask_shows_the_last_two_digits() -> None:
    assert privacy.mask_phone(PHONE) == "********40"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("/integrations/9330445040", "/integrations/**********"),
        ("/79330445040/x", "/***********/x"),
        ("/v1/123456789", "/v1/123456789"),
    ],
)
def test_long_numbers_are_hidden(text: str, hidden: str) -> None:
    assert privacy.hide_numbers(text) == hidden


@given(st.binary(), st.binary())
def test_what_is_sealed_can_be_opened_where_it_belongs(plain: bytes, entry_id: bytes) -> None:
    sealed = privacy.seal(AESGCM(KEY), plain, entry_id)
    assert privacy.unseal(AESGCM(KEY), sealed, entry_id) == plain
    with pytest.raises(InvalidTag):
        privacy.unseal(AESGCM(KEY), sealed, entry_id + b"!")


def test_nothing_is_sealed_twice_alike() -> None:
    assert privacy.seal(AESGCM(KEY), b"x", b"") != privacy.seal(AESGCM(KEY), b"x", b"")


parts = st.lists(st.none() | st.binary(max_size=4), max_size=4)


@given(parts, parts)
def test_a_commitment_tells_any_two_lists_of_parts_apart(some: list[bytes | None], others: list[bytes | None]) -> None:
    assert (privacy.commit(b"salt", *some) == privacy.commit(b"salt", *others)) is (some == others)
