"""The bar that says that Yandex does not see an edit yet."""

from typing import Any

from django import template

from offers import releases

register = template.Library()


@register.inclusion_tag("offers/bar.html", takes_context=True)
def unpublished_bar(context: dict[str, Any]) -> dict[str, Any]:
    request = context.get("request")
    if request is None or context.get("hide_unpublished") or not request.user.has_perm("offers.view_release"):
        return {"count": 0}
    return {"count": len(releases.unpublished()), "may_publish": request.user.has_perm("offers.publish")}
