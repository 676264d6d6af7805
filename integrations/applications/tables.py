"""News of applications out of a table: the same members as in JSON, one application a row, named by the first row."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from openpyxl import load_workbook

from integrations.applications.news import READERS

MOSCOW: Final = ZoneInfo("Europe/Moscow")
BYTES_MAX: Final = 1024 * 1024
ROWS_MAX: Final = 10_000
UNPACKED_MAX: Final = 50 * BYTES_MAX  # of a workbook, which is compressed
NUMBERS: Final = frozenset({"amount", "term", "rate"})
MOMENT: Final = "occurred_at"
# As people and spreadsheets write moments; without a zone they are of Moscow.
FORMS: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
ZIP: Final = b"PK\x03\x04"
SPACES: Final = re.compile(r"\s")


class BadTable(ValueError):
    """It can't be read as a table; `code` and `parameters` say why."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(code)
        self.code, self.parameters = code, parameters


def read(content: bytes) -> list[tuple[int, dict[str, Any]]]:
    """An item for each row, as JSON would have it, with the row's number; raises BadTable.

    A workbook is known by its first bytes.
    """
    if len(content) > BYTES_MAX:
        raise BadTable("too_large", megabytes=BYTES_MAX // 1024**2)
    rows = _workbook(content) if content.startswith(ZIP) else _csv(content)
    header = [str(name or "").strip() for name in next(rows, ())]
    unknown = [name for name in header if name and name not in READERS]
    if unknown or "application_id" not in header or len({*header}) < len(header):
        raise BadTable("bad_header", unknown=", ".join(unknown), known=", ".join(READERS))
    items = list(_items(header, rows))
    if not items:
        raise BadTable("empty")
    return items


def _items(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in enumerate(rows, start=2):
        if number > ROWS_MAX + 1:
            raise BadTable("too_long", rows=ROWS_MAX)
        cells = dict(zip(header, row, strict=False))
        item = {name: _value(name, cell) for name, cell in cells.items() if name and cell not in (None, "")}
        if item:
            yield number, item


def _csv(content: bytes) -> Iterator[Sequence[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable("not_utf8") from None
    first = text.partition("\n")[0]
    try:
        yield from csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",", strict=True)
    except csv.Error:
        raise BadTable("not_csv") from None


def _workbook(content: bytes) -> Iterator[Sequence[Any]]:
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except zipfile.BadZipFile:
        raise BadTable("not_xlsx") from None
    if unpacked > UNPACKED_MAX:
        raise BadTable("too_large", megabytes=UNPACKED_MAX // 1024**2)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        yield from book.worksheets[0].iter_rows(values_only=True)
    except Exception:  # noqa: BLE001  (a broken workbook can raise anything from anywhere)
        raise BadTable("not_xlsx") from None


def _value(name: str, cell: Any) -> Any:
    """What JSON would hold there. What can't be read stays as it is, for its field's own sentence to say so."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=cell.tzinfo or MOSCOW).isoformat()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    if name in NUMBERS:
        return _number(text)
    return _moment(text) if name == MOMENT else text


def _number(text: str) -> Any:
    try:
        plain = SPACES.sub("", text).replace(",", ".")
        return Decimal(plain) if plain.isascii() and "_" not in plain else text
    except InvalidOperation:
        return text


def _moment(text: str) -> str:
    for form in FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=MOSCOW).isoformat()
        except ValueError:
            continue
    return text
