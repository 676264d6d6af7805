"""News out of tables, as people and spreadsheets write them."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from integrations.applications import news, tables
from integrations.applications.news import News
from integrations.applications.tables import BadTable

NOW = datetime(2026, 11, 25, tzinfo=UTC)
MOSCOW_TEN = datetime(2026, 11, 24, 10)  # noqa: DTZ001  (a spreadsheet knows no zones)
HEADER = "application_id;ref;state;occurred_at;amount;term;rate"


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows)).encode()


def workbook(*rows: list[Any]) -> bytes:
    book, content = Workbook(), io.BytesIO()
    for row in (HEADER.split(";"), *rows):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(content)
    return content.getvalue()


def only(content: bytes) -> News:
    ((number, row),) = tables.read(content)
    told = news.read(row, NOW)
    assert number == 2
    assert isinstance(told, News), told
    return told


@pytest.mark.parametrize(
    "content",
    [
        table("A-1;r;filed;24.11.2026 10:00;500000,5;36;24,3"),
        table("A-1,r,filed,2026-11-24T10:00:00+03:00,500000.5,36,24.3", header=HEADER.replace(";", ",")),
        b"\xef\xbb\xbf" + table('A-1;r;filed;2026-11-24 10:00;"500 000,50";36;24.3'),
        workbook(["A-1", "r", "filed", MOSCOW_TEN, 500000.5, 36, 24.3]),
        workbook(["A-1", "r", "filed", "24.11.2026 10:00:00", 500000.5, 36.0, "24,3"]),
    ],
    ids=range(5),
)  # fmt: skip
def test_it_works(content: bytes) -> None:
    told = only(content)

    assert (told.application_id, told.state, told.term) == ("A-1", "filed", 36)
    assert told.occurred_at == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert (str(told.amount), str(told.rate)) == ("500000.50", "24.300")


def test_rows_keep_their_numbers_and_bad_cells_their_sentences() -> None:
    rows = tables.read(table("A-1;r;filed;24.11.2026", ";;;;;;", "A-2;r;lost;вчера;много;1_0;x"))

    assert [number for number, _row in rows] == [2, 4]
    refused = news.read(rows[1][1], NOW)
    assert not isinstance(refused, News)
    assert list(refused.sentences) == ["state", "occurred_at", "amount", "term", "rate"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_header"),
        (b"name;state\nx;y", "bad_header"),
        (b"state\nfiled", "bad_header"),
        (b"application_id;application_id\nA;B", "bad_header"),
        (table(), "empty"),
        (table(";;;"), "empty"),
        (b"\xff\xfe", "not_utf8"),
        (table('"A'), "not_csv"),
        (b"PK\x03\x04 no workbook", "not_xlsx"),
        (b"x" * (tables.BYTES_MAX + 1), "too_large"),
        (table(*["A;r;filed;24.11.2026"] * (tables.ROWS_MAX + 1)), "too_long"),
    ],
    ids=range(11),
)
def test_it_refuses(content: bytes, code: str) -> None:
    with pytest.raises(BadTable) as refused:
        tables.read(content)
    assert refused.value.code == code
