"""Derive a sample of past answers again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.analytics import derive

SAMPLE, DAYS = 200, 30


class Command(BaseCommand):
    help = "Decide again a sample of past enquiries; exit status 1 and the entries' ids where the bytes differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sample", type=int, default=SAMPLE, help=f"how many; by default {SAMPLE}")
        parser.add_argument("--days", type=int, default=DAYS, help=f"of so many days; by default {DAYS}")

    def handle(self, *_args: Any, sample: int, days: int, **_options: Any) -> None:
        checked = derive.check_sample(sample, days=days)
        if checked.different:
            told = "\n".join(map(str, checked.different))
            raise CommandError(f"{len(checked.different)} of {checked.derived} differ:\n{told}", returncode=1)
        self.stdout.write(f"{checked.derived} answers derived again: same bytes.")
