"""News of applications out of a table that a person brings: tried, or taken in, in one transaction."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction

from integrations import journal
from integrations.applications import intake, news, tables
from integrations.applications.intake import Result
from integrations.applications.news import READERS
from integrations.models import Kind

COLUMNS: Final = tuple(READERS)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the rows, in their order; numbered as a spreadsheet does, below the names of the columns."""

    lines: list[tuple[int, Result]]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(result.effect.value if result.effect else "error" for _number, result in self.lines))


def try_out(content: bytes, client: str, *, now: datetime) -> Report:
    """What would become of it; nothing is kept. Raises tables.BadTable."""
    with transaction.atomic():
        report = take(content, client, by="", now=now)
        transaction.set_rollback(True)
    return report


@transaction.atomic
def take(content: bytes, client: str, *, by: str, now: datetime) -> Report:
    """Take it in, with an entry of the journal that says who brought it. Raises tables.BadTable."""
    numbers, rows = zip(*tables.read(content), strict=True)
    items = [news.read(row, now) for row in rows]
    entry = journal.record(Kind.INTAKE, by=by, client=client, rows=len(items), sha256=sha256(content).hexdigest())
    results: list[Result] = []
    for start in range(0, len(items), news.ITEMS_MAX):
        results += intake.take(client, items[start : start + news.ITEMS_MAX], entry, now)
    return Report(list(zip(numbers, results, strict=True)))
