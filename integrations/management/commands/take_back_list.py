"""Bring back the version of a list that was live before."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.lists import switching
from integrations.lists.switching import CantSwitch
from integrations.management import lists


class Command(BaseCommand):
    help = "Bring back the version of a list that was live before; again, and it is as it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        lists.add_argument(parser)
        parser.add_argument("--by", default=getpass.getuser(), help="who does it, for the journal")

    def handle(self, *_args: Any, code: str, by: str, **_options: Any) -> None:
        listed = lists.find(code)
        try:
            switching.take_back(listed, by=by)
        except CantSwitch as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(switching.live(listed))
