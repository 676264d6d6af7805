"""Publish every change of the catalogue."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from offers import findings, releases, wording
from offers.management.people import login


class Command(BaseCommand):
    help = "Publish every change of the catalogue: Yandex sees it in the next question."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--comment", required=True, help="why, for those who read it later")
        parser.add_argument("--acknowledge", default="", metavar="REASON", help="why it is published despite warnings")
        parser.add_argument("--author", default="", help="who publishes; by default whoever runs the command")

    def handle(self, *_args: Any, comment: str, acknowledge: str, author: str, **_options: Any) -> None:
        try:
            made = releases.publish(author=author or login(), comment=comment, reason=acknowledge)
        except releases.NothingToPublish as nothing:
            # Not a failure: what was asked for is so already, and a script may ask twice.
            self.stdout.write(wording.refusal(nothing))
        except releases.NotSound as unsound:
            raise CommandError("\n".join([wording.refusal(unsound), *findings.lines(unsound.found)])) from unsound
        except releases.Refused as refused:
            raise CommandError(wording.refusal(refused)) from refused
        else:
            told = {"number": made.number, "counts": wording.counts(made.difference)}
            self.stdout.write(self.style.SUCCESS(_("Published: release No. %(number)d (%(counts)s).") % told))
