"""The bars that say what Yandex does not see: edits not published yet, and what is paused."""

from typing import Any

from django import template

from offers import glance, powers
from offers.models import PublicationRequest

register = template.Library()


@register.inclusion_tag("offers/bar.html", takes_context=True)
def unpublished_bar(context: dict[str, Any]) -> dict[str, Any]:
    """Pauses are said everywhere; the rest not where it is the page's own matter."""
    request = context.get("request")
    if request is None or not request.user.has_perm("offers.view_release"):
        return {}
    user, seen = request.user, glance.look()
    live = seen.live
    told: dict[str, Any] = {
        "all_paused": live.all_paused,
        "paused": [offer.code for offer in live if offer.code in live.paused],
        "may_pause": user.has_perm(powers.PAUSE),
    }
    if context.get("hide_unpublished"):
        return told
    told |= {
        "count": seen.unpublished,
        "may_publish": powers.may_publish(user),
        "may_ask": powers.may_ask(user),
    }
    if user.has_perm(powers.PUBLISH):
        others = PublicationRequest.objects.filter(status=PublicationRequest.Status.OPEN)
        told["requests"] = others.exclude(author=user.get_username()).count()
    return told
