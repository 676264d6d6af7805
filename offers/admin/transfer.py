"""The catalogue as a file: taken out, or brought in, looked at and confirmed."""

import base64
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from unfold.widgets import UnfoldAdminFileFieldWidget

from offers import powers
from offers.admin.looked_at import looked_at
from offers.transfer import exporting, files, importing
from offers.transfer.applying import Mistaken, Overtaken, Report
from offers.transfer.files import BadFile

VIEW: Final = ("offers.view_loan", "offers.view_creditcard")
EDIT: Final = tuple(f"offers.{verb}_{face}" for verb in ("add", "change") for face in ("loan", "creditcard"))
# A file that was looked at is handed back to the page, signed, for its second button.
SALT: Final = "offers.transfer"
SALT_AGE: Final = 3600


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File: CSV, XLSX or JSON"), widget=UnfoldAdminFileFieldWidget)


class Brought(NamedTuple):
    """A file as it was brought, and what it would have done."""

    name: str
    content: bytes
    seen: str = ""


@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perms(VIEW):
        raise PermissionDenied
    form, brought, report = FileForm(), None, None
    if request.method == "POST":
        if not request.user.has_perms(EDIT):
            raise PermissionDenied
        if "confirm" in request.POST:
            brought = _kept(request)
            if brought and (report := _take(request, brought)) is None:
                return redirect("transfer")
        else:
            form = FileForm(request.POST, request.FILES)
            if form.is_valid():
                brought = Brought(form.cleaned_data["file"].name, form.cleaned_data["file"].read())
                report = _tried(request, brought)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Import and export"),
        "form": form,
        "formats": list(files.READERS),
        "may_edit": request.user.has_perms(EDIT),
        "rows_max": files.ROWS_MAX,
    }
    if report and brought:
        context |= _looked_at(report, brought)
    return render(request, "offers/transfer.html", context)


def _tried(request: HttpRequest, brought: Brought) -> Report | None:
    try:
        return importing.try_out(brought.content, files.suffix(brought.name))
    except BadFile as bad:
        messages.error(request, str(bad))
        return None


def _take(request: HttpRequest, brought: Brought) -> Report | None:
    """None where it is done; else what is to be looked at again."""
    try:
        author = powers.name_of(request)
        report = importing.take(brought.content, files.suffix(brought.name), author=author, seen=brought.seen)
    except Mistaken as mistaken:
        return mistaken.report
    except Overtaken as overtaken:
        messages.warning(request, _("Nothing is taken in: the catalogue has changed since you looked. Look again."))
        return overtaken.report
    told = {"added": report.added, "changed": report.changed}
    messages.success(request, _("Taken in. Offers added: %(added)d, changed: %(changed)d.") % told)
    return None


def _looked_at(report: Report, brought: Brought) -> dict[str, Any]:
    kept = brought._replace(seen=report.fingerprint)
    sealed = "" if report.mistakes or not report.changes else _sealed(kept)
    return {**looked_at(report), "name": brought.name, "kept": sealed}


def _sealed(brought: Brought) -> str:
    told = [brought.name, base64.b64encode(brought.content).decode(), brought.seen]
    return signing.dumps(told, salt=SALT, compress=True)


def _kept(request: HttpRequest) -> Brought | None:
    try:
        name, content, seen = signing.loads(request.POST.get("kept", ""), salt=SALT, max_age=SALT_AGE)
    except signing.BadSignature:
        messages.error(request, _("Too long ago: bring the file once more."))
        return None
    return Brought(name, base64.b64decode(content), seen)


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    return _file(request, form, f"catalogue-{timezone.localdate():%Y-%m-%d}", exporting.catalogue)


@require_safe
def template(request: HttpRequest, form: str) -> HttpResponse:
    return _file(request, form, "catalogue-template", exporting.template)


def _file(request: HttpRequest, form: str, name: str, make: Any) -> HttpResponse:
    if not request.user.has_perms(VIEW):
        raise PermissionDenied
    if form not in files.READERS:
        raise Http404
    made = HttpResponse(make(form), content_type=exporting.CONTENT_TYPES[form])
    made["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return made


urlpatterns = [
    path("", admin.site.admin_view(transfer), name="transfer"),
    path("catalogue.<str:form>", admin.site.admin_view(export), name="transfer_export"),
    path("template.<str:form>", admin.site.admin_view(template), name="transfer_template"),
]
