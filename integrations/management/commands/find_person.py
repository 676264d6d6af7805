"""Find a person's enquiries."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integrations import people
from integrations.management import phones


class Command(BaseCommand):
    help = "Print the search_id of every enquiry of a person, one a line, the oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        phones.add_argument(parser)

    def handle(self, *_args: Any, phone: str, **_options: Any) -> None:
        for search_id in people.find(phones.read(phone)):
            self.stdout.write(str(search_id))
