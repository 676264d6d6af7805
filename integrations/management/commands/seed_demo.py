"""Fill a database for a demo; a second run changes nothing that people have edited."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations import clients, demo


class Command(BaseCommand):
    help = "Make the demo's catalogue, people and clients, where they are missing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            demo.seed(os.environ)
        except demo.MissingVariables as missing:
            raise CommandError(f"Set in the environment: {missing}. bin/demo writes them to demo.env.") from None
        except clients.BadClientId as refusal:
            raise CommandError(f"CLIENT_ID: {refusal}") from None
