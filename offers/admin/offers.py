"""Loans and credit cards: lists and forms."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from offers import editing, powers, releases, timeline, wording
from offers.admin import meanwhile
from offers.admin.bulk import change_many
from offers.admin.fields import DecimalField, LinesField
from offers.admin.forms import CreditCardForm, LoanForm
from offers.admin.soundness import Told, needing_attention, tell_after_saving
from offers.admin.theme import ModelAdmin, header, label
from offers.domain.catalogue import Range
from offers.domain.fees import Charged
from offers.models import CreditCard, Loan, Offer
from offers.releases import State

COLOURS = {
    State.DRAFT.value: "info",
    State.CHANGED.value: "warning",
    State.LIVE.value: "success",
    State.PAUSED.value: "danger",
    State.SCHEDULED.value: "primary",
    State.ENDED.value: "danger",
    State.ARCHIVED.value: "default",
}


class StateFilter(admin.SimpleListFilter):
    """By what Yandex sees. Unless asked for, the archive stays closed."""

    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(wording.STATES.items())

    def queryset(self, _request: HttpRequest, queryset: models.QuerySet[Offer]) -> models.QuerySet[Offer]:
        live, now = timeline.live_content(), timezone.now()
        if self.value() is None:
            return queryset.exclude(models.Q(archived=True) & ~models.Q(code__in=[offer.code for offer in live]))
        coming = timeline.latest(live)
        fitting = [row.pk for row in queryset if releases.state(row, live, now, coming) == self.value()]
        return queryset.filter(pk__in=fitting)

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything, *others = super().choices(changelist)
        yield {**everything, "display": _("All but the archive")}
        yield from others


class OfferAdmin(ModelAdmin):
    search_fields = ("name", "code")
    list_filter = (StateFilter,)
    ordering = ("position", "code")
    actions = ("change_many",)
    list_fullwidth = True
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    warn_unsaved_form = True
    compressed_fields = True
    delete_confirmation_template = "offers/discard.html"
    change_list_template = "offers/list.html"
    change_form_template = "offers/form.html"
    change_form_outer_after_template = "offers/beside.html"
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.DecimalField: {"form_class": DecimalField, "widget": DecimalField.widget},
        models.URLField: {"assume_scheme": "https"},
    }

    terms: ClassVar[tuple[Any, ...]]
    identity: ClassVar[tuple[Any, ...]] = (
        pgettext_lazy("fields of an offer", "What it is"),
        {"fields": ("name", ("code", "position"))},
    )
    cost: ClassVar[tuple[Any, ...]] = (
        gettext_lazy("Full cost (the Russian ПСК) and rate"),
        {"fields": (("total_cost_min", "total_cost_max"), ("rate_min", "rate_max"))},
    )
    fees: ClassVar[tuple[Any, ...]] = (
        gettext_lazy("Fees"),
        {
            "description": gettext_lazy(
                "A fixed sum, a share of the amount, or both; for all amounts, or for those from and to what is named."
            ),
            "fields": tuple(
                names
                for fee in (f"fee_{charged.value}" for charged in Charged)
                for names in ((fee, f"{fee}_share"), (f"{fee}_from", f"{fee}_to"))
            ),
            "classes": ("collapse",),
        },
    )
    insurance: ClassVar[tuple[Any, ...]] = (
        gettext_lazy("Insurance on which the rate depends"),
        {
            "fields": (
                ("insurance_premium", "insurance_premium_share"),
                ("insurance_charged", "insurance_surcharge"),
            ),
            "classes": ("collapse",),
        },
    )
    conditions: ClassVar[tuple[Any, ...]] = (
        gettext_lazy("Documents and conditions"),
        {"fields": ("required_documents", "choosable_documents", "special_conditions")},
    )
    links: ClassVar[tuple[Any, ...]] = (gettext_lazy("Links"), {"fields": ("link", "counted_link", "deep_link")})

    def get_urls(self) -> list[URLPattern]:
        page = path("many/", self.admin_site.admin_view(change_many), {"face": self}, name=self._many)
        return [page, *super().get_urls()]

    @property
    def _many(self) -> str:
        return f"offers_{self.opts.model_name}_many"

    def get_actions(self, request: HttpRequest) -> Any:
        """Deletion is asked one by one: what was published goes to the archive."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @admin.action(description=gettext_lazy("Change the ticked offers"), permissions=["change"])
    def change_many(self, _request: HttpRequest, queryset: models.QuerySet[Offer]) -> HttpResponse:
        ticked = urlencode({"code": list(queryset.values_list("code", flat=True))}, doseq=True)
        return redirect(f"{reverse(f'admin:{self._many}')}?{ticked}")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Of a copy: all that the other offer says, but for its code."""
        copied = request.GET.get("copy", "")
        row = self.get_object(request, copied) if copied else None
        if row is None:
            return super().get_changeform_initial_data(request)
        terms = {field.name: getattr(row, field.name) for field in Offer._meta.concrete_fields}
        return {**terms, "code": "", "name": _("%(name)s (copy)") % {"name": row.name}}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> forms.Field | None:
        if isinstance(db_field, ArrayField):
            return LinesField.of(db_field)
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **options)
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Offer | None = None) -> Any:
        """What is in the archive can be taken out of it; nothing is put there by hand."""
        validity = ("valid_from", "valid_until", *(("archived",) if obj and obj.archived else ()))
        times = gettext_lazy("Moscow time. Empty: from the publication on, without an end.")
        return (
            self.identity,
            *self.terms,
            self.conditions,
            self.links,
            (gettext_lazy("Validity"), {"fields": validity, "description": times}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Offer | None = None) -> Any:
        """A published code stands in links and in past answers."""
        return ("code",) if obj and releases.ever_published(obj.code) else ()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        live, now = timeline.live_content(), timezone.now()
        coming = timeline.latest(live)
        rows = list(changelist.result_list)
        found = needing_attention(rows, now)
        for row in rows:
            row.state, row.attention = releases.state(row, live, now, coming), found[row.code]
        changelist.result_list = rows
        if any(found.values()):
            changelist.list_display = list(changelist.list_display)
            changelist.list_display.insert(changelist.list_display.index("stands") + 1, "attention")
        return changelist

    @label(description=gettext_lazy("State"), colours=COLOURS)
    def stands(self, row: Any) -> tuple[str, Any]:
        return row.state.value, wording.STATES[row.state]

    @label(description=gettext_lazy("Attention"), colours={"error": "danger", "asks": "warning"})
    def attention(self, row: Any) -> tuple[str, Any] | None:
        """What stands against its publication, or must be answered for."""
        told: list[Told] = row.attention
        if not told:
            return None
        count = {"count": len(told)}
        if told[0].kind == "error":
            return "error", ngettext("%(count)d problem", "%(count)d problems", len(told)) % count
        return "asks", ngettext("%(count)d warning", "%(count)d warnings", len(told)) % count

    @header(description=gettext_lazy("Offer"), ordering="name")
    def offer(self, row: Offer) -> tuple[str, str]:
        return row.name, row.code

    @admin.display(description=gettext_lazy("Amount, ₽"), ordering="amount_max")
    def amount(self, row: Offer) -> str:
        return wording.number_range(Range(row.amount_min, row.amount_max))

    @admin.display(description=gettext_lazy("Term, months"), ordering="term_max")
    def term(self, row: Offer) -> str:
        return wording.whole_range(Range(row.term_min or 0, row.term_max or 0))

    @admin.display(description=gettext_lazy("Full cost, % p.a."), ordering="total_cost_min")
    def total_cost(self, row: Offer) -> str:
        return wording.decimal_range(Range(row.total_cost_min, row.total_cost_max))

    @admin.display(description=gettext_lazy("Rate, % p.a."), ordering="rate_min")
    def rate(self, row: Offer) -> str:
        return wording.decimal_range(Range(row.rate_min, row.rate_max))

    @admin.display(description=gettext_lazy("Grace period"), ordering="grace_period")
    def grace(self, row: Offer) -> str:
        return wording.days(row.grace_period or 0)

    @admin.display(description=gettext_lazy("Validity"), ordering="valid_from")
    def validity(self, row: Offer) -> str:
        return wording.validity(row.valid_from, row.valid_until)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        extra = {
            "may_publish": powers.may_publish(request.user),
            "may_ask": powers.may_ask(request.user),
            "may_pause": request.user.has_perm(powers.PAUSE),
            "show_save_and_add_another": False,
            "show_delete": False,
            "beside_face": self.opts.model_name,
        }
        context = {**(extra_context or {}), **extra}
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except editing.Superseded:  # in this very moment: the form, filled anew, finds it
            return super().changeform_view(request, object_id, form_url, context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        row = context["original"]
        if row is not None:
            live = timeline.live_content()
            context |= {
                "seen": meanwhile.version_of(context["adminform"].form),
                "is_live": live.get(row.code) is not None,
                "is_paused": row.code in live.paused,
            }
        return super().render_change_form(request, context, *args, **options)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Of all offers there is one history; this is the part that tells of this one."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise PermissionDenied
        return redirect(f"{reverse('admin:offers_edit_changelist')}?{urlencode({'q': row.code})}")

    def save_model(self, request: HttpRequest, obj: Offer, form: Any, change: bool) -> None:  # noqa: FBT001
        editing.save(obj, author=powers.name_of(request))
        tell_after_saving(request, obj)

    def response_add(self, request: HttpRequest, obj: Offer, post_url_continue: str | None = None) -> HttpResponse:
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        return self._to_publication(request, obj) or response

    def response_change(self, request: HttpRequest, obj: Offer) -> HttpResponse:
        response: HttpResponse = super().response_change(request, obj)
        return self._to_publication(request, obj) or response

    def _to_publication(self, request: HttpRequest, obj: Offer) -> HttpResponseRedirect | None:
        may = powers.may_publish(request.user) or powers.may_ask(request.user)
        if "_publish" not in request.POST or not may:
            return None
        return redirect(f"{reverse('admin:offers_publish')}?{urlencode({'only': obj.code})}")

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        row = self.get_object(request, object_id)
        extra = {"archives": row is not None and releases.ever_published(row.code)}
        try:
            return super().delete_view(request, object_id, {**(extra_context or {}), **extra})
        except releases.Busy as busy:
            messages.error(request, wording.refusal(busy))
            return redirect(request.get_full_path())

    def delete_model(self, request: HttpRequest, obj: Offer) -> None:
        editing.discard(obj, author=powers.name_of(request))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        if Offer.objects.filter(pk=obj_id).exists():
            told = _("“%(offer)s” is in the archive. Yandex sees it until this is published.")
        else:
            told = _("“%(offer)s” is deleted. It was never published.")
        messages.success(request, told % {"offer": obj_display})
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Nothing hangs on an offer; the question is asked by our own page."""
        return [], {}, set() if self.has_delete_permission(request) else {self.opts.verbose_name}, []


@admin.register(Loan)
class LoanAdmin(OfferAdmin):
    form = LoanForm
    list_display = ("offer", "stands", "amount", "term", "total_cost", "rate", "validity")
    terms = (
        (
            gettext_lazy("Amount and term"),
            {"fields": (("amount_min", "amount_max"), ("term_min", "term_max"))},
        ),
        OfferAdmin.cost,
        (gettext_lazy("Repayment"), {"fields": (("repayment", "interest_basis"),)}),
        OfferAdmin.fees,
        OfferAdmin.insurance,
        (
            gettext_lazy("Who is shown it"),
            {
                "description": gettext_lazy(
                    "An offer can be shown to more people than ask within its ranges: they are offered the nearest "
                    "amount and term that it allows."
                ),
                "fields": (("shown_amount_min", "shown_amount_max"), ("shown_term_min", "shown_term_max")),
            },
        ),
    )


@admin.register(CreditCard)
class CreditCardAdmin(OfferAdmin):
    form = CreditCardForm
    list_display = ("offer", "stands", "amount", "grace", "total_cost", "rate", "validity")
    terms = (
        (
            gettext_lazy("Limit and repayment"),
            {"fields": (("amount_min", "amount_max"), ("grace_period", "minimum_payment"))},
        ),
        OfferAdmin.cost,
        (
            gettext_lazy("What the full cost is counted on"),
            {
                "fields": (
                    ("cost_term", "minimum_payment_floor"),
                    ("interest_basis", "cash_rate"),
                    ("cash_fee", "cash_fee_share"),
                ),
            },
        ),
        OfferAdmin.fees,
        OfferAdmin.insurance,
        (
            gettext_lazy("Who is shown it"),
            {
                "description": gettext_lazy(
                    "A card can be shown to more people than ask within its limits: they are offered the nearest limit."
                ),
                "fields": (("shown_amount_min", "shown_amount_max"),),
            },
        ),
    )
