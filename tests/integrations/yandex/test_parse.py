"""From bytes to messages, each field as a table of what is taken and what is refused."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.yandex.errors import Problem
from integrations.yandex.parse import LoanApproval, Poll, parse_get, parse_post
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry
from tests.integrations.yandex.conftest import SEARCH_ID, question


def parsed(**changes: Any) -> LoanApproval:
    message = parse_post(json.dumps(question(**changes)).encode())
    assert isinstance(message, LoanApproval)
    return message


def refused(body: bytes) -> Problem:
    with pytest.raises(Problem) as refusal:
        parse_post(body)
    assert refusal.value.status == 400
    return refusal.value


def with_literal(field: str, literal: str) -> bytes:
    """The example question with that one field given as JSON text."""
    return json.dumps(question(**{field: "@"})).replace('"@"', literal, 1).encode()


def sentence(field: str, literal: str) -> str:
    """What is said of that one field, given as JSON text."""
    problem = refused(with_literal(field, literal))
    assert problem.properties == (field,)
    return problem.message


def test_it_works() -> None:
    message = parsed(props=["a", "б"])
    assert message.enquiry == Enquiry(Product.LOAN, Decimal(500000), 36)
    assert (message.phone_number, message.props) == ("9330445040", ("a", "б"))
    assert (message.search_id.value, message.search_id.spelling) == (UUID(SEARCH_ID), SEARCH_ID)


def test_the_phone_number_is_not_in_its_repr() -> None:
    assert "9330445040" not in repr(parsed())


@pytest.mark.parametrize("field", ["amount", "term", "props"])
def test_null_in_an_optional_field_is_absence(field: str) -> None:
    body = json.dumps({**question(), field: None}).encode()
    message = parse_post(body)
    assert isinstance(message, LoanApproval)
    assert (message.props if field == "props" else getattr(message.enquiry, field)) is None


@pytest.mark.parametrize("field", ["phone_number", "product_type", "search_id"])
def test_null_in_a_required_field_is_wrong(field: str) -> None:
    assert refused(json.dumps({**question(), field: None}).encode()).properties == (field,)


@pytest.mark.parametrize(
    "literal",
    [
        "93304450",
        "93304450400",
        '"93304450"',
        '"+79330445040"',
        '"٩٣٣٠٤٤٥٠٤٠"',
        '"9330445040\\n"',
        "9330445040",
        "true",
    ],
)
def test_phone_number(literal: str) -> None:
    assert sentence("phone_number", literal) == "Поле phone_number должно содержать 10 цифр"


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("0.01", "0.01"),
        ("1e5", "100000"),
        ("5.000", "5"),
        ("10000000000", "10000000000"),
        ("1E-2", "0.01"),
        ("7." + "0" * 4000, "7"),
    ],
)
def test_amount(literal: str, value: str) -> None:
    message = parse_post(with_literal("amount", literal))
    assert isinstance(message, LoanApproval)
    assert message.enquiry.amount == Decimal(value)


@pytest.mark.parametrize(
    ("literal", "said"),
    [
        ('"500000"', "Поле amount должно быть числом"),
        ("true", "Поле amount должно быть числом"),
        ("[1]", "Поле amount должно быть числом"),
        ("0", "Поле amount должно быть больше нуля"),
        ("-5", "Поле amount должно быть больше нуля"),
        ("-0.0", "Поле amount должно быть больше нуля"),
        ("10000000000.01", "Поле amount должно быть не больше 10000000000"),
        ("1e400", "Поле amount должно быть не больше 10000000000"),
        ("9" * 4000, "Поле amount должно быть не больше 10000000000"),
        ("1e99999999999999999999", "Поле amount должно быть не больше 10000000000"),
        ("0.001", "Поле amount должно содержать не больше двух знаков после запятой"),
        ("1e-400", "Поле amount должно содержать не больше двух знаков после запятой"),
    ],
)
def test_amount_out_of_bounds(literal: str, said: str) -> None:
    assert sentence("amount", literal) == said


@pytest.mark.parametrize(("literal", "value"), [("1", 1), ("600", 600), ("36.0", 36), ("3.6e1", 36), ('"36"', 36)])
def test_term(literal: str, value: int) -> None:
    message = parse_post(with_literal("term", literal))
    assert isinstance(message, LoanApproval)
    assert message.enquiry.term == value


@pytest.mark.parametrize(
    "literal", ["0", "601", "-1", "36.5", '"036"', '" 36"', '"3_6"', '"٣٦"', '""', "1e400", "true", "{}", "1e-30"]
)
def test_term_out_of_bounds(literal: str) -> None:
    assert sentence("term", literal) == "Поле term должно быть целым числом месяцев от 1 до 600"


def test_a_cards_term_means_nothing() -> None:
    assert parsed(product_type="credit_card", term="rubbish").enquiry.term is None


@pytest.mark.parametrize("literal", ['"Loan"', '"mortgage"', '""', "1", '["loan"]', '{"loan":1}'])
def test_product_type(literal: str) -> None:
    assert sentence("product_type", literal) == "Поле product_type должно быть loan или credit_card"


@pytest.mark.parametrize(
    "literal",
    [
        '"e2b4948b7d8a4eec875cb1c11d7d8372"',
        f'"{{{SEARCH_ID}}}"',
        f'"urn:uuid:{SEARCH_ID}"',
        f'"{SEARCH_ID} "',
        '"x"',
        "1",
        "true",
    ],
)
def test_search_id(literal: str) -> None:
    assert sentence("search_id", literal) == "Поле search_id должно быть UUID"


@pytest.mark.parametrize("literal", ['"a"', "[1]", "{}", "[null]", "[[]]", "0"])
def test_props(literal: str) -> None:
    assert sentence("props", literal) == "Поле props должно быть массивом строк"


def test_a_refusal_echoes_the_id_only_where_it_could_be_read() -> None:
    assert refused(json.dumps(question(term=0)).encode()).search_id == SEARCH_ID
    assert refused(json.dumps(question(term=0, search_id="x")).encode()).search_id is None


def test_a_poll_has_an_id_and_no_other_documented_field() -> None:
    assert isinstance(parse_post(f'{{"search_id":"{SEARCH_ID}","unknown":true}}'.encode()), Poll)
    assert refused(f'{{"search_id":"{SEARCH_ID}","phone_number":null}}'.encode()).properties == (
        "phone_number",
        "product_type",
    )


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_a_message_or_a_refusal(body: bytes) -> None:
    with pytest.raises(Problem):
        parse_post(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(question(), json_values)))
def test_any_values_are_a_message_or_a_refusal_that_names_fields(members: dict[str, Any]) -> None:
    try:
        parse_post(json.dumps(members).encode())
    except Problem as problem:
        assert problem.status == 400  # noqa: PT017
        assert set(problem.properties) <= {*question(), "props"}  # noqa: PT017


@given(st.text())
def test_any_query_is_a_poll_or_a_refusal(query: str) -> None:
    try:
        parse_get(query)
    except Problem as problem:
        assert problem.properties == ("search_id",)  # noqa: PT017
