"""Numbers and text as the contract wants them."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.yandex import render
from integrations.yandex.errors import Problem


@pytest.mark.parametrize(
    ("number", "text"),
    [("24.300", "24.3"), ("500000.00", "500000"), ("600000.01", "600000.01"), ("0.000", "0"), ("1E+3", "1000")],
)
def test_a_decimal_is_written_out(number: str, text: str) -> None:
    assert render.encode(Decimal(number)) == text


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.decimals(allow_nan=False, allow_infinity=False, places=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_what_is_encoded_is_read_back(value: Any) -> None:
    assert json.loads(render.encode(value), parse_float=Decimal, parse_int=Decimal) == value


def test_a_pending_answer() -> None:
    assert render.pending("AB") == b'{"search_id":"AB","status":"pending"}'


def test_a_refusal_names_properties_only_where_there_are_any() -> None:
    assert json.loads(render.problem(Problem(404, "нет"))) == {"search_id": None, "message": "нет"}
