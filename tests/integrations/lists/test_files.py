import io
from typing import Any

import pytest
from openpyxl import Workbook

from integrations.lists import files
from integrations.lists.files import BadFile, File


def read(content: bytes, name: str = "people.csv") -> tuple[list[str], list[tuple[int, list[str]]]]:
    table = files.read(File(io.BytesIO(content), name))
    return table.heads, list(table.rows)


def workbook(*rows: list[Any], percent: str = "") -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    if percent:
        book.worksheets[0][percent].number_format = "0.0%"
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_is_read_as_spreadsheets_write_it(delimiter: str, encoding: str, end: str) -> None:
    text = end.join(delimiter.join(cells) for cells in (["Телефон", "Предложение"], ["1", '"а\nб"'], ["2", "в"]))
    assert read(text.encode(encoding)) == (["Телефон", "Предложение"], [(2, ["1", "а\nб"]), (3, ["2", "в"])])


def test_empty_rows_are_passed_over_and_counted() -> None:
    assert read(b"phone;offer\n\n;\n1;a\n")[1] == [(4, ["1", "a"])]


def test_a_letter_that_the_sniffing_cuts_in_two_does_not_change_the_coding() -> None:
    text = "Телефон;" + "я" * files.SNIFFED
    assert read(text.encode())[0][0] == "Телефон"
    assert read(("x" + text).encode())[0][0] == "xТелефон"


def test_how_much_is_read_is_known_on_the_way() -> None:
    table = files.read(File(io.BytesIO(b"phone\n" + b"1\n" * 100_000), "people.csv"))
    assert table.share() < 0.2
    assert len(list(table.rows)) == 100_000
    assert table.share() == 1.0


def test_a_workbook_is_read_as_it_was_typed() -> None:
    content = workbook(
        ["phone", "rate", "limit"], [79330445040, 0.199, 500000.0], [None, None], ["8", 1, "a"], percent="B2"
    )
    heads, rows = read(content, "PEOPLE.XLSX")
    assert heads == ["phone", "rate", "limit"]
    assert [(number, row[:3]) for number, row in rows] == [
        (2, ["79330445040", "19.900", "500000"]),
        (4, ["8", "1", "a"]),
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"phone", "people.pdf"), (b"phone", "people"), (b"no zip", "people.xlsx"), (b'phone\n"1', "people.csv"),
     (b"phone\n" + b"1" * 200_000, "people.csv")],
)  # fmt: skip
def test_what_is_no_table_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(BadFile):
        read(content, name)
