"""Lift a pause."""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from offers import releases
from offers.management.pausing import PausingCommand
from offers.releases import Published


class Command(PausingCommand):
    help = "Lift the pause of an offer, or that of everything; an offer that was paused by itself stays so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help="why, for those who read it later")

    def act(self, code: str | None, author: str, reason: str) -> Published:
        return releases.resume(code, author=author, reason=reason)

    def told(self) -> str:
        return _("Resumed: %(what)s. Release No. %(number)d.")
