"""Find a person's enquiries, and the lists that name them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from integrations import people
from integrations.management import phones


class Command(BaseCommand):
    help = (
        "Print the search_id of every enquiry of a person, one a line, the oldest first, then the lists that name them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        phones.add_argument(parser)

    def handle(self, *_args: Any, phone: str, **_options: Any) -> None:
        number = phones.read(phone)
        for search_id in people.find(number):
            self.stdout.write(str(search_id))
        for each in people.lists(number):
            told = (
                _("list %(code)s, version %(version)d, live")
                if each.is_live
                else _("list %(code)s, version %(version)d")
            )
            self.stdout.write(told % {"code": each.code, "version": each.version})
