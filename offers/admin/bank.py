"""The bank: one row, so no list of it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from offers.admin.fields import DecimalField
from offers.admin.theme import ModelAdmin
from offers.models import Bank

ONLY = 1


@admin.register(Bank)
class BankAdmin(ModelAdmin):
    fields = ("name", "only_warn_of_ceilings", "ceiling_margin")
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.DecimalField: {"form_class": DecimalField, "widget": DecimalField.widget},
    }

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        if Bank.objects.exists():
            return redirect("admin:offers_bank_change", ONLY)
        if self.has_add_permission(request):
            return redirect("admin:offers_bank_add")
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may rename the bank may name it first."""
        return bool(super().has_change_permission(request)) and not Bank.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Bank | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Bank, form: object, change: bool) -> None:  # noqa: FBT001
        obj.pk = ONLY
        super().save_model(request, obj, form, change)
