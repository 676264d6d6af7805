"""Prove that an entry of the journal is what it was when it was sealed."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations.models import JournalEntry
from integrations.proof import proving


class Command(BaseCommand):
    help = "Print the proof of one entry as JSON; bin/check_proof checks it with the public key alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", type=UUID, help="the entry's id, which is its X-Request-Id")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            proof = proving.prove(options["id"])
        except JournalEntry.DoesNotExist:
            raise CommandError(_("There is no such entry.")) from None
        except proving.NotSealed:
            raise CommandError(_("The entry is not sealed yet: run manage.py seal_journal first.")) from None
        self.stdout.write(json.dumps(proof, ensure_ascii=False, indent=1))
