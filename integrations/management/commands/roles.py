"""The SQL of the database's roles, for whoever may run it where the owner of the database may not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integrations import roles


class Command(BaseCommand):
    help = (
        "Print the SQL that makes the database's roles, grants them what they need, and bounds the logins of analysts "
        "that have no bounds yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--analyst", metavar="LOGIN", help="print the SQL that makes a login for an analyst instead"
        )

    def handle(self, *_args: Any, analyst: str | None, **_options: Any) -> None:
        for statement in roles.analyst(analyst) if analyst else roles.statements():
            self.stdout.write(statement)
