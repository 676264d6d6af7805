"""The bytes of a request as one of the contract's messages, or every field that is wrong with it.

The contract: the table of `POST loan_approval`, polling, and the sentences of a 400.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from integrations.questions import SearchId
from integrations.yandex import strict_json
from integrations.yandex.errors import bad_body, bad_fields
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry

AMOUNT_MAX = Decimal(10_000_000_000)  # roubles
AMOUNT_DECIMALS = 2
TERM_MAX = 600  # months
QUERY_FIELDS_MAX = 20

PRODUCTS = {product.value: product for product in Product}
PHONE_NUMBER = re.compile(r"[0-9]{10}")
TERM = re.compile(r"[1-9][0-9]{0,2}")
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

PHONE_NUMBER_WRONG = "поле phone_number должно содержать 10 цифр"
AMOUNT_NO_NUMBER = "поле amount должно быть числом"
AMOUNT_TOO_SMALL = "поле amount должно быть больше нуля"
AMOUNT_TOO_LARGE = f"поле amount должно быть не больше {AMOUNT_MAX}"
AMOUNT_TOO_FINE = "поле amount должно содержать не больше двух знаков после запятой"
TERM_WRONG = f"поле term должно быть целым числом месяцев от 1 до {TERM_MAX}"
PRODUCT_TYPE_WRONG = "поле product_type должно быть loan или credit_card"
SEARCH_ID_WRONG = "поле search_id должно быть UUID"
PROPS_WRONG = "поле props должно быть массивом строк"


@dataclass(frozen=True, slots=True)
class LoanApproval:
    """A person's question: what the bank offers for this phone number, amount and term."""

    search_id: SearchId
    phone_number: str
    enquiry: Enquiry
    props: tuple[str, ...] | None

    def __repr__(self) -> str:
        return f"LoanApproval({self.search_id.value})"  # the phone number is not for logs


@dataclass(frozen=True, slots=True)
class Poll:
    """The same question's answer, asked for again by its id alone."""

    search_id: SearchId


class FieldWrong(ValueError):
    """The sentence that says what the field should be."""


def parse_post(body: bytes) -> LoanApproval | Poll:
    """The message of a POST; raises Problem 400."""
    try:
        members = strict_json.loads(body)
    except strict_json.NotStrict as error:
        raise bad_body(str(error)) from None
    if not isinstance(members, dict):
        raise bad_body("получено другое значение")
    return _poll(members) if _asks_only_again(members) else _loan_approval(members)


def parse_get(query: str) -> Poll:
    """The poll of a GET, from its query string; raises Problem 400."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX)
    except ValueError:
        pairs = []
    given = [value for name, value in pairs if name == "search_id"]
    return _poll({"search_id": given[0] if len(given) == 1 else None})


def _asks_only_again(members: Mapping[str, Any]) -> bool:
    if "search_id" not in members or "phone_number" in members:
        return False
    return not any(
        name in members and not (name in OPTIONAL and members[name] is None) for name in READERS if name != "search_id"
    )


def _poll(members: Mapping[str, Any]) -> Poll:
    return Poll(_read(members, OF_A_POLL)["search_id"])


def _loan_approval(members: Mapping[str, Any]) -> LoanApproval:
    fields = _read(members, OF_A_CARD if members.get("product_type") == Product.CREDIT_CARD else READERS)
    return LoanApproval(
        search_id=fields["search_id"],
        phone_number=fields["phone_number"],
        enquiry=Enquiry(fields["product_type"], fields["amount"], fields.get("term")),
        props=fields["props"],
    )


def _read(members: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    fields, wrong = {}, {}
    for name, read in readers.items():
        try:
            value = members.get(name)
            fields[name] = None if value is None and name in OPTIONAL else read(value)
        except FieldWrong as error:
            wrong[name] = str(error)
    if wrong:
        search_id = fields.get("search_id")
        raise bad_fields(wrong, search_id and search_id.spelling)
    return fields


def _phone_number(value: Any) -> str:
    if not (isinstance(value, str) and PHONE_NUMBER.fullmatch(value)):
        raise FieldWrong(PHONE_NUMBER_WRONG)
    return value


def _amount(value: Any) -> Decimal:
    if not isinstance(value, Decimal):
        raise FieldWrong(AMOUNT_NO_NUMBER)
    if value <= 0:
        raise FieldWrong(AMOUNT_TOO_SMALL)
    if value > AMOUNT_MAX:
        raise FieldWrong(AMOUNT_TOO_LARGE)
    rounded = round(value, AMOUNT_DECIMALS)
    if value != rounded:
        raise FieldWrong(AMOUNT_TOO_FINE)
    return rounded


def _term(value: Any) -> int:
    if isinstance(value, str) and TERM.fullmatch(value):
        value = Decimal(value)
    if not (isinstance(value, Decimal) and 1 <= value <= TERM_MAX and value == int(value)):
        raise FieldWrong(TERM_WRONG)
    return int(value)


def _product_type(value: Any) -> Product:
    product = PRODUCTS.get(value) if isinstance(value, str) else None
    if product is None:
        raise FieldWrong(PRODUCT_TYPE_WRONG)
    return product


def _search_id(value: Any) -> SearchId:
    if not (isinstance(value, str) and UUID_FORM.fullmatch(value)):
        raise FieldWrong(SEARCH_ID_WRONG)
    return SearchId(UUID(value), value)


def _props(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise FieldWrong(PROPS_WRONG)
    for item in value:
        if not isinstance(item, str):
            raise FieldWrong(PROPS_WRONG)
    return tuple(value)


# In the order of the request's table, which is the order of `properties`.
READERS: Mapping[str, Callable[[Any], Any]] = {
    "phone_number": _phone_number,
    "amount": _amount,
    "term": _term,
    "product_type": _product_type,
    "search_id": _search_id,
    "props": _props,
}
OF_A_CARD = {name: read for name, read in READERS.items() if name != "term"}  # what is sent there means nothing
OF_A_POLL = {"search_id": _search_id}
OPTIONAL = frozenset({"amount", "term", "props"})
