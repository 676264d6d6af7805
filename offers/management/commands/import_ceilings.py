"""Take in the Bank of Russia's table of average market values."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from offers import market


class Command(BaseCommand):
    help = (
        "Take in average market values of the Bank of Russia from a CSV file, all or nothing. "
        f"Columns: {', '.join(market.COLUMNS)}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            made = market.load(market.read(file.read_bytes()))
        except OSError as error:
            raise CommandError(str(error)) from error
        except market.BadTable as bad:
            raise CommandError("\n".join(bad.problems)) from bad
        told = _("Rows added: %(added)d, set anew: %(changed)d. They hold once they are published.")
        self.stdout.write(self.style.SUCCESS(told % {"added": made.added, "changed": made.changed}))
