"""Take conversions out for Yandex, each once, or take that back."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from integrations.analytics import periods
from integrations.applications import conversions
from integrations.applications.channels import CHANNELS
from integrations.applications.models import ConversionBatch
from integrations.applications.states import State

AUTHOR = "export_conversions"


class Command(BaseCommand):
    help = "Write the conversions of a period into files for Yandex and mark them, or take a former export back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="start", default="", help="a date or a moment of Moscow, in ISO 8601")
        parser.add_argument("--to", dest="end", default="", help="the same; a date is counted in. By default 7 days")
        parser.add_argument("--state", action="append", choices=list(State), help="more than once for several; issued")
        parser.add_argument("--channel", choices=list(CHANNELS), default=next(iter(CHANNELS)))
        parser.add_argument("--into", type=Path, default=Path(), metavar="DIRECTORY", help="where the files go")
        parser.add_argument("--undo", metavar="ID", help="take this export back instead: its id was printed")

    def handle(self, *_args: Any, undo: str | None, **options: Any) -> None:
        if undo:
            self._undo(undo)
        else:
            self._export(**options)

    def _export(self, *, start: str, end: str, state: list[str] | None, channel: str, into: Path, **_rest: Any) -> None:
        try:
            period = periods.parse({"from": start, "to": end}, datetime.now(UTC))
        except periods.BadPeriod:
            raise CommandError(
                "--from and --to are dates or moments in ISO 8601, the first before the second."
            ) from None
        states = [State(each) for each in state or [State.ISSUED]]
        try:
            made = conversions.export(channel, period.start, period.end, states, author=AUTHOR)
        except conversions.NothingToExport:
            self.stdout.write("Nothing is left to be taken out.")
            return
        for file in made.files:
            path = into / file.name
            path.write_bytes(file.content)
            self.stdout.write(str(path))
        self.stdout.write(f"{made.batch.rows} conversions; take back with --undo {made.batch.id}")

    def _undo(self, batch_id: str) -> None:
        try:
            batch = ConversionBatch.objects.get(id=batch_id)
        except (ConversionBatch.DoesNotExist, ValidationError):
            raise CommandError(f"There is no export {batch_id}.") from None
        self.stdout.write(f"{conversions.undo(batch, by=AUTHOR)} conversions can be taken out again.")
