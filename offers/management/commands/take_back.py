"""Make an earlier release live again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from offers import findings, releases, wording
from offers.management.people import login


class Command(BaseCommand):
    help = "Make the offers of an earlier release live again. Working copies stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="of the release")
        parser.add_argument("--reason", required=True, help="why, for those who read it later")
        parser.add_argument("--author", default="", help="who does it; by default whoever runs the command")

    def handle(self, *_args: Any, number: int, reason: str, author: str, **_options: Any) -> None:
        try:
            made = releases.take_back(number, author=author or login(), reason=reason)
        except releases.NothingToPublish as nothing:
            # Not a failure: what was asked for is so already, and a script may ask twice.
            self.stdout.write(wording.refusal(nothing))
        except releases.NotSound as unsound:
            raise CommandError("\n".join([wording.refusal(unsound), *findings.lines(unsound.found)])) from unsound
        except releases.Refused as refused:
            raise CommandError(wording.refusal(refused)) from refused
        else:
            told = _("Release No. %(old)d is live again, as release No. %(number)d.")
            self.stdout.write(self.style.SUCCESS(told % {"old": number, "number": made.number}))
