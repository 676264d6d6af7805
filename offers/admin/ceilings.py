"""The Bank of Russia's rows, from which the ceilings follow: a list, a form, and a file to take in."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminFileFieldWidget

from offers import catalogue, findings, market, wording
from offers.admin.calculator import calculator
from offers.admin.fields import DecimalField
from offers.admin.theme import ModelAdmin, header
from offers.domain import offer_cost
from offers.domain.catalogue import Range
from offers.domain.ceilings import MarketValue as Value
from offers.domain.ceilings import Quarter
from offers.models import MarketValue


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("CSV file"), widget=UnfoldAdminFileFieldWidget)


def _value(row: MarketValue) -> Value:
    return offer_cost.value(catalogue.market_row(row))


@admin.register(MarketValue)
class MarketValueAdmin(ModelAdmin):
    list_display = ("category", "of_quarter", "applies_in", "market_average", "ceiling")
    list_filter = ("product_type", "year", "quarter")
    change_list_template = "offers/ceilings.html"
    show_facets = admin.ShowFacets.NEVER
    compressed_fields = True
    readonly_fields = ("ceiling", "applies_in")
    fieldsets = (
        (
            gettext_lazy("Category"),
            {"fields": (("product_type", "drawing"), ("amount_above", "amount_to"), ("months_above", "months_to"))},
        ),
        (
            gettext_lazy("Value"),
            {"fields": (("year", "quarter"), ("average", "applied"), ("ceiling", "applies_in"), "source")},
        ),
    )
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.DecimalField: {"form_class": DecimalField, "widget": DecimalField.widget},
    }

    def get_urls(self) -> list[URLPattern]:
        site = {"admin_site": self.admin_site}
        return [
            path("import/", self.admin_site.admin_view(take_in), site, name="offers_marketvalue_import"),
            path("calculator/", self.admin_site.admin_view(calculator), site, name="offers_marketvalue_calculator"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        extra = {**(extra_context or {}), "may_import": self.has_add_permission(request)}
        response: HttpResponse = super().changelist_view(request, extra)
        return response

    @header(description=gettext_lazy("Category"), ordering="product_type")
    def category(self, row: MarketValue) -> tuple[str, str]:
        drawn = f", {row.get_drawing_display()}" if row.drawing else ""
        return f"{row.get_product_type_display()}{drawn}", " · ".join(filter(None, _bands(row))) or _("any")

    @admin.display(description=gettext_lazy("Values of"), ordering="year")
    def of_quarter(self, row: MarketValue) -> str:
        return findings.quarter(Quarter(row.year, row.quarter))

    @admin.display(description=gettext_lazy("Applies in"))
    def applies_in(self, row: MarketValue) -> str:
        return findings.quarter(_value(row).applies_in) if row.pk else wording.NOTHING

    @admin.display(description=gettext_lazy("Average, % p.a."), ordering="average")
    def market_average(self, row: MarketValue) -> str:
        return wording.decimal(row.average)

    @admin.display(description=gettext_lazy("Ceiling, % p.a."))
    def ceiling(self, row: MarketValue) -> str:
        if not row.pk:
            return wording.NOTHING
        return wording.decimal(_value(row).ceiling) if row.applied else _("not applied")


def _bands(row: MarketValue) -> tuple[str, str]:
    amounts = (
        _("above %(end)s") % {"end": wording.money(row.amount_above)} if row.amount_above is not None else "",
        _("up to %(amount)s") % {"amount": wording.money(row.amount_to)} if row.amount_to is not None else "",
    )
    terms = (
        _("above %(end)s") % {"end": _months(row.months_above)} if row.months_above is not None else "",
        _("up to %(amount)s") % {"amount": _months(row.months_to)} if row.months_to is not None else "",
    )
    return " ".join(filter(None, amounts)), " ".join(filter(None, terms))


def _months(count: int) -> str:
    return wording.months(Range(count, count))


@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, admin_site: admin.AdminSite) -> HttpResponse:
    if not request.user.has_perm("offers.add_marketvalue") or not request.user.has_perm("offers.change_marketvalue"):
        raise PermissionDenied
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = market.load(market.read(form.cleaned_data["file"].read(market.MAX_BYTES + 1)))
        except market.BadTable as bad:
            for problem in bad.problems:
                form.add_error("file", problem)
        else:
            told = _("Rows added: %(added)d, set anew: %(changed)d. They hold once they are published.")
            messages.success(request, told % {"added": made.added, "changed": made.changed})
            return redirect("admin:offers_marketvalue_changelist")
    context = {
        **admin_site.each_context(request),
        "title": _("Take in the table of the Bank of Russia"),
        "form": form,
        "columns": market.COLUMNS,
    }
    return render(request, "offers/ceilings_import.html", context)
