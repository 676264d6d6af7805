"""What Yandex sees now and will see: the live release and those that are scheduled, in the order of their moments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import DateTimeField, Exists, F, Func, OuterRef, QuerySet

from offers import catalogue, models
from offers.domain.catalogue import Content, Release

# Not `now()`: that is when a transaction began, before it waited for a lock.
DATABASE_CLOCK: Final = Func(function="STATEMENT_TIMESTAMP", output_field=DateTimeField())


@dataclass(frozen=True, slots=True, eq=False)
class Planned(Release):
    """A release that will hold from its moment, unless another overtakes it, and what it was made on."""

    row: models.Release
    base: Content

    @property
    def moment(self) -> datetime:
        return self.row.holds_from


NOTHING: Final = Content(bank_name="", offers=())  # before the first release


def live_content() -> Content:
    """What is live by the database's clock; nothing at all before the first release."""
    try:
        return catalogue.release(catalogue.live_number()).content
    except catalogue.NothingPublished:
        return NOTHING


def scheduled() -> QuerySet[models.Release]:
    """Rows of the releases whose moment is still to come, and that no later one overtakes."""
    newer = models.Release.objects.filter(number__gt=OuterRef("number"), holds_from__lte=OuterRef("holds_from"))
    rows = models.Release.objects.filter(~Exists(newer), holds_from__gt=DATABASE_CLOCK)
    return rows.defer("content", "codes").order_by(F("holds_from"), F("number"))


def planned(live: Content) -> list[Planned]:
    """Each was made on the one before it, the first on what is live: whatever is put before them makes them anew."""
    found: list[Planned] = []
    for row in scheduled():
        base = found[-1].content if found else live
        found.append(Planned(row.number, catalogue.release(row.number).content, row, base))
    return found


def latest(live: Content) -> Content:
    """What will be live when all that is scheduled holds."""
    coming = planned(live)
    return coming[-1].content if coming else live
