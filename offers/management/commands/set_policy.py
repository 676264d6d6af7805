"""Set by what it is decided who is offered a product, and publish that."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from offers import catalogue, releases, wording
from offers.domain.catalogue import DecisionBasis, Product
from offers.domain.differences import POLICY
from offers.management.people import login
from offers.models import Policy

ANY = "any"


class Command(BaseCommand):
    help = "Set by what it is decided who is offered a product, and publish that and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("product", choices=list(Product))
        parser.add_argument("basis", choices=list(DecisionBasis))
        parser.add_argument("--stop-lists", choices=("on", "off"), help="refuse people on stop lists; else as it was")
        parser.add_argument(
            "--enquiries-a-day",
            type=_enquiries,
            metavar="N",
            help=f"of one phone in 24 hours, or {ANY}; else as it was",
        )
        parser.add_argument("--draft", action="store_true", help="leave it for somebody to publish")
        parser.add_argument("--comment", default="", help="why, for those who read it later")
        parser.add_argument("--author", default="", help="who publishes; by default whoever runs the command")

    @transaction.atomic
    def handle(  # noqa: PLR0913  (what the command line has)
        self,
        *_args: Any,
        product: str,
        basis: str,
        stop_lists: str | None,
        enquiries_a_day: int | str | None,
        draft: bool,
        comment: str,
        author: str,
        **_options: Any,
    ) -> None:
        row, _made = Policy.objects.get_or_create(product_type=product)
        row.basis = basis
        if stop_lists:
            row.stop_lists = stop_lists == "on"
        if enquiries_a_day is not None:
            row.enquiries_a_day = None if enquiries_a_day == ANY else int(enquiries_a_day)
        row.save()
        told = f"{row}: {wording.policy(catalogue.policy(row))}"
        if draft:
            self.stdout.write(_("Set, and not published: %(policy)s.") % {"policy": told})
            return
        try:
            made = releases.publish(author=author or login(), comment=comment or told, codes=[f"{POLICY}{product}"])
        except releases.NothingToPublish as nothing:
            self.stdout.write(wording.refusal(nothing))
        except releases.Refused as refused:
            raise CommandError(wording.refusal(refused)) from refused
        else:
            values = {"number": made.number, "policy": told}
            self.stdout.write(self.style.SUCCESS(_("Published: release No. %(number)d. %(policy)s.") % values))


def _enquiries(text: str) -> int | str:
    if text == ANY:
        return ANY
    number = int(text)
    if not 1 <= number <= 32_767:  # noqa: PLR2004  (what the column holds)
        raise ValueError
    return number
