"""The journal's proof at a glance, and the opening of a sealed request: a right of its own, on record."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from integrations import journal, keys, privacy
from integrations.models import Batch, JournalEntry, Kind, MonthKey
from integrations.proof import sealing

if TYPE_CHECKING:
    from django.contrib import admin

READ, OPEN = "integrations.view_journalentry", "integrations.open_request"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        min_length=5,
        max_length=300,
        help_text=gettext_lazy("It stays in the journal with your name: the number of a complaint, of an incident."),
        widget=UnfoldAdminTextInputWidget,
    )


def urls(face: "admin.ModelAdmin[Any]") -> list[URLPattern]:
    site = face.admin_site
    return [
        path("proof/", site.admin_view(show_proof), {"face": face}, name="integrations_journalentry_proof"),
        path("<uuid:entry_id>/open/", site.admin_view(open_request), {"face": face},
             name="integrations_journalentry_open"),
    ]  # fmt: skip


def show_proof(request: HttpRequest, face: "admin.ModelAdmin[Any]") -> HttpResponse:
    """What is sealed and what is not yet; the checkpoint, to be kept elsewhere."""
    _require(request, READ)
    last = Batch.objects.order_by("-number").defer("members").first()
    keys_known = [str(key) for key in sealing.trusted_keys()]
    return _page(
        request, face, "proof", _("Proof of the journal"), last=last, lag=sealing.lag(), public_keys=keys_known
    )


def open_request(request: HttpRequest, face: "admin.ModelAdmin[Any]", entry_id: UUID) -> HttpResponse:
    """Ask for the reason; given one, write it to the journal and show the request in this very answer."""
    _require(request, READ, OPEN)
    entry = JournalEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    context: dict[str, Any] = {"entry": entry, "form": form}
    if entry.request_sealed is None or entry.seal_key is None:
        context["closed"] = _("Nothing was kept of this request, or it was forgotten.")
    elif request.method == "POST" and form.is_valid():
        try:
            context["body"] = _opened(entry, request.user.get_username(), form.cleaned_data["reason"])
        except (MonthKey.DoesNotExist, keys.KeyDestroyed):
            context["closed"] = _("The key of the month was destroyed: nobody can open this request any more.")
        except (keys.UnknownMasterKey, InvalidTag):
            context["closed"] = _("The request can't be opened with the keys there are: ask whoever keeps MASTER_KEY.")
    return _page(request, face, "open_request", _("A sealed request"), **context)


def _opened(entry: JournalEntry, by: str, reason: str) -> str:
    """Not before it is on record who opened it, and why."""
    cipher = keys.cipher_of(entry.seal_key or "")
    body = privacy.unseal(cipher, bytes(entry.request_sealed or b""), entry.id.bytes)
    journal.record(Kind.OPENED, opened=entry.id, by=by, reason=privacy.hide_numbers(reason))
    return body.decode(errors="replace")


def _require(request: HttpRequest, *rights: str) -> None:
    if not request.user.has_perms(rights):
        raise PermissionDenied


def _page(request: HttpRequest, face: Any, name: str, title: str, **context: Any) -> HttpResponse:
    context = {**face.admin_site.each_context(request), "opts": face.opts, "title": title, **context}
    return TemplateResponse(request, f"integrations/{name}.html", context)
