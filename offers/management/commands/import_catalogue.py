"""Take a file of offers in. Exit code 1 for mistakes in it, 2 where it can't be read."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from offers.management.people import login
from offers.transfer import files, importing
from offers.transfer.applying import Change, Mistaken, Report

UNREADABLE = 2


class Command(BaseCommand):
    help = (
        "Take offers in from a file (.csv, .xlsx, .json), all or nothing; says every difference, or every mistake by "
        "row and column. Nothing is published."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--author", default="", help="who changes the offers; by default whoever runs the command")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    def handle(self, *_args: Any, file: Path, author: str, dry_run: bool, **_options: Any) -> None:
        try:
            content, form = file.read_bytes(), files.suffix(file.name)
            if dry_run:
                report = importing.try_out(content, form)
            else:
                report = importing.take(content, form, author=author or login())
        except (OSError, files.BadFile) as error:
            raise CommandError(str(error), returncode=UNREADABLE) from error
        except Mistaken as mistaken:
            report = mistaken.report
        if report.mistakes:
            raise CommandError("\n".join([*map(str, report.mistakes), _("Nothing was taken in.")]))
        self._tell(report, dry_run=dry_run)

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        for change in report.changes:
            self._tell_change(change)
        told = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
        counts = _("Offers added: %(added)d, changed: %(changed)d, as they were: %(unchanged)d.") % told
        self.stdout.write(f"{counts} {_('It was a dry run: nothing is kept.') if dry_run else ''}".rstrip())

    def _tell_change(self, change: Change) -> None:
        self.stdout.write(f"{change.code}{': ' + _('new') if change.added else ''}")
        for cell in change.cells:
            before, after = (text.replace("\n", " | ") or "—" for text in (cell.before, cell.after))
            self.stdout.write(f"  {cell.label}: {after if change.added else f'{before} → {after}'}")
