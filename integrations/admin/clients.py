"""Clients, as administrators keep them. A secret is in the very answer in which it was made, and nowhere else."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from integrations import clients
from integrations.clients import Issued
from integrations.models import Client, Scope, Secret, first_scopes
from offers import wording
from offers.admin.theme import ModelAdmin


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such class at run time
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("may"),
        choices=Scope.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=first_scopes,
    )

    def clean_id(self) -> str:
        client_id: str = self.cleaned_data["id"]
        try:
            clients.check_id(client_id)
        except clients.BadClientId as refusal:
            raise ValidationError(str(refusal)) from None
        return client_id


@admin.register(Client)
class ClientAdmin(ModelAdmin):
    """Made with a first secret, switched off and on, a secret replaced. Never deleted.

    Whoever were given the name of a deleted client would be taken for it by its enquiries and the journal.
    """

    form = ClientForm
    list_display = ("id", "active", "allowed", "made_at")
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("id", "active", "scopes", "made_at", "its_secrets") if obj else ("id", "scopes")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("id", "made_at", "its_secrets") if obj else ()

    def get_urls(self) -> list[URLPattern]:
        replace = path(
            "<path:client_id>/secrets/<int:slot>/",
            self.admin_site.admin_view(self.replace_secret),
            name="integrations_client_replace_secret",
        )
        return [replace, *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """One way to save: a client just made is followed by its secret, never by the form for another."""
        one_way = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **one_way})

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:  # noqa: FBT001  (Django's signature)
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.issued = clients.issue(obj.id, scopes=obj.scopes)  # type: ignore[attr-defined]  # on its way to the answer

    def response_add(self, request: HttpRequest, obj: Client, post_url_continue: Any = None) -> HttpResponse:
        """The secret is shown here and now: a redirect would have to carry or keep it."""
        return self._show(request, obj.issued)  # type: ignore[attr-defined]

    def replace_secret(self, request: HttpRequest, client_id: str, slot: int) -> HttpResponse:
        """Ask whether to replace the secret; when told so, show the new one."""
        client = self.get_object(request, client_id)
        if client is None or slot not in Secret.Slot.values:
            raise Http404
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        if request.method != "POST":
            title = _("Replace a secret of %(client)s") % {"client": client_id}
            return self._page(request, "integrations/replace_secret.html", title=title, client=client, slot=slot)
        issued = clients.replace_secret(client_id, slot)
        self.log_change(request, client, _("The secret in slot %(slot)d was replaced.") % {"slot": slot})
        return self._show(request, issued)

    def _show(self, request: HttpRequest, issued: Issued) -> HttpResponse:
        title = _("The secret of %(client)s") % {"client": issued.client_id}
        return self._page(request, "integrations/secret.html", title=title, issued=issued)

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )

    @admin.display(description=gettext_lazy("may"))
    def allowed(self, client: Client) -> str:
        return ", ".join(str(Scope(scope).label) for scope in client.scopes if scope in Scope.values)

    @admin.display(description=gettext_lazy("secrets"))
    def its_secrets(self, client: Client) -> SafeString:
        made = dict(client.secrets.values_list("slot", "made_at"))
        return format_html_join(
            "",
            '<p class="mb-2">{}: {} · <a class="text-primary-600 underline" href="{}">{}</a></p>',
            (
                (
                    slot.label,
                    wording.moment(made[slot]) if slot in made else _("none"),
                    reverse("admin:integrations_client_replace_secret", args=(client.id, slot.value)),
                    _("replace") if slot in made else _("make"),
                )
                for slot in Secret.Slot
            ),
        )
