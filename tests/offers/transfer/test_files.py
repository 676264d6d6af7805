"""Bytes to tables and back."""

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from offers.transfer import files
from offers.transfer.files import BadFile


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffКод;Сумма\r\na;1,5\r\n".encode(),
        "Код;Сумма\na;1,5\n".encode(),
        "Код;Сумма\r\na;1,5\r\n".encode("cp1251"),
        'Код,Сумма\na,"1,5"\n'.encode(),
        "Код\tСумма\na\t1,5\n".encode(),
    ],
    ids=["Excel", "plain", "cp1251", "commas", "tabs"],
)
def test_csv_of_any_spreadsheet(content: bytes) -> None:
    assert files.read(content, "csv") == (["Код", "Сумма"], [(2, ["a", "1,5"])])


def test_rows_are_numbered_as_the_spreadsheet_shows_them() -> None:
    content = b'code;name\na;"two\nlines"\n;\n\nb;\n'
    assert files.read(content, "csv").rows == [(2, ["a", "two\nlines"]), (5, ["b", ""])]
    assert files.read(workbook(["code", "name"], ["a", None], [None, None], ["b", 1]), "xlsx").rows == [
        (2, ["a", None]),
        (4, ["b", 1]),
    ]


def test_per_cent_of_a_workbook() -> None:
    book: Any = Workbook()
    book.active.append(["rate_min"])
    book.active.append([0.243])
    book.active["A2"].number_format = "0.0%"
    file = io.BytesIO()
    book.save(file)
    assert files.read(file.getvalue(), "xlsx").rows == [(2, [Decimal("24.3")])]


@pytest.mark.parametrize("text", ["=1+1", "+7", "-x", "@a", "'=1", "''@", "\tx"])
def test_no_cell_is_a_formula_and_none_is_lost(text: str) -> None:
    for form, content in (
        ("csv", files.write_csv([["code"], [text]])),
        ("xlsx", files.write_xlsx([["code"], [text]])),
    ):
        assert files.read(content, form).rows == [(2, [text])]
    assert load_workbook(io.BytesIO(files.write_xlsx([["a"], [text]]))).active["A2"].value == f"'{text}"  # type: ignore[index]


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("csv", b'code\n"a\n'),
        ("csv", b"code;name\na;b;c\n"),
        ("csv", b"code\n"),
        ("csv", b""),
        ("xlsx", b"PK"),
        ("xlsx", b"code;name"),
        ("json", b"{"),
        ("json", b'{"offers": [1]}'),
        ("json", b"[" * 100_000),
        ("json", b"[]"),
        ("csv", b"code\n" + b"a\n" * (files.ROWS_MAX + 1)),
        ("csv", b"c" * (files.BYTES_MAX + 1)),
    ],
)
def test_what_is_no_table_is_said_in_words(form: str, content: bytes) -> None:
    with pytest.raises(BadFile, match=r"\w{3}"):
        files.read(content, form)


def test_json_whose_objects_differ() -> None:
    content = json.dumps({"offers": [{"code": "a", "rate_min": 24.3}, {"code": "b"}]}).encode()
    assert files.read(content, "json") == (
        ["code", "rate_min"],
        [(1, ["a", Decimal("24.3")]), (2, ["b", files.ABSENT])],
    )


@pytest.mark.parametrize("name", ["a.txt", "csv", "a.xls", ""])
def test_the_ending_says_the_format(name: str) -> None:
    assert files.suffix("Каталог.XLSX") == "xlsx"
    if name != "csv":
        with pytest.raises(BadFile):
            files.suffix(name)
