from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import references
from integrations.references import NotOurs, Reference

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
ENQUIRY = UUID("019ab7a2-58c0-7cde-8f01-23456789abcd")
REF = references.write(KEY, ENQUIRY, 3, 7)


@given(st.uuids(), st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))
def test_it_works(enquiry: UUID, release: int, place: int) -> None:
    assert references.read(KEY, references.write(KEY, enquiry, release, place)) == Reference(enquiry, release, place)


def test_it_may_stand_in_an_address_and_is_always_the_same() -> None:
    assert references.write(KEY, ENQUIRY, 3, 7) == REF
    assert REF.replace("-", "").replace("_", "").isalnum()
    assert len(REF) == references.LENGTH


@given(st.integers(0, references.LENGTH - 1), st.sampled_from("ABab01-_"))
def test_no_letter_can_be_changed(place: int, letter: str) -> None:
    forged = REF[:place] + letter + REF[place + 1 :]
    if forged != REF:
        with pytest.raises(NotOurs):
            references.read(KEY, forged)


@pytest.mark.parametrize(
    "text", ["", REF[:-1], f"{REF}A", f"{REF}\n", f" {REF}", REF[:-1] + "=", REF[:-1] + "é", "A" * 40, "{ref}"]
)
def test_it_rejects(text: str) -> None:
    with pytest.raises(NotOurs):
        references.read(KEY, text)


def test_another_key_reads_nothing() -> None:
    with pytest.raises(NotOurs):
        references.read(OTHER_KEY, REF)
