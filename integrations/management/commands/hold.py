"""Keep a person's data from being destroyed, for as long as there is a reason."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations import people
from integrations.management import phones


class Command(BaseCommand):
    help = "Hold a person's data: neither forget_person nor purge destroys their entries until it is lifted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        phones.add_argument(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--reason", help="why it must be kept: the number of a case, of a complaint")
        what.add_argument("--lift", action="store_true", help="keep it no longer")

    def handle(self, *_args: Any, phone: str, reason: str | None, **_options: Any) -> None:
        number = phones.read(phone)
        if reason is not None:
            people.hold(number, reason)
            self.stdout.write(_("The person's data is held."))
        elif people.lift(number):
            self.stdout.write(_("The hold is lifted."))
        else:
            raise CommandError(_("There is no hold on this person."))
