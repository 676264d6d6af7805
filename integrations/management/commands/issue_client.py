"""Make a client, or replace one of its two secrets, and print what it needs to call."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations import clients
from integrations.models import Scope, Secret


class Command(BaseCommand):
    help = "Make a client and print its secret, once. With --replace: give a client a new secret."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="its Client ID: small Latin letters, digits, dots, hyphens")
        parser.add_argument(
            "--replace",
            metavar="SLOT",
            type=int,
            choices=Secret.Slot.values,
            help="replace the secret in this slot, 1 or 2; the other one still serves",
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may call, more than once for several; by default loan_approval. For a new client only",
        )
        parser.add_argument(
            "--trial",
            action="store_true",
            help="it only tests the integration: see trial_phone. For a new client only",
        )

    def handle(
        self, *_args: Any, name: str, replace: int | None, scope: list[str] | None, trial: bool, **_options: Any
    ) -> None:
        try:
            scopes = scope or [Scope.LOAN_APPROVAL]
            issued = (
                clients.replace_secret(name, replace) if replace else clients.issue(name, scopes=scopes, on_trial=trial)
            )
        except (clients.BadClientId, clients.ClientIdTaken, clients.UnknownClient) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Client ID: {issued.client_id}")
        self.stdout.write(f"Client Secret: {issued.secret}")
        self.stdout.write(issued.authorization)
        self.stderr.write(_("Keep the secret now: it can't be shown again."))
