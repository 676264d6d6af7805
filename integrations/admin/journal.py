"""The journal as analysts read it. Nobody writes here, administrators neither.

The table grows without end, so nothing on these pages counts it, sorts it by other than its index, or asks it which
values it holds.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.filters import ChoicesFieldListFilter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from integrations import privacy
from integrations.admin import analytics, proof
from integrations.admin.filters import (
    FROM,
    ID,
    PHONE,
    TO,
    AmountFilter,
    ClientFilter,
    IdFilter,
    PeriodFilter,
    PhoneFilter,
    ReasonFilter,
    ReleaseFilter,
    StatusFilter,
    TermFilter,
)
from integrations.admin.keyset import BEFORE, JournalChangeList
from integrations.analytics import derive
from integrations.models import DecisionCode, JournalEntry
from integrations.templatetags import answers
from offers import wording
from offers.admin.theme import ReadOnlyAdmin, label

PER_PAGE = 50


def wanted(text: str) -> dict[str, str] | None:
    """What was typed into the search, as parameters that may stand in an address: a phone number only as its hash."""
    text = text.strip()
    try:
        return {ID: str(UUID(text))}
    except ValueError:
        pass
    if phone := privacy.read_phone(text):
        return {PHONE: privacy.hash_phone(phone, settings.PHONE_KEY.secret).hex()}
    return None


def _text(title: Any, field: str | None = None) -> Callable[[Any], Any]:
    """A column or a field of the page under this title."""
    return admin.display(description=title, ordering=field)


@admin.register(JournalEntry)
class JournalAdmin(ReadOnlyAdmin):
    list_display = (
        "received",
        "kind",
        "client",
        "product_type",
        "rubles",
        "term",
        "phone_mask",
        "decided",
        "status",
        "latency",
        "search_id",
    )
    list_filter = (
        PhoneFilter,
        IdFilter,
        PeriodFilter,
        ("decision", ChoicesFieldListFilter),
        ("product_type", ChoicesFieldListFilter),
        AmountFilter,
        TermFilter,
        ReasonFilter,
        StatusFilter,
        ClientFilter,
        ReleaseFilter,
        ("kind", ChoicesFieldListFilter),
    )
    list_per_page = PER_PAGE
    list_fullwidth = True
    empty_value_display = wording.NOTHING
    sortable_by = ()
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    actions = None
    fieldsets = (
        (gettext_lazy("Request"), {"fields": ("received", "kind", "client", "remote_addr", "method", "path")}),
        (
            gettext_lazy("What was asked"),
            {"fields": ("search_id", "product_type", "rubles", "term", "phone_mask")},
        ),
        (
            gettext_lazy("Decision"),
            {"fields": ("decision", "release", "decided_moment", "repeated", "offers_and_reasons")},
        ),
        (gettext_lazy("Answer"), {"fields": ("status", "latency", "request_id", "answer_text")}),
        (
            gettext_lazy("What is kept of the request, and how"),
            {
                "fields": (
                    "sealed",
                    "request_length",
                    "seal_key",
                    "phone_hash_text",
                    "phone_key",
                    "salt_text",
                    "commitment_text",
                )
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [str(name) for _title, options in self.fieldsets for name in options["fields"]]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[JournalChangeList]:
        return JournalChangeList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the filters ask; anything else would search the table without an index."""
        return lookup.partition("__")[0] in {
            BEFORE, PHONE, ID, FROM, TO, "decision", "status", "product_type", "kind", "client", "amount", "term",
            "reason", "release",
        }  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        find = path("find/", self.admin_site.admin_view(self.find), name="integrations_journalentry_find")
        return [find, *analytics.urls(self), *proof.urls(self), *super().get_urls()]

    @method_decorator([require_POST, sensitive_post_parameters("wanted")])
    def find(self, request: HttpRequest) -> HttpResponse:
        """Search. By POST, since what is typed into a search by GET stands in addresses, histories and logs."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = wanted(request.POST.get("wanted", ""))
        if found is None:
            messages.warning(request, _("Type a search_id, a request id, or a phone number of ten digits."))
        page = reverse("admin:integrations_journalentry_changelist")
        return redirect(f"{page}?{urlencode(found)}" if found else page)

    @_text(gettext_lazy("received"))
    def received(self, entry: JournalEntry) -> str:
        return formats.date_format(timezone.localtime(entry.received_at), "d.m.Y\N{NO-BREAK SPACE}H:i:s")

    @_text(gettext_lazy("amount"))
    def rubles(self, entry: JournalEntry) -> str | None:
        return None if entry.amount is None else wording.money(entry.amount)

    @label(
        description=gettext_lazy("decision"),
        colours={DecisionCode.HAS_APPROVE.value: "success", DecisionCode.REJECTED.value: "warning"},
    )
    def decided(self, entry: JournalEntry) -> tuple[str, str] | None:
        return (entry.decision, entry.get_decision_display()) if entry.decision else None

    @_text(gettext_lazy("latency, ms"))
    def latency(self, entry: JournalEntry) -> str:
        return formats.number_format(entry.latency_us / 1000, 1)

    @_text(gettext_lazy("moment of the decision"))
    def decided_moment(self, entry: JournalEntry) -> str | None:
        return timezone.localtime(entry.decided_at).isoformat(sep=" ") if entry.decided_at else None

    @_text(gettext_lazy("offers and reasons"))
    def offers_and_reasons(self, entry: JournalEntry) -> str | None:
        if entry.reasons is None or entry.release is None:
            return None
        rows = [(line.code, line.sentence, line.missed_by) for line in derive.explained(entry)]
        return _table([_("offer"), _("what became of it"), _("missed")], rows)

    @_text(gettext_lazy("answer"))
    def answer_text(self, entry: JournalEntry) -> SafeString:
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', answers.readable(entry.answer))

    @_text(gettext_lazy("request"))
    def sealed(self, entry: JournalEntry) -> str:
        if entry.request_sealed is None:
            return _("not kept")
        return _("sealed, %(bytes)d bytes") % {"bytes": len(entry.request_sealed)}

    @_text(gettext_lazy("phone's keyed hash"))
    def phone_hash_text(self, entry: JournalEntry) -> str | None:
        return _hex(entry.phone_hash)

    @_text(gettext_lazy("salt"))
    def salt_text(self, entry: JournalEntry) -> str | None:
        return _hex(entry.salt)

    @_text(gettext_lazy("commitment"))
    def commitment_text(self, entry: JournalEntry) -> str | None:
        return _hex(entry.commitment)


def _hex(value: Any) -> str | None:
    return None if value is None else bytes(value).hex()


def _table(headers: list[str], rows: Sequence[tuple[str, ...]]) -> str:
    return render_to_string("integrations/table.html", {"table": {"headers": headers, "rows": rows}})
