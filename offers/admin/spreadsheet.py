"""Tables to take away: as CSV for Russian spreadsheets, and as XLSX."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from django.http import HttpResponse
from openpyxl import Workbook

from offers.domain.snapshot import plain_decimal

Cell = str | int | Decimal | date | None

# What a cell may begin with and a spreadsheet would take for a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# Russian spreadsheets expect semicolons, and know UTF-8 by its mark.
DELIMITER, BOM = ";", "\ufeff"


def response(form: str, name: str, table: Iterable[list[Cell]]) -> HttpResponse:
    write, content_type = FORMATS[form]
    made = HttpResponse(write([[_safe(cell) for cell in row] for row in table]), content_type=content_type)
    made["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return made


def _safe(cell: Cell) -> Cell:
    """A text that a spreadsheet shows and does not run."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _csv(table: list[list[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=DELIMITER).writerows([_comma(cell) for cell in row] for row in table)
    return (BOM + text.getvalue()).encode()


def _comma(cell: Cell) -> Cell:
    """A Russian spreadsheet reads 0.5 as the fifth of no month."""
    return plain_decimal(cell).replace(".", ",") if isinstance(cell, Decimal) else cell


def _xlsx(table: list[list[Cell]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in table:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FORMATS: Final[Mapping[str, tuple[Callable[[list[list[Cell]]], bytes], str]]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
