"""Values as canonical text and back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given

from offers.domain import snapshot
from offers.domain.catalogue import Content, Range
from tests.offers.domain import values
from tests.offers.domain.values import card, content, loan, roubles

MOSCOW = timezone(timedelta(hours=3))


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    size: Range[Decimal]


@dataclass(frozen=True)
class Whole:
    """Of every type that a content is made of."""

    name: str
    colour: Colour
    price: Decimal | None
    parts: tuple[Part, ...]
    names: frozenset[str]
    since: datetime | None
    count: Range[int] | None = None
    ready: bool = False


WHOLE = Whole(
    "Ёж",
    Colour.RED,
    Decimal("24.300"),
    (Part(roubles("0.00", "500000.00")),),
    frozenset({"b", "a", "c"}),
    datetime(2026, 11, 24, 15, tzinfo=MOSCOW),
)
PLAIN = {
    "name": "Ёж",
    "colour": "red",
    "price": "24.3",
    "parts": [{"size": {"min": "0", "max": "500000"}}],
    "names": ["a", "b", "c"],
    "since": "2026-11-24T12:00:00+00:00",
    "count": None,
    "ready": False,
}


def test_it_works() -> None:
    assert snapshot.to_plain(WHOLE) == PLAIN
    assert snapshot.from_plain(Whole, PLAIN) == WHOLE


def test_the_types_are_read_back() -> None:
    whole = snapshot.from_plain(Whole, PLAIN | {"count": {"min": 1, "max": 2}})

    assert isinstance(whole.colour, Colour)
    assert isinstance(whole.price, Decimal)
    assert isinstance(whole.parts, tuple)
    assert isinstance(whole.names, frozenset)
    assert isinstance(whole.parts[0].size.min, Decimal)
    assert whole.count == Range(1, 2)
    assert isinstance(whole.count.min, int)


def test_a_field_that_the_text_lacks_takes_its_default() -> None:
    """Releases outlive the code that wrote them."""
    older = {name: plain for name, plain in PLAIN.items() if name not in ("count", "ready")}

    assert snapshot.from_plain(Whole, older) == WHOLE


def test_a_field_without_a_default_must_be_there() -> None:
    with pytest.raises(TypeError, match="price"):
        snapshot.from_plain(Whole, {name: plain for name, plain in PLAIN.items() if name != "price"})


def test_a_content_written_before_there_were_pauses() -> None:
    older = json.loads(snapshot.dump(content(loan())))
    del older["paused"], older["all_paused"]

    assert snapshot.load(json.dumps(older)) == content(loan())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("500000.00", "500000"),
        ("24.300", "24.3"),
        ("0.000", "0"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("0E+3", "0"),
        ("0.10", "0.1"),
        ("1E-3", "0.001"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_decimals_are_plain_digits(value: str, text: str) -> None:
    assert snapshot.plain_decimal(Decimal(value)) == text


def test_the_text_is_compact_sorted_and_readable() -> None:
    text = snapshot.dump(content(loan(choosable_documents=("2-НДФЛ, справка",))))

    assert "2-НДФЛ, справка" in text
    members = json.loads(text)
    assert text == json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_equal_contents_have_one_text() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    one = content(loan(rate=roubles("24.3", "36.2"), valid_from=noon), card(), paused=frozenset(["loan", "card"]))
    same = content(
        loan(rate=roubles("24.300", "36.20"), valid_from=noon.astimezone(MOSCOW)),
        card(),
        paused=frozenset(["card", "loan"]),
    )

    assert one == same
    assert snapshot.dump(one) == snapshot.dump(same)
    assert snapshot.digest(snapshot.dump(one)) == snapshot.digest(snapshot.dump(same))


def test_the_digest_is_sha_256_of_utf_8() -> None:
    assert snapshot.digest("Ёж").hex() == "d919b41f2784f38afe3c3adacb3933ff3fa0e7267efb10cfef9b6753af798b9e"


@given(values.contents(with_policies=True))
def test_whatever_is_dumped_is_loaded_again(of_content: Content) -> None:
    text = snapshot.dump(of_content)

    assert snapshot.load(text) == of_content
    assert snapshot.dump(snapshot.load(text)) == text
    assert len(snapshot.digest(text)) == 32
