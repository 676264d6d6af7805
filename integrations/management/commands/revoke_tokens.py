"""Refuse all access tokens that a client has got so far, within a second. Its secrets stay."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations import clients


class Command(BaseCommand):
    help = "Revoke all access tokens of a client. Its secrets go on serving: replace them, or switch the client off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("client", metavar="CLIENT", help="its Client ID")

    def handle(self, *_args: Any, client: str, **_options: Any) -> None:
        try:
            clients.revoke_tokens(client)
        except clients.UnknownClient as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(_("The access tokens of %(client)s are refused within a second.") % {"client": client})
