from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from entrance import second_factor


class Command(BaseCommand):
    help = "Takes somebody's second factor away: for the last administrator. At the next login another is set up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is nobody named {username}.")
        had = second_factor.reset(person)
        self.stdout.write(f"{username} sets up a second factor at the next login." if had else f"{username} had none.")
