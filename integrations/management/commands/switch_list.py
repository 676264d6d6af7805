"""Make a version of a list of people live, or none."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.lists import switching
from integrations.lists.switching import CantSwitch
from integrations.management import lists


class Command(BaseCommand):
    help = "Make this version of a list live. Without a version: let nothing of the list be live."

    def add_arguments(self, parser: ArgumentParser) -> None:
        lists.add_argument(parser)
        parser.add_argument("version", metavar="VERSION", type=int, nargs="?")
        parser.add_argument("--by", default=getpass.getuser(), help="who does it, for the journal")

    def handle(self, *_args: Any, code: str, version: int | None, by: str, **_options: Any) -> None:
        listed = lists.find(code)
        try:
            if version is None:
                switching.withdraw(listed, by=by)
            else:
                switching.switch(lists.version(listed, version), by=by)
        except CantSwitch as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(switching.live(listed))
