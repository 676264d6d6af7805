"""Lists as files, row by row: CSV as Russian spreadsheets write it, and XLSX. None is ever held whole in memory."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import IO, Any, Final, NamedTuple, cast

from django.utils.translation import gettext as _
from openpyxl import load_workbook

# What a workbook may be unpacked; a larger list is brought as CSV.
UNPACKED_MAX: Final = 512 * 1024 * 1024
COLUMNS_MAX: Final = 20
DELIMITERS: Final = ";,\t"
SNIFFED: Final = 64 * 1024


class BadFile(ValueError):
    """It can't be read as a list; says why, in words, and quotes nothing of it."""


class File(NamedTuple):
    content: IO[bytes]
    name: str  # whose ending says how it is read


@dataclass(frozen=True, slots=True)
class Table:
    """The heads of the columns, and numbered rows of any number of cells. The number is the one a spreadsheet shows."""

    heads: list[str]
    rows: Iterator[tuple[int, list[str]]]
    share: Callable[[], float]  # of the file that has been read


def read(file: File) -> Table:
    """Raises BadFile, also while rows are read."""
    match PurePath(file.name).suffix.lower():
        case ".csv":
            return _read_csv(file.content)
        case ".xlsx":
            return _read_xlsx(file.content)
    raise BadFile(_("Name the file .csv or .xlsx: its ending says how it is read."))


def _read_csv(file: IO[bytes]) -> Table:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(SNIFFED)
    file.seek(0)
    lines = _lines(file, _encoding(start), _delimiter(start))
    # Where the file itself stands: its text can't tell while it is read.
    return _table(enumerate(lines, start=1), lambda: file.tell() / size if size else 1.0)


def _lines(file: IO[bytes], encoding: str, delimiter: str) -> Iterator[list[str]]:
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        yield from csv.reader(text, delimiter=delimiter, strict=True)
    except csv.Error:
        raise BadFile(_("The file is no CSV: a quotation mark is not closed, or a cell is far too long.")) from None
    finally:
        with suppress(ValueError):  # the file was closed by whoever opened it; the text alone must not do so
            text.detach()


def _encoding(start: bytes) -> str:
    try:
        start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A letter may be cut in two where the sniffing ends.
        if len(start) < SNIFFED or error.start < len(start) - 4:
            return "cp1251"  # what a Russian Excel saves as plain "CSV"
    return "utf-8-sig"


def _delimiter(start: bytes) -> str:
    first = start.partition(b"\n")[0]
    return max(DELIMITERS, key=lambda each: first.count(each.encode()))


def _read_xlsx(file: IO[bytes]) -> Table:
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(file).infolist())
    except zipfile.BadZipFile:
        raise BadFile(_("The file is no XLSX workbook.")) from None
    if unpacked > UNPACKED_MAX:
        raise BadFile(_("The workbook is too large: save it as CSV."))
    try:
        sheet = cast(Any, load_workbook(file, read_only=True, data_only=True).worksheets[0])
        most = max(sheet.max_row or 0, 1)
    except Exception:  # noqa: BLE001  (a broken workbook can raise anything from anywhere)
        raise BadFile(_("The file is no XLSX workbook.")) from None
    place = [0]
    return _table(_rows_of(sheet, place), lambda: min(place[0] / most, 1.0))


def _rows_of(sheet: Any, place: list[int]) -> Iterator[tuple[int, list[str]]]:
    try:
        for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), start=1):
            place[0] = number
            yield number, [_text(cell) for cell in row]
    except Exception:  # noqa: BLE001
        raise BadFile(_("The file is no XLSX workbook.")) from None


def _text(cell: Any) -> str:
    """As a person would have typed it: a phone is a number to a spreadsheet, and 19,9 % is kept as 0.199."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return str(Decimal(repr(value)) * 100)
    return str(value)


def _table(rows: Iterator[tuple[int, list[str]]], share: Callable[[], float]) -> Table:
    heads = next(rows, (1, []))[1]
    while heads and not heads[-1].strip():
        heads.pop()
    filled = ((number, row) for number, row in rows if any(row))
    return Table(heads, filled, share)
