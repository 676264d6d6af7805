"""The SQL of the database's roles, for whoever may run it where the owner of the database may not."""

from typing import Any

from django.core.management.base import BaseCommand

from integrations import roles


class Command(BaseCommand):
    help = "Print the SQL that makes the database's roles and grants them what they need."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for statement in roles.statements():
            self.stdout.write(statement)
