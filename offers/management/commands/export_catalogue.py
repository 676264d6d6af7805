"""Write the working copy of the catalogue to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from offers.transfer import exporting, files


class Command(BaseCommand):
    help = "Write the catalogue, both products, to a file that import_catalogue reads: .csv, .xlsx or .json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--template", action="store_true", help="the columns, and a sample row for each product")

    def handle(self, *_args: Any, file: Path, template: bool, **_options: Any) -> None:
        try:
            form = files.suffix(file.name)
            file.write_bytes(exporting.template(form) if template else exporting.catalogue(form))
        except (OSError, files.BadFile) as error:
            raise CommandError(str(error)) from error
