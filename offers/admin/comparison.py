"""Two releases beside each other: what makes one out of the other."""

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from offers import catalogue
from offers.admin.items import items
from offers.domain.differences import compare
from offers.models import Release


@require_GET
def comparison(request: HttpRequest, admin_site: AdminSite) -> HttpResponse:
    """By default the last release and the one before it."""
    if not request.user.has_perm("offers.view_release"):
        raise PermissionDenied
    rows = list(Release.objects.defer("content", "codes", "digest", "acknowledged"))
    known = {row.number for row in rows}
    after = _number(request, "after", known, rows[0].number if rows else 0)
    before = _number(request, "before", known, max((number for number in known if number < after), default=after))
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        "title": _("Compare releases"),
        "rows": rows,
        "before": before,
        "after": after,
        "items": _items(before, after) if rows else [],
        "compared": True,
    }
    return render(request, "offers/comparison.html", context)


def _number(request: HttpRequest, name: str, known: set[int], default: int) -> int:
    asked = request.GET.get(name, "")
    number = int(asked) if asked.isascii() and asked.isdigit() else default
    return number if number in known else default


def _items(before: int, after: int) -> Any:
    return items(compare(catalogue.release(before).content, catalogue.release(after).content))
