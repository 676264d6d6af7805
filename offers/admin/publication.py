"""The page that shows what is not published yet, field by field, and publishes what is ticked, now or later."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from offers import powers, releases, requests, timeline, wording
from offers.admin import clashes
from offers.admin.addresses import change_url
from offers.admin.items import items, ticked, with_findings
from offers.admin.soundness import told
from offers.models import Offer, PublicationRequest
from offers.requests import Wish


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person has filled in, shown again where something is asked about it."""

    ticks: Collection[str] = ()
    comment: str = ""
    reason: str = ""
    at: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    clashing: releases.Clashing | None = None


@require_http_methods(["GET", "POST"])
def publication(request: HttpRequest, admin_site: AdminSite) -> HttpResponse:
    if not request.user.has_perm("offers.view_release"):
        raise PermissionDenied
    if request.method == "POST":
        return _act(request, admin_site)
    return _page(request, admin_site, Sent())


def _act(request: HttpRequest, admin_site: AdminSite) -> HttpResponse:
    user = request.user
    if not (powers.may_publish(user) or powers.may_ask(user)):
        raise PermissionDenied
    seen = ticked(request.POST.getlist("change"))
    if not seen:
        messages.error(request, _("Tick what is to be published."))
        return redirect(request.get_full_path())
    try:
        wish = _wish(request, seen)
        told_of = _publish(request, wish) if powers.may_publish(user) else _ask(request, wish)
    except releases.Clashing as clashing:
        messages.warning(request, wording.refusal(clashing))
        return _page(request, admin_site, _sent(request, clashing))
    except releases.NotSound as unsound:
        messages.error(request, wording.refusal(unsound))
        for line in told(unsound.found):
            messages.error(request, line.text)
        return redirect(request.get_full_path())
    except releases.Refused as refused:
        messages.error(request, wording.refusal(refused))
        return redirect(request.get_full_path())
    messages.success(request, told_of)
    return redirect(_back(request))


def _publish(request: HttpRequest, wish: Wish) -> str:
    made = wish.granted(author=powers.name_of(request))
    if wish.at:
        spelled = {"number": made.number, "moment": wording.moment(wish.at)}
        return _("Scheduled: release No. %(number)d holds from %(moment)s, Moscow time.") % spelled
    return _("Published: release No. %(number)d.") % {"number": made.number}


def _ask(request: HttpRequest, wish: Wish) -> str:
    kept = requests.ask(wish, author=powers.name_of(request))
    return _("Asked for: request No. %(number)d waits for another person to approve it.") % {"number": kept.pk}


def _wish(request: HttpRequest, seen: dict[str, str]) -> Wish:
    return Wish(
        seen=seen,
        comment=_text(request, "comment") or wording.summary(releases.unpublished().only(seen)),
        reason=_text(request, "reason"),
        at=_moment(request.POST.get("at", "")),
        choices=clashes.choices(request),
    )


def _sent(request: HttpRequest, clashing: releases.Clashing) -> Sent:
    return Sent(
        ticks=request.POST.getlist("change"),
        comment=_text(request, "comment"),
        reason=_text(request, "reason"),
        at=request.POST.get("at", ""),
        choices=clashes.choices(request),
        clashing=clashing,
    )


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip()[: wording.COMMENT_LENGTH]


def _moment(written: str) -> datetime | None:
    """Moscow time; nothing is "at once", and nonsense is a moment that nothing can be scheduled for."""
    if not written:
        return None
    try:
        moment = parse_datetime(written)
    except ValueError:
        moment = None
    if moment is None:
        raise releases.PastMoment
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _back(request: HttpRequest) -> str:
    only = Offer.objects.filter(code=request.GET.get("only", "")).first()
    return change_url(only) if only else "admin:offers_release_changelist"


def _page(request: HttpRequest, admin_site: AdminSite, sent: Sent) -> HttpResponse:
    only = request.GET.get("only")
    live = timeline.live_content()
    difference = releases.unpublished(live)
    if only:
        difference = difference.only([only])
    shown = with_findings(items(difference), releases.found_in(difference))
    coming = timeline.planned(live)
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        **clashes.context(sent.clashing, sent.choices),
        "title": _("Publication") if only else _("Unpublished changes"),
        "items": shown,
        "ticks": sent.ticks or [item.value for item in shown],
        "asks": any(line.kind == "asks" for item in shown for line in item.findings),
        "only": only,
        "comment": sent.comment or (wording.summary(difference) if only else ""),
        "reason": sent.reason,
        "at": sent.at,
        "earliest": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "comment_length": wording.COMMENT_LENGTH,
        "planned": coming,
        "may_publish": powers.may_publish(request.user),
        "may_ask": powers.may_ask(request.user),
        "may_withdraw": request.user.has_perm(powers.PUBLISH),
        "open_requests": PublicationRequest.objects.filter(status=requests.Status.OPEN),
        "hide_unpublished": True,
    }
    return render(request, "offers/publication.html", context)
