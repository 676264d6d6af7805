"""What is done at once and with a reason: pause, resume, take back, withdraw. One page says what will follow of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from offers import powers, releases, timeline, wording
from offers.admin import clashes
from offers.admin.items import items, with_findings
from offers.admin.soundness import told
from offers.domain.differences import Difference, compare
from offers.releases import Published


@dataclass(frozen=True, slots=True)
class Act:
    """`do` takes the reason and what was chosen where something scheduled clashes."""

    title: str
    explained: str
    button: str
    done: str
    difference: Difference
    do: Callable[[str, dict[str, str]], Published]
    needs_reason: bool = True
    right: str = powers.PUBLISH
    to: str = "admin:offers_release_changelist"


@require_http_methods(["GET", "POST"])
def pauses(request: HttpRequest, admin_site: AdminSite) -> HttpResponse:
    """Of the offer that `code` names, or of everything: pause where it is answered with, resume where it is not."""
    code, live, author = request.GET.get("code") or None, timeline.live_content(), powers.name_of(request)
    if code and live.get(code) is None:
        messages.error(request, wording.refusal(releases.NoSuchOffer()))
        return redirect("admin:offers_release_changelist")
    is_paused = live.all_paused if code is None else code in live.paused
    what = code or _("everything")
    if is_paused:
        act = Act(
            _("Resume: %(what)s") % {"what": what},
            _("From the next question on, Yandex is answered with it again, on the terms that are live."),
            _("Resume"),
            _("Resumed: %(what)s. Release No. %(number)d."),
            _pause(code, on=False),
            lambda reason, _choices: releases.resume(code, author=author, reason=reason),
            needs_reason=False,
            right=powers.PAUSE,
        )
    else:
        act = Act(
            _("Pause: %(what)s") % {"what": what},
            _(
                "From the next question on it is in no answer, and answers given before are no longer repeated. "
                "Every page says so until it is resumed."
            ),
            _("Pause"),
            _("Paused: %(what)s. Release No. %(number)d."),
            _pause(code, on=True),
            lambda reason, _choices: releases.pause(code, author=author, reason=reason),
            right=powers.PAUSE,
        )
    return _run(request, admin_site, act, what)


@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, number: int, admin_site: AdminSite) -> HttpResponse:
    live, author = timeline.live_content(), powers.name_of(request)
    try:
        difference = compare(live, releases.taken_back(number, live))
    except releases.NoSuchRelease as missing:
        raise Http404 from missing
    act = Act(
        _("Take back: release No. %(number)d") % {"number": number},
        _(
            "Its offers and the bank's name go live again, as a new release. The ceilings and pauses stay as they are. "
            "Working copies stay too: what differs from them then counts as not published."
        ),
        _("Make it live again"),
        _("Release No. %(what)s is live again, as release No. %(number)d."),
        difference,
        lambda reason, choices: releases.take_back(number, author=author, reason=reason, choices=choices),
    )
    return _run(request, admin_site, act, str(number))


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, number: int, admin_site: AdminSite) -> HttpResponse:
    planned = next((each for each in timeline.planned(timeline.live_content()) if each.number == number), None)
    if planned is None:
        messages.error(request, wording.refusal(releases.NoSuchRelease()))
        return redirect("admin:offers_release_changelist")
    author = powers.name_of(request)
    act = Act(
        _("Withdraw: release No. %(number)d, scheduled for %(moment)s")
        % {"number": number, "moment": wording.moment(planned.moment)},
        _("It will never hold. Its changes stay in the working copies, as not published."),
        _("Withdraw"),
        _("Release No. %(what)s is withdrawn by release No. %(number)d, which is the same as the one before it."),
        compare(planned.content, planned.base),
        lambda reason, choices: releases.withdraw(number, author=author, reason=reason, choices=choices),
    )
    return _run(request, admin_site, act, str(number))


def _pause(code: str | None, *, on: bool) -> Difference:
    if code is None:
        return Difference(all_paused=on)
    return Difference(paused=(code,)) if on else Difference(resumed=(code,))


def _run(request: HttpRequest, admin_site: AdminSite, act: Act, what: str) -> HttpResponse:
    if not request.user.has_perm(act.right):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, admin_site, act)
    try:
        made = act.do(request.POST.get("reason", "").strip()[: wording.COMMENT_LENGTH], clashes.choices(request))
    except releases.Clashing as clashing:
        messages.warning(request, wording.refusal(clashing))
        return _page(request, admin_site, act, clashing)
    except releases.NotSound as unsound:
        for text in (wording.refusal(unsound), *(line.text for line in told(unsound.found))):
            messages.error(request, text)
        return _page(request, admin_site, act)
    except releases.Refused as refused:
        messages.error(request, wording.refusal(refused))
        return _page(request, admin_site, act)
    messages.success(request, act.done % {"what": what, "number": made.number})
    return redirect(act.to)


def _page(
    request: HttpRequest, admin_site: AdminSite, act: Act, clashing: releases.Clashing | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        **admin_site.each_context(request),
        **clashes.context(clashing, clashes.choices(request)),
        "title": act.title,
        "act": act,
        "items": with_findings(items(act.difference), releases.found_in(act.difference)),
        "reason": request.POST.get("reason", ""),
        "comment_length": wording.COMMENT_LENGTH,
        "hide_unpublished": True,
    }
    return render(request, "offers/act.html", context)
