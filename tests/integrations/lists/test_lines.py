from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations import privacy
from integrations.lists.lines import NULL, STOP_COLUMNS, Column, Mistake, Reader, Words, Wrong
from offers.domain.catalogue import Product
from offers.domain.known import Approval
from tests.integrations.factories import PHONE

KEY = b"k" * 32
WORDS = Words(
    products={"loan": Product.LOAN, "кредит наличными": Product.LOAN, "credit_card": Product.CREDIT_CARD},
    approvals={each.value: each for each in Approval},
    offers={"cash": Product.LOAN, "gold": Product.CREDIT_CARD},
)
LINE = 7


def read(*, is_stop: bool = False, **told: Any) -> Any:
    """A line of a loan, but for what differs."""
    cells = {Column.PHONE: PHONE} if is_stop else {Column.PHONE: PHONE, Column.PRODUCT: "loan"}
    cells |= {Column(name): text for name, text in told.items()}
    reader = Reader(list(cells), WORDS, is_stop=is_stop, key=KEY, zone=ZoneInfo("Europe/Moscow"))
    return reader.read(LINE, list(cells.values()))


def copied(**told: Any) -> dict[str, str]:
    names = ("hash", "line", "product_type", "offer", "limit", "rate", "decision", "valid_until")
    return dict(zip(names, read(**told).split("\t"), strict=True))


def test_a_phone_is_hashed_as_that_of_an_enquiry_and_goes_no_further() -> None:
    line = read()
    assert copied()["hash"] == rf"\\x{privacy.hash_phone(PHONE, KEY).hex()}"
    assert PHONE not in line


@pytest.mark.parametrize("spelt", ["+7 933 044-50-40", "8(933)0445040", "79330445040", " 9330445040 ", "'+79330445040"])
def test_phones_are_read_in_the_ways_in_which_people_write_them(spelt: str) -> None:
    assert copied(phone_number=spelt)["hash"] == copied()["hash"]


def test_what_is_left_out_stays_open() -> None:
    assert copied() == {
        **copied(),
        "line": "7",
        "product_type": "loan",
        "offer": "",
        "limit": NULL,
        "rate": NULL,
        "decision": "pre_approved",
        "valid_until": NULL,
    }


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("product_type", "Кредит наличными", "loan"),
        ("limit", "500 000,50 ₽", "500000.5"),
        ("limit", "500000.00", "500000"),
        ("limit", "1\u00a0000\u00a0000", "1000000"),
        ("rate", "19,9%", "19.9"),
        ("rate", "0", "0"),
        ("rate", "19.900000", "19.9"),
        ("decision", "FULL_APPROVED", "full_approved"),
        ("valid_until", "2026-12-31", "2027-01-01T00:00:00+03:00"),
        ("valid_until", "31.12.2026", "2027-01-01T00:00:00+03:00"),
    ],
)
def test_cells_are_read_as_people_write_them(column: str, text: str, said: str) -> None:
    assert copied(**{column: text})[column] == said


def test_an_offer_says_of_which_product_a_line_is() -> None:
    assert copied(product_type="", offer="gold")["product_type"] == Product.CREDIT_CARD


@pytest.mark.parametrize(
    ("column", "text", "wrong"),
    [
        ("phone_number", "", Wrong.PHONE),
        ("phone_number", "933044504", Wrong.PHONE),
        ("phone_number", "+1 933 044 50 40", Wrong.PHONE),
        ("phone_number", "٩٣٣٠٤٤٥٠٤٠", Wrong.PHONE),
        ("product_type", "mortgage", Wrong.PRODUCT),
        ("product_type", "", Wrong.NO_PRODUCT),
        ("offer", "unknown", Wrong.OFFER),
        ("offer", "gold", Wrong.OFFER_OF_OTHER_PRODUCT),
        ("limit", "0", Wrong.LIMIT),
        ("limit", "-5", Wrong.LIMIT),
        ("limit", "1.001", Wrong.LIMIT),
        ("limit", "10000000001", Wrong.LIMIT),
        ("limit", "1e6", Wrong.LIMIT),
        ("rate", "19,9001", Wrong.RATE),
        ("rate", "1000", Wrong.RATE),
        ("rate", "NaN", Wrong.RATE),
        ("decision", "rejected", Wrong.APPROVAL),
        ("valid_until", "31.02.2026", Wrong.VALID_UNTIL),
        ("valid_until", "2206-12-31", Wrong.VALID_UNTIL),
        ("valid_until", "tomorrow", Wrong.VALID_UNTIL),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(column: str, text: Any, wrong: Wrong) -> None:
    (mistake,) = read(**{column: text})
    assert mistake == Mistake(LINE, wrong, Column(column))


def test_all_bad_cells_of_a_line_are_named() -> None:
    mistakes = read(phone_number="?", product_type="?", limit="?", rate="?", valid_until="?")
    assert [mistake.wrong for mistake in mistakes] == [
        Wrong.PHONE, Wrong.PRODUCT, Wrong.LIMIT, Wrong.RATE, Wrong.VALID_UNTIL,
    ]  # fmt: skip


def test_a_stop_list_needs_the_phone_alone() -> None:
    reader = Reader(STOP_COLUMNS[:1], WORDS, is_stop=True, key=KEY, zone=UTC)
    assert str(reader.read(LINE, [PHONE])).split("\t")[1:] == ["7", "", "", NULL, NULL, "", NULL]


def test_a_stop_list_may_name_a_product_and_an_end() -> None:
    told = copied(is_stop=True, product_type="credit_card", valid_until="2026-12-31")
    assert (told["product_type"], told["valid_until"][:10]) == ("credit_card", "2027-01-01")
