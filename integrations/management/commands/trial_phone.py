"""Name a phone that a client which only tests the integration gets a settled answer for; list them, remove one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations import trials
from integrations.management import phones
from integrations.models import Client, TrialPhone


class Command(BaseCommand):
    help = (
        "Name a phone of a client that only tests; its number is read from standard input. "
        "With --remove: take it away. With neither: list them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("client", metavar="CLIENT", help="its Client ID")
        deed = parser.add_mutually_exclusive_group()
        deed.add_argument("answer", nargs="?", choices=TrialPhone.Answer.values, help="how the number is answered")
        deed.add_argument("--remove", action="store_true", help="the number is answered like any other again")

    def handle(self, *_args: Any, client: str, answer: str | None, remove: bool, **_options: Any) -> None:
        _require(client)
        try:
            if remove:
                trials.remove_phone(client, phones.read("-"))
            elif answer:
                trials.name_phone(client, phones.read("-"), TrialPhone.Answer(answer))
        except trials.BadPhone as refusal:
            raise CommandError(str(refusal)) from None
        for phone in TrialPhone.objects.filter(client=client):
            self.stdout.write(str(phone))


def _require(client: str) -> None:
    if not Client.objects.filter(id=client).exists():
        on_trial = ", ".join(Client.objects.filter(on_trial=True).values_list("id", flat=True)) or "—"
        raise CommandError(
            _("There is no client %(client)s. On trial are: %(on_trial)s") % {"client": client, "on_trial": on_trial}
        )
