"""Whether "pre-approved" is true: what the bank decided on the applications for offers that were shown so."""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import connection

from integrations.analytics.tallies import REASONS, Window

# An application that is approved and then cancelled by the person was approved.
SETTLED = """select offer, count(*), count(*) filter (where declined_at is not null or agreed or issued),
    count(*) filter (where agreed or issued), count(*) filter (where issued)
from (select *, approved_at is not null as agreed, issued_at is not null as issued from analysis.applications
    where asked_at >= %(start)s and asked_at < %(end)s) as applications group by offer"""
SHOWN = "select offer, sum(n) from ({source}) as told where reason = 0 group by offer"


class Verdict(StrEnum):
    TRUE = "true"
    FALSE = "false"  # below the bound
    UNKNOWN = "unknown"  # too few are decided to say


@dataclass(frozen=True, slots=True)
class Measured:
    """One offer. `decided`: applications on which the bank has decided, one way or the other."""

    offer: str
    shown: int
    filed: int
    decided: int
    agreed: int
    issued: int
    bound: float  # in per cent
    sample: int

    @property
    def share(self) -> float | None:
        """Of what the bank has decided, how much it approved, in per cent."""
        return 100 * self.agreed / self.decided if self.decided else None

    @property
    def issued_share(self) -> float | None:
        return 100 * self.issued / self.decided if self.decided else None

    @property
    def verdict(self) -> Verdict:
        if self.share is None or self.decided < self.sample:
            return Verdict.UNKNOWN
        return Verdict.TRUE if self.share >= self.bound else Verdict.FALSE


def measure(window: Window) -> list[Measured]:
    """Every offer that was shown or applied for; the worst first."""
    source = window.source(REASONS)
    with connection.cursor() as cursor:
        cursor.execute(SHOWN.format(source=source.sql), source.parameters)
        shown = {offer: int(count) for offer, count in cursor.fetchall()}
        cursor.execute(SETTLED, {"start": window.start, "end": window.end})
        told = {offer: counts for offer, *counts in cursor.fetchall()}
    found = [_measured(offer, shown.get(offer, 0), told.get(offer, [0, 0, 0, 0])) for offer in {*shown, *told}]
    return sorted(found, key=lambda one: (one.verdict is not Verdict.FALSE, one.share or 0, one.offer))


def _measured(offer: str, shown: int, told: list[int]) -> Measured:
    filed, decided, agreed, issued = told
    bound, sample = settings.HONESTY_PERCENT, settings.HONESTY_SAMPLE
    return Measured(offer, shown, filed, decided, agreed, issued, bound, sample)
