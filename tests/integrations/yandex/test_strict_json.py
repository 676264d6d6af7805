"""What Python's own parser takes, and Postgres or people would stumble over."""

from decimal import Decimal

import pytest

from integrations.yandex.strict_json import NotStrict, loads


def test_it_works() -> None:
    assert loads(' {"а": [1, 2.50, true, null, "\\n"]} '.encode()) == {"а": [1, Decimal("2.50"), True, None, "\n"]}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "строке 1, символ 1"),
        (b"{", "строке 1"),
        (b'{"a":1}x', "строке 1, символ 8"),
        (b'{"a":1,}', "строке 1"),
        (b"{'a':1}", "строке 1"),
        (b'{"a":01}', "строке 1"),
        (b'{"a":1_000}', "строке 1"),
        (b'{"a":+1}', "строке 1"),
        (b'{"a":.5}', "строке 1"),
        ('{"a":٣}'.encode(), "строке 1"),
        (b'{"a":"\t"}', "строке 1"),
        (b'\xef\xbb\xbf{"a":1}', "строке 1"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "UTF-8"),
        ('{"a":1}'.encode("utf-16"), "UTF-8"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'{"a":1,"a":1}', "повторяются"),
        (b'{"b":{"a":1,"\\u0061":1}}', "повторяются"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b'{"\\u0000":1}', "NUL"),
        (b'{"a":"\\ud800"}', "суррогат"),
        (b'{"b":[{"\\udfff":1}]}', "суррогат"),
        (b"[" * 17 + b"]" * 17, "вложенность"),
        (b"[" * 30000, "вложенность"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "вложенность"),
    ],
)
def test_it_refuses(body: bytes, why: str) -> None:
    with pytest.raises(NotStrict, match=why):
        loads(body)


def test_sixteen_levels_are_deep_enough() -> None:
    loads(b"[" * 16 + b"]" * 16)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "😀"


@pytest.mark.parametrize("literal", [b"9" * 4000, b"1e400", b"1e-999999999", b"-0", b"1e99999999999999999999999"])
def test_any_number_is_a_decimal(literal: bytes) -> None:
    assert isinstance(loads(literal), Decimal)
