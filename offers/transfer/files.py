"""Tables as files: CSV for Russian spreadsheets, XLSX, and JSON."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font

from offers.domain.snapshot import plain_decimal
from offers.transfer.columns import Cell

BYTES_MAX: Final = 3 * 1024 * 1024
UNPACKED_MAX: Final = 20 * BYTES_MAX  # of a workbook, which is compressed
ROWS_MAX: Final = 5_000
COLUMNS_MAX: Final = 200
# What a spreadsheet would take for a formula when a cell begins with it. Such a text gets an apostrophe before it.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
DELIMITERS: Final = ";,\t"
BOM: Final = "\ufeff"
OFFERS: Final = "offers"  # the member of a JSON file that holds them
WIDTH: Final = 24


class BadFile(ValueError):
    """It can't be read as a table; says why, in words."""


class Table(NamedTuple):
    """A head for each column, and numbered rows of as many cells. The number is the one that a spreadsheet shows."""

    heads: list[object]
    rows: list[tuple[int, list[object]]]


def suffix(name: str) -> str:
    """Which format a file's name asks for; raises BadFile."""
    found = name.rpartition(".")[2].lower()
    if found not in READERS:
        raise BadFile(_("Name the file .csv, .xlsx or .json: its ending says how it is read."))
    return found


def read(content: bytes, form: str) -> Table:
    """Raises BadFile."""
    if len(content) > BYTES_MAX:
        raise BadFile(_("The file is larger than %(limit)d MB.") % {"limit": BYTES_MAX // 1024**2})
    table = READERS[form](content)
    if len(table.rows) > ROWS_MAX:
        raise BadFile(_("The file has more than %(limit)d rows.") % {"limit": ROWS_MAX})
    if not table.rows:
        raise BadFile(_("The file has no rows below the names of its columns."))
    return table


def _read_csv(content: bytes) -> Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a Russian Excel saves as plain "CSV".
        text = content.decode("cp1251", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise BadFile(_("The file is no CSV: a quotation mark is not closed.")) from None
    return _table([[_unescaped(cell) for cell in line] for line in lines])


def _read_xlsx(content: bytes) -> Table:
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except zipfile.BadZipFile:
        raise BadFile(_("The file is no XLSX workbook.")) from None
    if unpacked > UNPACKED_MAX:
        raise BadFile(_("The workbook is too large when it is unpacked."))
    try:
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        rows = sheet.iter_rows(max_row=ROWS_MAX + 2, max_col=COLUMNS_MAX)
        lines = [[_unescaped(_of_sheet(cell)) for cell in row] for row in rows]
    except Exception:  # noqa: BLE001  (a broken workbook can raise anything from anywhere)
        raise BadFile(_("The file is no XLSX workbook.")) from None
    return _table(lines)


def _of_sheet(cell: Any) -> object:
    """The value of a cell; 24,3 % is kept by a workbook as 0.243, shown in per cent."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return Decimal(repr(value)) * 100
    return value


def _table(lines: list[list[object]]) -> Table:
    heads = lines[0] if lines else []
    while heads and not _holds(heads[-1]):
        heads = heads[:-1]
    filled = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(map(_holds, line))]
    return Table(heads, [(number, _fitted(number, line, len(heads))) for number, line in filled])


def _holds(cell: object) -> bool:
    return cell not in (None, "")


def _fitted(number: int, line: list[object], width: int) -> list[object]:
    """As many cells as there are columns; more of them tell of a text that was torn apart."""
    if any(map(_holds, line[width:])):
        raise BadFile(_("Row %(row)d has more cells than there are columns.") % {"row": number})
    return [*line[:width], *[None] * (width - len(line))]


def _read_json(content: bytes) -> Table:
    """A list of objects, or an object that holds it; rows are counted from 1."""
    try:
        found = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise BadFile(_("The file is no JSON.")) from None
    offers = found.get(OFFERS) if isinstance(found, dict) else found
    if not isinstance(offers, list) or not all(isinstance(offer, dict) for offer in offers):
        raise BadFile(_("The file must hold a list of offers: {“offers”: […]}."))
    return _of_objects(offers)


def _of_objects(offers: list[dict[str, object]]) -> Table:
    heads = list(dict.fromkeys(name for offer in offers for name in offer))
    return Table(
        [*heads], [(number, [offer.get(head, ABSENT) for head in heads]) for number, offer in enumerate(offers, 1)]
    )


class _Absent:
    """Stands where an object lacks a member that others have: that field stays as it is."""


ABSENT: Final = _Absent()


def write_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([[_escaped(_spelled(cell)) for cell in row] for row in rows])
    return (BOM + text.getvalue()).encode()


def _spelled(cell: Cell) -> Cell:
    """As a Russian spreadsheet reads it."""
    if isinstance(cell, Decimal):
        return plain_decimal(cell).replace(".", ",")
    return f"{cell:%d.%m.%Y %H:%M:%S}" if isinstance(cell, datetime) else cell


def write_xlsx(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Its first row and first column stay in sight."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append([_escaped(_naive(cell)) for cell in row])
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[cell.column_letter].width = WIDTH
    sheet.freeze_panes = "B2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _naive(cell: Cell) -> Cell:
    """A workbook knows no offsets; its moments are of Moscow."""
    return cell.replace(tzinfo=None, microsecond=0) if isinstance(cell, datetime) else cell


def write_json(offers: Iterable[dict[str, Any]]) -> bytes:
    return json.dumps({OFFERS: list(offers)}, ensure_ascii=False, indent=1, default=_of_json).encode()


def _of_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return timezone.localtime(value).isoformat(timespec="seconds")


def _escaped(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip("'").startswith(FORMULA) else cell


def _unescaped(cell: object) -> object:
    escaped = isinstance(cell, str) and cell.startswith("'") and cell.lstrip("'").startswith(FORMULA)
    return cell[1:] if isinstance(cell, str) and escaped else cell


READERS: Final[Mapping[str, Callable[[bytes], Table]]] = {"csv": _read_csv, "xlsx": _read_xlsx, "json": _read_json}
