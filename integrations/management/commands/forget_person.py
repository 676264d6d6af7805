"""Forget a person, and print the act that says so."""

import getpass
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations import act, people
from integrations.management import phones


class Command(BaseCommand):
    help = "Destroy a person's data at once, keep the decisions, and print the act of destruction."

    def add_arguments(self, parser: ArgumentParser) -> None:
        phones.add_argument(parser)
        parser.add_argument("--dry-run", action="store_true", help="say what would be destroyed")
        parser.add_argument("--reason", default=act.ON_DEMAND, help="why, for the act; by default: they demand it")
        parser.add_argument("--by", default=getpass.getuser(), help="who does it, for the act and the journal")

    def handle(self, *_args: Any, phone: str, reason: str, by: str, dry_run: bool, **_options: Any) -> None:
        number = phones.read(phone)
        if ground := people.ground_to_keep(number):
            raise CommandError(_("Nothing was destroyed, there is a hold: %(ground)s") % {"ground": ground})
        known = people.known(number)
        if not (known.entries or known.enquiries or known.listed or known.trial_phones):
            self.stdout.write(_("Nothing is known of this person."))
        elif dry_run:
            self.stdout.write(
                _(
                    "Would be destroyed: personal data in %(entries)d entries of the journal, %(enquiries)d enquiries, "
                    "%(applications)d applications, %(listed)d lines of lists, %(trial_phones)d phones that test."
                )
                % asdict(known)
            )
        else:
            forgotten = people.forget(number, by=by, reason=reason)
            self.stdout.write(act.write(forgotten, phone=number, by=by, reason=reason))
        if stop := sorted({each.code for each in people.lists(number) if each.is_stop}):
            self.stdout.write(
                _("Stays, on the bank's own grounds, on stop lists: %(lists)s.") % {"lists": ", ".join(stop)}
            )
