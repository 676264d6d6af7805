"""What `pause` and `resume` share: one offer or all, by whom, and what is said of it."""

from abc import abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from offers import releases, wording
from offers.management.people import login
from offers.releases import Published


class PausingCommand(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("code", nargs="?", help="the offer's code")
        which.add_argument("--all", action="store_true", help="everything")
        parser.add_argument("--author", default="", help="who does it; by default whoever runs the command")

    @abstractmethod
    def act(self, code: str | None, author: str, reason: str) -> Published: ...

    @abstractmethod
    def told(self) -> str: ...

    def handle(self, *_args: Any, code: str | None, author: str, reason: str = "", **_options: Any) -> None:
        try:
            made = self.act(code, author or login(), reason)
        except releases.NothingToPublish:
            # Not a failure: what was asked for is so already, and a script may ask twice.
            self.stdout.write(_("It is so already."))
        except releases.Refused as refused:
            raise CommandError(wording.refusal(refused)) from refused
        else:
            self.stdout.write(
                self.style.SUCCESS(self.told() % {"what": code or _("everything"), "number": made.number})
            )
