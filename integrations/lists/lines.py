"""What a line of a list says: as cells of a file, or members of a call, under the same names.

Phones are hashed here and go no further. Nothing of a line is ever quoted back, since a phone may stand anywhere in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from integrations import privacy
from offers.domain.catalogue import Product
from offers.domain.known import Approval
from offers.domain.snapshot import plain_decimal
from offers.models import AMOUNT_MAX, PERCENT_MAX


class Column(StrEnum):
    """The names that the wire and files share."""

    PHONE = "phone_number"
    PRODUCT = "product_type"
    OFFER = "offer"
    LIMIT = "limit"
    RATE = "rate"
    APPROVAL = "decision"
    VALID_UNTIL = "valid_until"


class Wrong(StrEnum):
    """What can be wrong with a line. The sentences: `integrations.lists.wording`."""

    PHONE = "phone"
    PRODUCT = "product"
    NO_PRODUCT = "no_product"
    OFFER = "offer"
    OFFER_OF_OTHER_PRODUCT = "offer_of_other_product"
    LIMIT = "limit"
    RATE = "rate"
    APPROVAL = "approval"
    VALID_UNTIL = "valid_until"
    TOO_MANY_CELLS = "too_many_cells"
    CONTRADICTS = "contradicts"
    UNKNOWN = "unknown"  # of a call: no such member


STOP_COLUMNS: Final = (Column.PHONE, Column.PRODUCT, Column.VALID_UNTIL)
LIMIT_DECIMALS, RATE_DECIMALS = 2, 3

NUMBER: Final = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]{1,20}))?", re.ASCII)
UNITS: Final = re.compile(r"[\s\u00a0\u2009\u202f₽%]")
DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
RUSSIAN_DATE: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)
YEARS: Final = range(2000, 2100)
# So many different terms are read once; what differs in each line is read in each.
REMEMBERED: Final = 50_000
NULL: Final = "\\N"  # as COPY has it


@dataclass(frozen=True, slots=True)
class Mistake:
    """`line` of a file, or place of a person in a call, from 1. `other`: the line that it contradicts."""

    line: int
    wrong: Wrong
    column: Column | None = None
    other: int | None = None


@dataclass(frozen=True, slots=True)
class _Bad:
    """In place of what a cell would have said."""

    wrong: Wrong
    column: Column


@dataclass(frozen=True, slots=True)
class Words:
    """What people call products and approvals, in small letters, and the offers with the product of each."""

    products: Mapping[str, Product]
    approvals: Mapping[str, Approval]
    offers: Mapping[str, Product]


class Reader:
    """Reads lines of one list. `columns` say what its cells are, the phone among them.

    What a cell says is remembered: five million lines have few products and dates, and not so many limits.
    """

    def __init__(self, columns: Sequence[Column], words: Words, *, is_stop: bool, key: bytes, zone: tzinfo) -> None:
        self.columns, self.words, self.is_stop, self.key, self.zone = tuple(columns), words, is_stop, key, zone
        self._phone_at = self.columns.index(Column.PHONE)
        self._target = lru_cache(REMEMBERED)(self._read_target)
        readings = {
            Column.PRODUCT: self._read_product,
            Column.OFFER: self._read_offer,
            Column.LIMIT: self._read_limit,
            Column.RATE: self._read_rate,
            Column.APPROVAL: self._read_approval,
            Column.VALID_UNTIL: self._read_valid_until,
        }
        # In the order of COPIED, each with its place; those that are missing look at an empty cell behind the last.
        self._plan = [
            (
                lru_cache(REMEMBERED)(reading),
                self.columns.index(column) if column in self.columns else len(self.columns),
            )
            for column, reading in readings.items()
        ]

    def read(self, line: int, cells: Sequence[str]) -> "str | list[Mistake]":
        """The line as COPY is given it, but for the number of its version; or all that is wrong with it.

        As many cells as there are columns. Nothing that is read needs escaping: codes, numbers, moments.
        """
        whole = (*cells, "")
        phone = privacy.read_phone(whole[self._phone_at].lstrip("'"))
        product, offer, *terms = [reading(whole[place].strip()) for reading, place in self._plan]
        found = [self._target(product, offer), *terms]
        said = [each for each in found if isinstance(each, str)]
        if phone is None or len(said) < len(found):
            return self._mistakes(line, phone, [product, offer, *found])
        phone_hash = privacy.hash_phone(phone, self.key)
        return "\t".join((rf"\\x{phone_hash.hex()}", str(line), *said))

    def _mistakes(self, line: int, phone: str | None, found: "Sequence[str | _Bad]") -> list[Mistake]:
        bad = dict.fromkeys(each for each in found if isinstance(each, _Bad))
        unread = [] if phone else [Mistake(line, Wrong.PHONE, Column.PHONE)]
        return unread + [Mistake(line, each.wrong, each.column) for each in bad]

    def _read_target(self, product: str | _Bad, offer: str | _Bad) -> str | _Bad:
        """Product and offer: an offer has a product of its own, and only a stop list may go without both."""
        if isinstance(product, _Bad) or isinstance(offer, _Bad):
            return product if isinstance(product, _Bad) else offer
        own = self.words.offers[offer] if offer else product
        if not own and not self.is_stop:
            return _Bad(Wrong.NO_PRODUCT, Column.PRODUCT)
        if product and product != own:
            return _Bad(Wrong.OFFER_OF_OTHER_PRODUCT, Column.OFFER)
        return f"{own}\t{offer}"

    def _read_product(self, text: str) -> str | _Bad:
        return self.words.products.get(text.casefold(), _Bad(Wrong.PRODUCT, Column.PRODUCT)) if text else ""

    def _read_offer(self, text: str) -> str | _Bad:
        return text if not text or text in self.words.offers else _Bad(Wrong.OFFER, Column.OFFER)

    def _read_limit(self, text: str) -> str | _Bad:
        if not text:
            return NULL
        found = _number(text, LIMIT_DECIMALS)
        if found is None or not 0 < found <= AMOUNT_MAX:
            return _Bad(Wrong.LIMIT, Column.LIMIT)
        return plain_decimal(found)

    def _read_rate(self, text: str) -> str | _Bad:
        if not text:
            return NULL
        found = _number(text, RATE_DECIMALS)
        if found is None or found > PERCENT_MAX:
            return _Bad(Wrong.RATE, Column.RATE)
        return plain_decimal(found)

    def _read_approval(self, text: str) -> str | _Bad:
        if not text:
            return "" if self.is_stop else Approval.PRE_APPROVED
        return self.words.approvals.get(text.casefold(), _Bad(Wrong.APPROVAL, Column.APPROVAL))

    def _read_valid_until(self, text: str) -> str | _Bad:
        """Through the whole of that day."""
        if not text:
            return NULL
        day = _date(text)
        if day is None:
            return _Bad(Wrong.VALID_UNTIL, Column.VALID_UNTIL)
        return datetime.combine(day + timedelta(days=1), time(), self.zone).isoformat()


# What `Reader.read` writes, as columns of the table.
COPIED: Final = (
    "phone_hash", "line", "product_type", "offer", "amount_max", "rate", "approval", "valid_until",
)  # fmt: skip


def _number(text: str, decimals: int) -> Decimal | None:
    found = NUMBER.fullmatch(UNITS.sub("", text))
    if found is None or len((found[2] or "").rstrip("0")) > decimals:
        return None
    return Decimal(f"{found[1]}.{found[2] or 0}")


def _date(text: str) -> date | None:
    numbers = DATE.fullmatch(text)
    if numbers:
        year, month, day = map(int, numbers.groups())
    elif numbers := RUSSIAN_DATE.fullmatch(text):
        day, month, year = map(int, numbers.groups())
    else:
        return None
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None
