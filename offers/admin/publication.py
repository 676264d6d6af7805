"""The page that shows what is not published yet, field by field, and publishes what is ticked."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from offers import releases, wording
from offers.admin.addresses import change_url
from offers.admin.soundness import Told, told
from offers.domain.differences import BANK_NAME, CEILINGS, Change, Difference
from offers.models import Offer

SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class Item:
    """One change on the page. `value` is what its tick sends: what is changed, and how it was when it was seen."""

    value: str
    kind: str
    title: str
    url: str
    rows: list[wording.Row]
    findings: list[Told] = field(default_factory=list)


@require_http_methods(["GET", "POST"])
def publication(request: HttpRequest, admin_site: AdminSite) -> HttpResponse:
    if not request.user.has_perm("offers.view_release"):
        raise PermissionDenied
    if request.method == "POST":
        return _publish(request)
    return _page(request, admin_site)


def _publish(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("offers.publish"):
        raise PermissionDenied
    seen = dict(value.split(SEPARATOR, 1) for value in request.POST.getlist("change") if SEPARATOR in value)
    if not seen:
        messages.error(request, _("Tick what is to be published."))
        return redirect(request.get_full_path())
    try:
        made = releases.publish(
            author=request.user.get_username(),
            comment=_comment(request, seen),
            codes=seen.keys(),
            seen=seen,
            reason=request.POST.get("reason", "").strip()[: wording.COMMENT_LENGTH],
        )
    except releases.NotSound as unsound:
        messages.error(request, wording.refusal(unsound))
        for line in told(unsound.found):
            messages.error(request, line.text)
        return redirect(request.get_full_path())
    except releases.Refused as refused:
        messages.error(request, wording.refusal(refused))
        return redirect(request.get_full_path())
    messages.success(request, _("Published: release No. %(number)d.") % {"number": made.number})
    return redirect(_back(request))


def _comment(request: HttpRequest, seen: dict[str, str]) -> str:
    """As written; where nothing is, what the chosen changes say of themselves."""
    written = request.POST.get("comment", "").strip()[: wording.COMMENT_LENGTH]
    return written or wording.summary(releases.unpublished().only(seen))


def _back(request: HttpRequest) -> str:
    only = Offer.objects.filter(code=request.GET.get("only", "")).first()
    return change_url(only) if only else "admin:offers_release_changelist"


def _page(request: HttpRequest, admin_site: AdminSite) -> HttpResponse:
    only = request.GET.get("only")
    difference = releases.unpublished()
    if only:
        difference = difference.only([only])
    items = _with_findings(_items(difference), difference)
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        "title": _("Publication") if only else _("Unpublished changes"),
        "items": items,
        "asks": any(line.kind == "asks" for item in items for line in item.findings),
        "only": only,
        "comment": wording.summary(difference) if only else "",
        "comment_length": wording.COMMENT_LENGTH,
        "may_publish": request.user.has_perm("offers.publish"),
        "hide_unpublished": True,
    }
    return render(request, "offers/publication.html", context)


def _items(difference: Difference) -> list[Item]:
    prints = difference.fingerprints()
    known = Offer.objects.in_bulk([change.code for change in difference.offers], field_name="code")
    items = [_item(change, prints[change.code], known.get(change.code)) for change in difference.offers]
    return [*_bank(difference, prints), *_ceilings(difference), *items]


def _with_findings(items: list[Item], difference: Difference) -> list[Item]:
    """Each with what the checks find in it, had all of it been published."""
    found = releases.found_in(difference)
    return [replace(item, findings=told(each for each in found if each.code == _code(item))) for item in items]


def _code(item: Item) -> str:
    code = item.value.split(SEPARATOR, 1)[0]
    return "" if code == BANK_NAME else code


def _item(change: Change, fingerprint: str, row: Offer | None) -> Item:
    return Item(
        value=f"{change.code}{SEPARATOR}{fingerprint}",
        kind="added" if change.before is None else "removed" if change.after is None else "changed",
        title=str(row or change.code),
        url=change_url(row) if row else "",
        rows=wording.rows(change),
    )


def _bank(difference: Difference, prints: dict[str, str]) -> list[Item]:
    if difference.bank_name is None:
        return []
    before, after = difference.bank_name
    row = wording.Row(_("Name"), before or wording.NOTHING, after or wording.NOTHING)
    return [Item(f"{BANK_NAME}{SEPARATOR}{prints[BANK_NAME]}", "changed", _("The bank"), "", [row])]


def _ceilings(difference: Difference) -> list[Item]:
    """Not compared row by row: they are facts of the Bank of Russia's, kept on a page of their own."""
    after = difference.ceilings
    if after is None:
        return []
    rows = wording.Row(_("Rows of the Bank of Russia"), wording.NOTHING, str(len(after.market)))
    policy = wording.Row(
        _("Offers above their ceiling"),
        wording.NOTHING,
        _("are shown all the same") if after.only_warn_of_ceilings else _("are left out of the answers"),
    )
    url = reverse("admin:offers_marketvalue_changelist")
    return [Item(f"{CEILINGS}{SEPARATOR}{len(after.market)}", "changed", _("Ceilings"), url, [rows, policy])]
