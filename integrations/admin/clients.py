"""Clients, as administrators keep them. A secret is in the very answer in which it was made, and nowhere else."""

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from integrations import clients, networks, trials
from integrations.clients import Issued
from integrations.models import Client, Scope, Secret, TrialPhone, first_scopes
from integrations.networks import BadNetwork
from offers import wording
from offers.admin.theme import ModelAdmin


class NetworksField(forms.CharField):
    """Networks, one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = value if isinstance(value, list) else str(value or "").split()
        return list(dict.fromkeys(map(_network, lines)))


def _network(text: str) -> str:
    try:
        return networks.read(text)
    except BadNetwork as refusal:
        if refusal.meant:
            meant = _("%(network)s is no network: %(meant)s is meant?") % {"network": text, "meant": refusal.meant}
            raise ValidationError(meant) from None
        raise ValidationError(
            _("%(network)s is no network: write one such as 192.0.2.0/24 or 2001:db8::/32.") % {"network": text}
        ) from None


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such class at run time
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("may"),
        choices=Scope.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=first_scopes,
    )
    networks = NetworksField(
        label=gettext_lazy("networks"),
        required=False,
        help_text=gettext_lazy("Where it may call from, one network a line, such as 192.0.2.0/24. Empty: anywhere."),
    )

    def clean_id(self) -> str:
        client_id: str = self.cleaned_data["id"]
        try:
            clients.check_id(client_id)
        except clients.BadClientId as refusal:
            raise ValidationError(str(refusal)) from None
        return client_id


class PeriodForm(forms.ModelForm):  # type: ignore[type-arg]
    """In Moscow time."""

    class Meta:
        model = Secret
        fields = ("valid_from", "valid_until")
        widgets = {  # noqa: RUF012  (Django's own form)
            name: UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}) for name in fields
        }


class PhoneInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # the theme has no types
    """What was typed is not shown again."""

    def format_value(self, value: Any) -> None:
        return None


class PhoneForm(forms.Form):
    """A phone that a client on trial gets a settled answer for."""

    phone = forms.CharField(
        label=gettext_lazy("phone"),
        max_length=40,
        widget=PhoneInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
        help_text=gettext_lazy(
            "Ten digits, with or without +7 or 8. It is kept as a keyed hash and never shown again."
        ),
    )
    answer = forms.ChoiceField(
        label=gettext_lazy("is answered as"), choices=TrialPhone.Answer, widget=UnfoldAdminSelectWidget
    )


@admin.register(Client)
class ClientAdmin(ModelAdmin):
    """Made with a first secret, switched off and on, a secret replaced. Never deleted.

    Whoever were given the name of a deleted client would be taken for it by its enquiries and the journal.
    """

    form = ClientForm
    list_display = ("id", "active", "on_trial", "allowed", "made_at")
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if not obj:
            return ("id", "scopes")
        phones = ("its_phones",) if obj.on_trial else ()
        return (
            "id",
            "active",
            "scopes",
            "networks",
            "rate",
            "burst",
            "on_trial",
            *phones,
            "made_at",
            "its_secrets",
            "its_tokens",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("id", "its_phones", "made_at", "its_secrets", "its_tokens") if obj else ()

    def get_urls(self) -> list[URLPattern]:
        replace = path(
            "<path:client_id>/secrets/<int:slot>/",
            self.admin_site.admin_view(self.replace_secret),
            name="integrations_client_replace_secret",
        )
        period = path(
            "<path:client_id>/secrets/<int:slot>/period/",
            self.admin_site.admin_view(self.change_period),
            name="integrations_client_secret_period",
        )
        revoke = path(
            "<path:client_id>/tokens/",
            self.admin_site.admin_view(self.revoke_tokens),
            name="integrations_client_revoke_tokens",
        )
        phones = path(
            "<path:client_id>/phones/", self.admin_site.admin_view(self.phones), name="integrations_client_phones"
        )
        remove = path(
            "<path:client_id>/phones/<int:phone_id>/",
            self.admin_site.admin_view(self.remove_phone),
            name="integrations_client_remove_phone",
        )
        return [period, replace, revoke, phones, remove, *super().get_urls()]

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
        client = self._client(request, client_id)
        if slot not in Secret.Slot.values:
            raise Http404
        if request.method != "POST":
            title = _("Replace a secret of %(client)s") % {"client": client_id}
            question = _(
                "The secret of %(client)s in slot %(slot)s will be refused within a second; the other one still "
                "serves. The new secret is shown once, on the next page."
            ) % {"client": client_id, "slot": slot}
            return self._ask(request, client, title=title, question=question, yes=_("Replace the secret"))
        issued = clients.replace_secret(client_id, slot)
        self.log_change(request, client, _("The secret in slot %(slot)d was replaced.") % {"slot": slot})
        return self._show(request, issued)

    def change_period(self, request: HttpRequest, client_id: str, slot: int) -> HttpResponse:
        """From when and until when a secret is valid."""
        client = self._client(request, client_id)
        secret = get_object_or_404(Secret, client=client, slot=slot)
        form = PeriodForm(request.POST or None, instance=secret)
        if request.method == "POST" and form.is_valid():
            clients.set_period(client_id, slot, form.cleaned_data["valid_from"], form.cleaned_data["valid_until"])
            self.log_change(request, client, _("The period of the secret in slot %(slot)d was set.") % {"slot": slot})
            return HttpResponseRedirect(reverse("admin:integrations_client_change", args=(client_id,)))
        title = _("When a secret of %(client)s is valid") % {"client": client_id}
        return self._page(request, "integrations/secret_period.html", title=title, client=client, form=form)

    def revoke_tokens(self, request: HttpRequest, client_id: str) -> HttpResponse:
        """Ask whether to revoke the access tokens, and do it when told so."""
        client = self._client(request, client_id)
        if request.method != "POST":
            title = _("Revoke the access tokens of %(client)s") % {"client": client_id}
            question = _(
                "All access tokens that %(client)s has got so far will be refused within a second. Its secrets still "
                "serve, and it can get new tokens for them."
            ) % {"client": client_id}
            return self._ask(request, client, title=title, question=question, yes=_("Revoke the access tokens"))
        clients.revoke_tokens(client_id)
        self.log_change(request, client, _("All access tokens were revoked."))
        done = _("The access tokens of %(client)s are refused within a second.") % {"client": client_id}
        self.message_user(request, done)
        return redirect("admin:integrations_client_change", client_id)

    @method_decorator(sensitive_post_parameters("phone"))
    def phones(self, request: HttpRequest, client_id: str) -> HttpResponse:
        """The phones of a client on trial, and one more."""
        client = self._client(request, client_id)
        form = PhoneForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                named = trials.name_phone(client_id, form.cleaned_data["phone"], form.cleaned_data["answer"])
            except trials.BadPhone as refusal:
                form.add_error("phone", str(refusal))
            else:
                told = {"answer": named.get_answer_display()}
                self.log_change(request, client, _("A phone that tests was named: %(answer)s.") % told)
                return redirect("admin:integrations_client_phones", client_id)
        title = _("Phones with which %(client)s tests") % {"client": client_id}
        named_phones = client.trial_phones.all()
        return self._page(
            request, "integrations/trial_phones.html", title=title, client=client, form=form, phones=named_phones
        )

    @method_decorator(require_POST)
    def remove_phone(self, request: HttpRequest, client_id: str, phone_id: int) -> HttpResponse:
        client = self._client(request, client_id)
        phone = get_object_or_404(TrialPhone, client=client, id=phone_id)
        phone.delete()
        told = {"answer": phone.get_answer_display()}
        self.log_change(request, client, _("A phone that tests was removed: %(answer)s.") % told)
        return redirect("admin:integrations_client_phones", client_id)

    def _client(self, request: HttpRequest, client_id: str) -> Client:
        client = self.get_object(request, client_id)
        if client is None:
            raise Http404
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return cast(Client, client)

    def _ask(self, request: HttpRequest, client: Client, **asked: str) -> HttpResponse:
        return self._page(request, "integrations/confirm.html", client=client, **asked)

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
        present = {secret.slot: secret for secret in client.secrets.all()}
        return format_html_join(
            "",
            '<p class="mb-2">{}: {} · {}</p>',
            ((*_told(slot, present.get(slot.value)), _links(client, slot, present)) for slot in Secret.Slot),
        )

    @admin.display(description=gettext_lazy("access tokens"))
    def its_tokens(self, client: Client) -> SafeString:
        return _link(reverse("admin:integrations_client_revoke_tokens", args=(client.id,)), _("revoke all"))

    @admin.display(description=gettext_lazy("phones that test"))
    def its_phones(self, client: Client) -> SafeString:
        address = reverse("admin:integrations_client_phones", args=(client.id,))
        return format_html(
            "{}<p>{}</p>",
            format_html_join("", '<p class="mb-2">{}</p>', ((str(phone),) for phone in client.trial_phones.all())),
            _link(address, _("name or remove phones")),
        )


def _told(slot: Secret.Slot, secret: Secret | None) -> tuple[str, str]:
    if secret is None:
        return str(slot.label), _("none")
    return str(
        slot.label
    ), f"{wording.moment(secret.made_at)}, {wording.validity(secret.valid_from, secret.valid_until)}"


def _links(client: Client, slot: Secret.Slot, present: Collection[int]) -> SafeString:
    pages = {"integrations_client_replace_secret": _("replace") if slot in present else _("make")}
    if slot in present:
        pages["integrations_client_secret_period"] = _("when it is valid")
    links = (_link(reverse(f"admin:{page}", args=(client.id, slot.value)), text) for page, text in pages.items())
    return format_html_join(" · ", "{}", ((link,) for link in links))


def _link(address: str, text: str) -> SafeString:
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', address, text)
