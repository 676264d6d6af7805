"""The first page: what Yandex sees, what ends soon, what needs attention, and where to go from there."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django import template
from django.utils import timezone

from offers import releases, timeline, wording
from offers.domain.catalogue import Product
from offers.models import Offer
from offers.releases import State

register = template.Library()
SOON: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Line:
    """An offer to look at, and why."""

    name: str
    url: str
    why: str


@register.inclusion_tag("offers/overview.html", takes_context=True)
def catalogue_overview(context: dict[str, Any]) -> dict[str, Any]:
    """Nothing for whoever sees no offers."""
    # Django loads every library of tags for its first template, also where there is no admin (SERVE=api).
    from offers.admin.addresses import change_url
    from offers.admin.soundness import needing_attention

    request = context["request"]
    if not request.user.has_perms(("offers.view_loan", "offers.view_creditcard", "offers.view_release")):
        return {}
    now, live = timezone.now(), timeline.live_content()
    coming = timeline.latest(live)
    rows = list(Offer.objects.filter(archived=False))
    states = [(row, releases.state(row, live, now, coming)) for row in rows]
    return {
        "products": [(wording.product(product), _counted(product, states)) for product in Product],
        "ending": [
            Line(row.name, change_url(row), wording.validity(None, row.valid_until))
            for row in sorted(rows, key=lambda row: row.valid_until or now)
            if row.valid_until and now <= row.valid_until < now + SOON
        ],
        "attention": [
            Line(row.name, change_url(row), told[0].text)
            for row, told in zip(rows, needing_attention(rows, now).values(), strict=True)
            if told
        ],
        "sees_journal": request.user.has_perm("integrations.view_journalentry"),
    }


def _counted(product: Product, states: list[tuple[Offer, State]]) -> list[tuple[str, int]]:
    """How many offers stand in each state; those that there are."""
    counts = Counter(state for row, state in states if row.product_type == product)
    return [(str(wording.STATES[state]), counts[state]) for state in State if counts[state]]
