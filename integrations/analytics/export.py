"""What an analyst filtered, as a table for a spreadsheet: without phones, and without anything a spreadsheet would run.

The file is made whole before its first byte leaves, and its entry is in the journal before that. While it is made, a
row tells how far it is, and a lock of the session that somebody is at it: a row without a lock is an export that was
cut off, of which nothing has left.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import UUID

from django.db import Error, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from integrations import journal
from integrations.analytics.walk import walk
from integrations.models import JournalEntry, Kind
from offers import catalogue, reasons
from offers.domain.decide import OFFERED, Reason
from offers.models import Release

CAP: Final = 100_000
# What a cell may begin with and a spreadsheet would take for a formula.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# Russian spreadsheets expect semicolons, and know UTF-8 by its mark.
DELIMITER, BOM = ";", "\ufeff"
FIELDS: Final = (
    "id", "received_at", "kind", "client", "status", "latency_us", "search_id", "product_type", "amount", "term",
    "decision", "release", "reasons", "decided_at", "repeated",
)  # fmt: skip
# So many different outcomes are put into words once.
OUTCOMES: Final = 4096
LOCK: Final = 0x6578_706F  # and a number made of the export's id
KEY: Final = "('x' || right({id}::text, 7))::bit(28)::int"
IS_ALIVE: Final = f"""exists (
    select from pg_locks join pg_database on pg_database.oid = database and datname = current_database()
    where locktype = 'advisory' and objsubid = 2 and classid = {LOCK} and objid = {KEY.format(id="export.id")}::oid)"""

Cell = str | int | float | None
Table = Iterator[list[Cell]]


class Unknown(LookupError):
    """No such format."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file, open at its beginning."""

    file: IO[bytes]
    name: str
    content_type: str
    rows: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported. `filters`: as the entry names them, with nothing personal in them."""

    rows: QuerySet[JournalEntry]
    start: datetime | None
    end: datetime | None
    filters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    rows: int
    is_alive: bool  # False: whoever made it is gone, and nothing has left


def make(wanted: Wanted, form: str, *, person: str, progress: UUID) -> Made:
    """The file; raises Unknown. While it is made, `done` says how far it is."""
    if form not in WRITERS:
        raise Unknown(form)
    write, content_type = WRITERS[form]
    told = {"by": person, "form": form, "filters": dict(wanted.filters)}
    file = TemporaryFile("w+b")  # noqa: SIM115  (it is handed on; closed with the answer)
    try:
        with _counting(progress, told) as counter:
            write(file, counter.counted(_table(wanted)))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Made(file, f"journal-{timezone.localtime():%Y-%m-%d-%H%M}.{form}", content_type, counter.rows)


def done(progress: UUID) -> Progress | None:
    """How far an export has come; None where there is none, or it is finished."""
    rows = _execute(f"select rows, {IS_ALIVE} from integrations_export export where id = %s", progress)
    return Progress(*rows[0]) if rows else None


@transaction.atomic
def settle() -> int:
    """Say in the journal which exports were cut off; how many. Of theirs nothing is left but what they were to be."""
    cut_off = _execute(f"delete from integrations_export export where not {IS_ALIVE} returning rows, told")
    for rows, told in cut_off:
        journal.record(Kind.EXPORTED, **json.loads(told), rows=rows, finished=False)
    return len(cut_off)


@contextmanager
def _counting(progress: UUID, told: Mapping[str, Any]) -> Iterator["_Counter"]:
    """Under way until the end of the block, which finishes it. Where that is not reached, the lock alone is given up.

    The lock comes before the row, which would be taken for cut off without it; shared, since who sends a form twice
    sends it with one id.
    """
    counter, key = _Counter(progress), KEY.format(id="%s")
    _execute(f"select pg_advisory_lock_shared({LOCK}, {key})", progress)
    try:
        begin = "insert into integrations_export (id, told) values (%s, %s) on conflict do nothing"
        _execute(begin, progress, json.dumps(told, ensure_ascii=False))
        yield counter
        with transaction.atomic():
            journal.record(Kind.EXPORTED, **told, rows=counter.rows, finished=True)
            _execute("delete from integrations_export where id = %s", progress)
    finally:
        with suppress(Error):  # a session that is gone has left its lock
            _execute(f"select pg_advisory_unlock_shared({LOCK}, {key})", progress)


class _Counter:
    """Counts the rows that pass, and lets others see it now and then."""

    EVERY: Final = 1_000

    def __init__(self, progress: UUID) -> None:
        self.progress, self.rows = progress, 0

    def counted(self, table: Table) -> Table:
        for row in table:
            yield row
            self.rows += 1
            if self.rows % self.EVERY == 0:
                _execute("update integrations_export set rows = %s where id = %s", self.rows, self.progress)


def _execute(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _table(wanted: Wanted) -> Table:
    rows = wanted.rows.defer(None).only(*FIELDS)
    entries = (entry for chunk in walk(rows, wanted.start, wanted.end) for entry in chunk)
    told = lru_cache(maxsize=OUTCOMES)(_offers)  # for one export, in one language
    for entry in islice(entries, CAP):
        offers = told(entry.release, tuple(entry.reasons)) if entry.release and entry.reasons else ("", "")
        yield [safe(cell) for cell in _cells(entry, *offers)]


def _offers(release: int, numbers: tuple[int, ...]) -> tuple[str, str]:
    """Which offers were shown, and why the others of the same product were not."""
    try:
        codes = [offer.code for offer in catalogue.release(release).content]
    except Release.DoesNotExist:
        codes = [str(place) for place in range(1, len(numbers) + 1)]
    told = list(zip(codes, numbers, strict=False))
    shown = [code for code, number in told if number in OFFERED]
    left_out = [
        f"{code}: {reasons.sentence(number)}" for code, number in told if number not in (*OFFERED, Reason.OTHER_PRODUCT)
    ]
    return ", ".join(shown), "; ".join(left_out)


def headers() -> list[str]:
    return [
        _("received, Moscow"), _("kind"), _("client"), _("product"), _("amount, ₽"), _("term, months"), _("decision"),
        _("repeated"), _("release"), _("offers shown"), _("left out"), _("status"), _("latency, ms"), "search_id",
        _("request id"),
    ]  # fmt: skip


def _cells(entry: JournalEntry, shown: str, left_out: str) -> list[Cell]:
    return [
        f"{timezone.localtime(entry.received_at):%Y-%m-%d %H:%M:%S}",
        entry.get_kind_display(),
        entry.client,
        entry.get_product_type_display() if entry.product_type else None,
        None if entry.amount is None else float(entry.amount),
        entry.term,
        entry.get_decision_display() if entry.decision else None,
        _("yes") if entry.repeated else None,
        entry.release,
        shown,
        left_out,
        entry.status,
        entry.latency_us / 1000,
        str(entry.search_id) if entry.search_id else None,
        str(entry.id),
    ]


def safe(cell: Cell) -> Cell:
    """A text that a spreadsheet shows and does not run."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _write_csv(file: IO[bytes], table: Table) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    text.write(BOM)
    lines = csv.writer(text, delimiter=DELIMITER)
    lines.writerow(headers())
    lines.writerows([_comma(cell) for cell in row] for row in table)
    text.detach()


def _comma(cell: Cell) -> Cell:
    """A Russian spreadsheet reads 0.5 as the fifth of no month."""
    return str(cell).removesuffix(".0").replace(".", ",") if isinstance(cell, float) else cell


def _write_xlsx(file: IO[bytes], table: Table) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Journal"))
    sheet.append(headers())
    for row in table:
        sheet.append(row)
    book.save(file)


WRITERS: Final[Mapping[str, tuple[Callable[[IO[bytes], Table], None], str]]] = {
    "csv": (_write_csv, "text/csv; charset=utf-8"),
    "xlsx": (_write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
