"""What the checks find, as the pages of the admin tell it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from offers import catalogue, checks, findings
from offers.checks import Found
from offers.domain.catalogue import Content
from offers.models import Offer


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as a line of a page; `kind` is error, asks or shown."""

    kind: str
    text: str


def told(found: Iterable[Found]) -> list[Told]:
    """Errors first, then what must be answered for; no sentence twice."""
    return [Told(_kind(alike[0]), sentence) for sentence, alike in findings.by_sentence(found).items()]


def needing_attention(rows: Sequence[Offer], now: datetime) -> dict[str, list[Told]]:
    """By code, what must be mended or answered for before the offers as they stand here can be published."""
    content = Content(bank_name="", offers=tuple(catalogue.offer(row) for row in rows), market=catalogue.market())
    found = checks.check(content, now, names={row.code: row.name for row in rows})
    return {
        offer.code: told(each for each in found if each.code == offer.code and (each.blocks or each.asks))
        for offer in content
    }


def tell_after_saving(request: HttpRequest, row: Offer) -> None:
    """A draft may be saved with anything that only its publication must not have; who saved it hears of it at once."""
    offer, now = catalogue.offer(row), timezone.now()
    found = checks.of_offer(offer, catalogue.market(), now, margin=checks.ceiling_margin(), name=row.name)
    for line in told(Found(offer.code, finding) for finding in found):
        if line.kind == "error":
            messages.error(request, line.text)
        elif line.kind == "asks":
            messages.warning(request, line.text)


def _kind(found: Found) -> str:
    return "error" if found.blocks else "asks" if found.asks else "shown"
