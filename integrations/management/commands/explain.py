"""Derive the answers to one enquiry again, and say why each offer was shown or left out."""

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.analytics import derive
from integrations.analytics.derive import Derived, Underivable

SAME, DIFFERENT = "same bytes", "different bytes"
UNKNOWN = 2


class Command(BaseCommand):
    help = "Decide an enquiry again on the release of then: same bytes, or different bytes and exit status 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("search_id", metavar="SEARCH_ID")

    def handle(self, *_args: Any, search_id: str, **_options: Any) -> None:
        try:
            entries = derive.decided(UUID(search_id))
        except ValueError:
            raise CommandError(f"{search_id!r} is no search_id: a UUID is expected.", returncode=UNKNOWN) from None
        if not entries:
            raise CommandError(f"The journal knows no decision for {search_id}.", returncode=UNKNOWN)
        try:
            derived = [derive.derive(entry) for entry in entries]
        except Underivable as why:
            raise CommandError(f"It can't be derived again: {why}.", returncode=UNKNOWN) from None
        for one in derived:
            self._tell(one)
        same = all(one.same for one in derived)
        self.stdout.write(SAME if same else DIFFERENT)
        if not same:
            sys.exit(1)

    def _tell(self, derived: Derived) -> None:
        entry = derived.entry
        moment = timezone.localtime(entry.received_at).isoformat(sep=" ", timespec="milliseconds")
        verdict = SAME if derived.same else DIFFERENT
        repeated = " (repeated)" if entry.repeated else ""
        self.stdout.write(
            f"{moment} {entry.kind}{repeated}: {derive.asked(entry)}; release {derived.release.number}; {verdict}"
        )
        if entry.repeated:
            return
        for step in derived.steps:
            self.stdout.write(f"  * {step.title}: {step.input}: {step.outcome}")
        for line in derived.lines:
            self.stdout.write(f"  {line.code}: {', '.join(filter(None, (line.sentence, line.missed_by)))}")
