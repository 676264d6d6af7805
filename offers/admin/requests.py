"""Requests for publication: what is asked for, and whether another person approves it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offers import powers, releases, requests, timeline, wording
from offers.admin.items import items, with_findings
from offers.admin.soundness import told
from offers.admin.theme import ReadOnlyAdmin, label
from offers.models import PublicationRequest
from offers.requests import Status

COLOURS = {
    Status.OPEN.value: "warning",
    Status.APPROVED.value: "success",
    Status.SENT_BACK.value: "danger",
    Status.TAKEN_AWAY.value: "info",
}


@admin.register(PublicationRequest)
class PublicationRequestAdmin(ReadOnlyAdmin):
    list_display = ("title", "stands", "author", "asked_at", "at", "comment", "decided_by", "answer")
    list_display_links = ("title",)
    list_filter = ("status",)
    search_fields = ("=id", "author", "comment", "decided_by")
    actions = None
    list_fullwidth = True
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("Request"), ordering="id")
    def title(self, row: PublicationRequest) -> str:
        return str(row)

    @label(description=gettext_lazy("Status"), colours=COLOURS)
    def stands(self, row: PublicationRequest) -> tuple[str, Any]:
        return row.status, row.get_status_display()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A page of its own: what is asked for, and who may decide decides."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(PublicationRequest, pk=object_id)
        if request.method == "POST":
            return _decide(request, row)
        return self._page(request, row)

    def _page(self, request: HttpRequest, row: PublicationRequest) -> HttpResponse:
        difference = requests.asked_for(row, releases.unpublished()) if row.status == Status.OPEN else None
        own = row.author == powers.name_of(request)
        open_now = row.status == Status.OPEN
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "request_row": row,
            "items": with_findings(items(difference), releases.found_in(difference)) if difference else [],
            "changed_since": open_now and difference is None,
            "planned": timeline.planned(timeline.live_content()) if open_now else [],
            "may_approve": open_now and difference is not None and not own and request.user.has_perm(powers.PUBLISH),
            "may_send_back": open_now and not own and request.user.has_perm(powers.PUBLISH),
            "may_take_away": open_now and own,
            "comment_length": wording.COMMENT_LENGTH,
        }
        return render(request, "offers/request.html", context)


def _decide(request: HttpRequest, row: PublicationRequest) -> HttpResponse:
    verb = next((verb for name, verb in VERBS.items() if name in request.POST), None)
    if verb is None:
        raise PermissionDenied
    try:
        messages.success(request, verb(request, row.pk))
    except releases.NotSound as unsound:
        for text in (wording.refusal(unsound), *(line.text for line in told(unsound.found))):
            messages.error(request, text)
    except requests.OwnRequest:
        messages.error(request, _("Nobody approves their own request."))
    except requests.Decided:
        messages.error(request, _("This request is no longer open."))
    except releases.Refused as refused:
        messages.error(request, wording.refusal(refused))
    return redirect("admin:offers_publicationrequest_change", row.pk)


def _approve(request: HttpRequest, pk: int) -> str:
    _let(request)
    made = requests.approve(pk, by=powers.name_of(request))
    return _("Approved and published: release No. %(number)d.") % {"number": made.number}


def _send_back(request: HttpRequest, pk: int) -> str:
    _let(request)
    answer = request.POST.get("answer", "")[: wording.COMMENT_LENGTH]
    requests.send_back(pk, by=powers.name_of(request), answer=answer)
    return _("Sent back to its author.")


def _take_away(request: HttpRequest, pk: int) -> str:
    requests.take_away(pk, by=powers.name_of(request))
    return _("Taken away: nobody needs to approve it.")


def _let(request: HttpRequest) -> None:
    if not request.user.has_perm(powers.PUBLISH):
        raise PermissionDenied


VERBS: dict[str, Callable[[HttpRequest, int], str]] = {
    "_approve": _approve,
    "_send_back": _send_back,
    "_take_away": _take_away,
}
