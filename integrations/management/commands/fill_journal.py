"""Give the journal a believable past, for trials and benchmarks: questions, answers, clicks and applications."""

from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.analytics import past
from offers.catalogue import NothingPublished

MONTHS = 12


class Command(BaseCommand):
    help = (
        "Write N invented exchanges of past months, decided on the releases that there are, and the applications that "
        "came of them. Clicks only on offers that count them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", metavar="N", type=int)
        parser.add_argument("--months", type=int, default=MONTHS, help=f"over so many months; by default {MONTHS}")
        parser.add_argument("--seed", type=int, default=1, help="another seed makes another past")

    def handle(self, *_args: Any, count: int, months: int, seed: int, **_options: Any) -> None:
        if count < 1 or months < 1:
            raise CommandError("N and --months are 1 at least.")
        began = perf_counter()
        try:
            filled = past.fill(count, months=months, seed=seed)
        except NothingPublished:
            raise CommandError("Publish a release first: what was answered is decided on one.") from None
        took = perf_counter() - began
        self.stdout.write(
            f"{filled.rows} exchanges, {filled.start:%Y-%m-%d} to {filled.end:%Y-%m-%d}: "
            f"{took:.1f} s, {filled.rows / took * 60:.0f} a minute."
        )
