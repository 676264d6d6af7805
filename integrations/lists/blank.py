"""A list's file to fill in: its columns, headed in the language of the moment, and no rows."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from integrations.lists import wording
from integrations.lists.lines import Column

# Russian spreadsheets expect semicolons, and know UTF-8 by its mark.
DELIMITER, BOM = ";", "\ufeff"
WIDTH: Final = 24


def write(form: str, columns: Sequence[Column]) -> bytes:
    """`form`: one of FORMS."""
    return _WRITERS[form]([wording.label(column) for column in columns])


def _csv(heads: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=DELIMITER).writerow(heads)
    return f"{BOM}{text.getvalue()}".encode()


def _xlsx(heads: Sequence[str]) -> bytes:
    """The columns as text, lest a spreadsheet take phones and codes for numbers."""
    book, file = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(list(heads))
    for place in range(1, len(heads) + 1):
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width, column.number_format = WIDTH, "@"
    sheet.freeze_panes = "A2"
    book.save(file)
    return file.getvalue()


_WRITERS: Final[Mapping[str, Callable[[Sequence[str]], bytes]]] = {"csv": _csv, "xlsx": _xlsx}
FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
