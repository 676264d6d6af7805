"""Take an offer, or everything, out of the answers."""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from offers import releases
from offers.management.pausing import PausingCommand
from offers.releases import Published


class Command(PausingCommand):
    help = "Take an offer, or everything, out of the answers at once, until `resume`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why, for those who find it paused")

    def act(self, code: str | None, author: str, reason: str) -> Published:
        return releases.pause(code, author=author, reason=reason)

    def told(self) -> str:
        return _("Paused: %(what)s. Release No. %(number)d.")
