"""What the product manager pastes, writes and asks to connect to Yandex, and notes of how far that has come."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations import connection
from integrations.connection import Letter
from integrations.models import ConnectionStep
from offers.admin.theme import ModelAdmin

Stage = ConnectionStep.Stage
COLOURS = {Stage.NOTHING: "info", Stage.WRITTEN: "warning", Stage.CHECKED: "warning", Stage.ACTIVE: "success"}


class StepForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such class at run time
    class Meta:
        model = ConnectionStep
        fields = ("product_type", "stage", "note")
        widgets = {  # noqa: RUF012  (Django's own form of it)
            "product_type": forms.HiddenInput,
            "stage": UnfoldAdminSelectWidget,
            "note": UnfoldAdminTextInputWidget,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A product's part of the page."""

    letter: Letter
    steps: list[ConnectionStep]
    form: StepForm

    @property
    def title(self) -> str:
        return connection.title(self.letter.product)

    @property
    def stage(self) -> Stage:
        return Stage(self.steps[0].stage) if self.steps else Stage.NOTHING

    @property
    def colour(self) -> str:
        return COLOURS[self.stage]


@admin.register(ConnectionStep)
class ConnectionAdmin(ModelAdmin):
    """One page. What was noted is never changed: what holds is noted anew."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return redirect("admin:integrations_connectionstep_changelist")

    def changeform_view(self, request: HttpRequest, *_arguments: Any, **_more: Any) -> HttpResponse:
        return redirect("admin:integrations_connectionstep_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._note(request)
        return self._show(request)

    def _note(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = StepForm(request.POST, prefix=request.POST.get("product"))
        if not form.is_valid():
            return self._show(request, refused=form)
        form.instance.noted_by = request.user.get_username()
        self.log_addition(request, form.save(), [{"added": {}}])
        messages.success(request, _("Noted."))
        return redirect("admin:integrations_connectionstep_changelist")

    def _show(self, request: HttpRequest, refused: StepForm | None = None) -> HttpResponse:
        parts = [self._part(letter, refused) for letter in connection.letters()]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Connection to Yandex"),
            "parts": parts,
            "address": connection.address(),
            "client_ids": connection.client_ids(),
            "on_trial": connection.client_ids(on_trial=True),
            "may_note": self.has_add_permission(request),
            "may_see_clients": request.user.has_perm("integrations.view_client"),
        }
        return TemplateResponse(request, "integrations/connection.html", context)

    def _part(self, letter: Letter, refused: StepForm | None) -> Part:
        product = letter.product
        initial = {"product_type": product.value}
        steps = connection.steps(product)
        if steps:
            initial["stage"] = steps[0].stage
        mine = refused if refused and refused.prefix == product.value else None
        return Part(letter, steps, mine or StepForm(initial=initial, prefix=product.value))
