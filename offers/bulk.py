"""One change to many offers: what is needed when the central bank moves its key rate."""

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from offers import checks
from offers.models import Offer
from offers.transfer import applying
from offers.transfer.applying import Mistaken, Overtaken, Report, Terms


@dataclass(frozen=True, slots=True)
class Wish:
    """Points to add to every rate (or to take off), and days to add to the end, or a new end for all."""

    points: Decimal | None = None
    days: int | None = None
    until: datetime | None = None
    endless: bool = False

    def change(self, row: Offer) -> None:
        if self.points:
            row.rate_min += self.points
            row.rate_max += self.points
            if row.cash_rate is not None:
                row.cash_rate += self.points
        if self.days and row.valid_until:
            row.valid_until += timedelta(days=self.days)
        if self.until or self.endless:
            row.valid_until = self.until


def try_out(codes: Collection[str], wish: Wish) -> Report:
    """What would become of the offers; nothing is kept."""
    with transaction.atomic():
        report = _change(codes, wish, "")
        transaction.set_rollback(True)
    return report


@transaction.atomic
def change(codes: Collection[str], wish: Wish, *, author: str, seen: str | None = None) -> Report:
    """Change all of them or none. `seen`: the fingerprint of what was shown. Raises Mistaken and Overtaken."""
    report = _change(codes, wish, author)
    if report.mistakes:
        raise Mistaken(report)
    if seen is not None and report.fingerprint != seen:
        raise Overtaken(report)
    return report


def _change(codes: Collection[str], wish: Wish, author: str) -> Report:
    report, terms = Report(), Terms(author, timezone.now(), checks.link_policy())
    rows = Offer.objects.select_for_update().filter(code__in=codes, archived=False)
    for row in rows.order_by("position", "code"):
        before = copy(row)
        wish.change(row)
        try:
            applying.apply(row.code, row, before, terms, report)
        except ValidationError as error:
            report.mistakes += applying.mistakes(row.code, error)
    return report
