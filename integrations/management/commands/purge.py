"""Destroy what has outlived its time."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils.translation import gettext as _

from integrations import retention
from integrations.retention import Due


class Command(BaseCommand):
    help = "Say what has outlived its time; with --yes, destroy it. `manage.py run_jobs` does so every day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="destroy it")

    def handle(self, *_args: Any, yes: bool, **_options: Any) -> None:
        now = datetime.now(UTC)
        try:
            found = retention.purge(now) if yes else retention.due(now)
        except OperationalError as error:
            raise CommandError(_("Somebody uses the journal, try again: %(why)s") % {"why": error}) from None
        self.stdout.write(_("Destroyed:") if yes else _("Would be destroyed with --yes:"))
        self._tell(found)

    def _tell(self, found: Due) -> None:
        self.stdout.write(_("- answers to recall: %(count)d") % {"count": found.enquiries})
        self.stdout.write(_("- leads: %(count)d") % {"count": found.leads})
        self.stdout.write(_("- applications at the bank: %(count)d") % {"count": found.applications})
        self.stdout.write(_("- lines of lists: %(count)d") % {"count": found.listed})
        self.stdout.write(_("- keys of requests: %(keys)s") % {"keys": ", ".join(found.keys) or "0"})
        for month, entries in found.months.items():
            self.stdout.write(
                _("- all entries of %(month)s: %(entries)d") % {"month": f"{month:%Y-%m}", "entries": entries}
            )
        for month in found.kept:
            self.stdout.write(
                _("%(month)s stays: an entry is not sealed, or a person is held.") % {"month": f"{month:%Y-%m}"}
            )
