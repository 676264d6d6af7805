"""The bank: one row, so no list of it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from offers.admin.fields import DecimalField, LinesField
from offers.admin.theme import ModelAdmin
from offers.models import Bank

ONLY = 1
ADDRESSES = ("link_hosts", "app_schemes")


@admin.register(Bank)
class BankAdmin(ModelAdmin):
    fields = ("name", "only_warn_of_ceilings", "ceiling_margin", "link_hosts", "app_schemes")
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.DecimalField: {"form_class": DecimalField, "widget": DecimalField.widget},
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> forms.Field | None:
        if isinstance(db_field, ArrayField):
            return LinesField.of(db_field)
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **options)
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Bank | None = None) -> Any:
        """Where links may lead is said by administrators, not by those who write the links."""
        return () if request.user.has_perm("offers.set_addresses") else ADDRESSES

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
