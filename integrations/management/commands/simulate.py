"""Ask the catalogue as Yandex would, without a client, a person or an entry in the journal."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from integrations import preview
from integrations.preview import Person, Preview
from offers import catalogue, wording
from offers.domain.catalogue import Product, Range, Release
from offers.domain.decide import Enquiry, Proposal
from offers.models import AMOUNT_MAX, TERM_MAX
from offers.models import Release as ReleaseRow

TERM = re.compile(r"[0-9]{1,3}")
RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
AMOUNT = re.compile(r"[0-9]{1,11}(\.[0-9]{1,2})?")


def _amount(text: str) -> Decimal:
    """As the contract takes it."""
    if not AMOUNT.fullmatch(text) or not 0 < Decimal(text) <= AMOUNT_MAX:
        raise ArgumentTypeError(f"{text!r} is no amount: roubles above 0 and up to {AMOUNT_MAX}, kopecks after a point")
    return Decimal(text)


def _term(text: str) -> int:
    if not TERM.fullmatch(text) or not 1 <= int(text) <= TERM_MAX:
        raise ArgumentTypeError(f"{text!r} is no term: 1 to {TERM_MAX} months")
    return int(text)


def _rate(text: str) -> Decimal:
    if not RATE.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is no rate: % a year, up to three digits after a point")
    return Decimal(text)


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ArgumentTypeError(f"{text!r} is no moment: write 2026-12-31T18:00, of Moscow, or with its offset")
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_current_timezone())


class Command(BaseCommand):
    help = (
        "Decide an enquiry on the live release, an earlier one or the draft: the offers, and why others are left out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--product", required=True, choices=[product.value for product in Product])
        parser.add_argument("--amount", type=_amount, help="roubles")
        parser.add_argument("--term", type=_term, help="months; means nothing for cards")
        of = parser.add_mutually_exclusive_group()
        of.add_argument("--release", type=int, metavar="N", help="by default the one that is live now")
        of.add_argument("--draft", action="store_true", help="the working copy, as if all of it were published")
        parser.add_argument("--at", type=_moment, metavar="ISO", help="by default now")
        parser.add_argument(
            "--person",
            choices=[person.value for person in Person],
            default=Person.NOBODY.value,
            help="what would be known of the person; it matters where the policy asks for it",
        )
        parser.add_argument("--limit", type=_amount, help="roubles that a list or the scoring grants")
        parser.add_argument("--rate", type=_rate, help="%% a year that a list or the scoring grants")
        parser.add_argument("--json", action="store_true", help="exactly what Yandex would get, and nothing else")

    def handle(self, *_args: Any, product: str, amount: Decimal | None, term: int | None, **options: Any) -> None:
        release = _release(options["release"], draft=options["draft"])
        known = preview.known_of(Person(options["person"]), options["limit"], options["rate"])
        seen = preview.preview(Enquiry(Product(product), amount, term), release, options["at"] or timezone.now(), known)
        if options["json"]:
            self.stdout.write(seen.answer.decode(), ending="")
            return
        self.stdout.write(_heading(seen, draft=options["draft"]))
        for step in seen.steps:
            self.stdout.write(f"  *  {step.title}: {step.input}: {step.outcome}")
        for place, proposal in enumerate(seen.decision.proposals, 1):
            self.stdout.write(f"{place:3}. {proposal.offer.code}: {', '.join(_terms(proposal))}")
        for each in seen.left_out:
            self.stdout.write(f"  –  {each.offer.code}: {', '.join(filter(None, (each.sentence, each.missed_by)))}")


def _release(number: int | None, *, draft: bool) -> Release:
    if draft:
        return preview.draft()
    try:
        return preview.released(catalogue.live_number() if number is None else number)
    except catalogue.NothingPublished:
        raise CommandError(_("Nothing is published yet; --draft shows what is there.")) from None
    except ReleaseRow.DoesNotExist:
        raise CommandError(_("There is no release No. %(number)d.") % {"number": number}) from None


def _heading(seen: Preview, *, draft: bool) -> str:
    asked = [wording.product(seen.enquiry.product)]
    asked += [wording.money(seen.enquiry.amount)] if seen.enquiry.amount is not None else []
    asked += [wording.months(Range(seen.enquiry.term, seen.enquiry.term))] if seen.enquiry.term is not None else []
    of = _("the draft") if draft else _("release No. %(number)d") % {"number": seen.release.number}
    return f"{', '.join(asked)}; {of}; {wording.moment(seen.at)}"


def _terms(proposal: Proposal) -> list[str]:
    """The full cost before the rate, here too."""
    offer = proposal.offer
    told = [
        _("full cost %(range)s") % {"range": wording.percent_range(offer.total_cost)},
        _("rate %(range)s") % {"range": wording.percent_range(offer.rate)},
        wording.money_range(offer.amount),
    ]
    if proposal.payment:
        told.append(_("%(range)s a month") % {"range": wording.money_range(proposal.payment)})
    return told
