"""The ticked offers of a list, changed in one go after a look at what would change."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from offers import bulk, powers
from offers.admin.fields import DecimalField
from offers.admin.looked_at import looked_at
from offers.bulk import Wish
from offers.models import PERCENT_MAX
from offers.transfer.applying import Mistaken, Overtaken, Report

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

OFFERS_MAX = 1000
DAYS_MAX = 3650


class WishForm(forms.Form):
    points = DecimalField(
        label=gettext_lazy("Raise every rate by, points"),
        required=False,
        max_digits=6,
        decimal_places=3,
        min_value=-PERCENT_MAX,
        max_value=PERCENT_MAX,
        help_text=gettext_lazy("−1,5 lowers it. A full cost that was worked out of the terms follows."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Move the end by, days"),
        required=False,
        min_value=-DAYS_MAX,
        max_value=DAYS_MAX,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Of offers that have an end."),
    )
    until = forms.DateTimeField(
        label=gettext_lazy("Set the end, Moscow time"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    endless = forms.BooleanField(label=gettext_lazy("Take the end away"), required=False, widget=UnfoldBooleanWidget)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(said.values()):
            raise forms.ValidationError(_("Say what is to change."))
        if sum(bool(said.get(name)) for name in ("days", "until", "endless")) > 1:
            raise forms.ValidationError(_("Of the end, say one thing: move it, set it, or take it away."))
        return said

    def wish(self) -> Wish:
        return Wish(**self.cleaned_data)


@require_http_methods(["GET", "POST"])
def change_many(request: HttpRequest, face: "ModelAdmin[Any]") -> HttpResponse:
    if not face.has_change_permission(request):
        raise PermissionDenied
    codes = (request.POST if request.method == "POST" else request.GET).getlist("code")[:OFFERS_MAX]
    rows = list(face.get_queryset(request).filter(code__in=codes))
    listed = f"admin:{face.opts.app_label}_{face.opts.model_name}_changelist"
    if not rows:
        messages.error(request, _("Tick the offers that are to change."))
        return redirect(listed)
    form, report = WishForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        codes = [row.code for row in rows]
        if "confirm" not in request.POST:
            report = bulk.try_out(codes, form.wish())
        elif (report := _change(request, codes, form.wish())) is None:
            return redirect(listed)
    context: dict[str, Any] = {
        **face.admin_site.each_context(request),
        "title": _("Change the ticked offers"),
        "form": form,
        "rows": rows,
        "opts": face.opts,
        **(looked_at(report) if report else {}),
    }
    return render(request, "offers/bulk.html", context)


def _change(request: HttpRequest, codes: list[str], wish: Wish) -> Report | None:
    """None where it is done; else what is to be looked at again."""
    try:
        report = bulk.change(codes, wish, author=powers.name_of(request), seen=request.POST.get("seen", ""))
    except Mistaken as mistaken:
        return mistaken.report
    except Overtaken as overtaken:
        messages.warning(request, _("Nothing is changed: the catalogue has changed since you looked. Look again."))
        return overtaken.report
    messages.success(request, _("Offers changed: %(changed)d.") % {"changed": report.changed})
    return None
