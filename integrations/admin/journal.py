"""The journal as analysts read it. Nobody writes here, administrators neither.

The table grows without end, so nothing on these pages counts it, sorts it by other than its index, or asks it which
values it holds.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.filters import ChoicesFieldListFilter, DateFieldListFilter, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
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
from psycopg.errors import QueryCanceled

from integrations import privacy
from integrations.models import Client, DecisionCode, JournalEntry
from offers import catalogue, reasons, wording
from offers.admin.theme import ModelAdmin, label
from offers.models import Release

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PER_PAGE = 50
STATUSES = (200, 400, 403, 404, 405, 413, 415, 500, 503)
# No Client ID looks so.
NOBODY = "-"
BEFORE, PHONE, ID = "before", "phone", "id"
# Lists read none of these.
HEAVY = ("phone_hash", "request_sealed", "answer", "salt", "commitment", "reasons")
# A Russian number as people write it, with or without the country's code.
PHONE_NUMBER = re.compile(r"(?:\+?7|8)?([0-9]{10})", re.ASCII)
PHONE_PUNCTUATION = re.compile(r"[\s()-]")


class StatusFilter(SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(status), str(status)) for status in STATUSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(status=value) if value in map(str, STATUSES) else queryset.none()


class ClientFilter(SimpleListFilter):
    title = gettext_lazy("client")
    parameter_name = "client"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((client, client) for client in Client.objects.values_list("id", flat=True)), (NOBODY, _("refused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(client=None if value == NOBODY else value)


class _Found(SimpleListFilter):
    """What the search found; shown among the filters only while it is on."""

    label: "_StrOrPromise" = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.used_parameters.get(self.parameter_name or "")
        return [(value, self.label % {"value": value[:8]})] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        value = self.value()
        try:
            return queryset if value is None else queryset.filter(self.condition(value))
        except ValueError:
            return queryset.none()

    def condition(self, value: str) -> Q:
        """ValueError for what can't be looked up."""
        raise NotImplementedError


class PhoneFilter(_Found):
    title = gettext_lazy("phone")
    parameter_name = PHONE
    label = gettext_lazy("the number searched for")

    def condition(self, value: str) -> Q:
        return Q(phone_hash=bytes.fromhex(value))


class IdFilter(_Found):
    title = gettext_lazy("id")
    parameter_name = ID
    label = "%(value)s…"

    def condition(self, value: str) -> Q:
        # A request's id is its entry's.
        return Q(search_id=UUID(value)) | Q(id=UUID(value))


class JournalChangeList(ChangeList):
    """Newest first, a page after another: each begins where the last one ended, so all are equally quick."""

    last_seen: tuple[datetime, UUID] | None = None
    older: str | None = None  # the query string of the next page
    newest: str | None = None  # and of the first, where this is not it

    def get_filters_params(self, params: Any = None) -> Any:
        kept = super().get_filters_params(params)
        kept.pop(BEFORE, None)
        return kept

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Another filter begins with the newest again."""
        return super().get_query_string({BEFORE: None, **(new_params or {})}, remove)

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[str | Combinable]:
        return ["-received_at", "-id"]

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        return super().get_queryset(request, exclude_parameters).defer(*HEAVY)

    def get_results(self, request: HttpRequest) -> None:
        rows = self.queryset
        if position := _position(request.GET.get(BEFORE, "")):
            received_at, entry_id = position
            # The first condition is the index's, the second settles what came in the same microsecond.
            rows = rows.filter(received_at__lte=received_at).filter(Q(received_at__lt=received_at) | Q(id__lt=entry_id))
            self.newest = self.get_query_string()
        found = self._read(request, rows[: self.list_per_page + 1])
        self.result_list = found[: self.list_per_page]
        if len(found) > self.list_per_page:
            last = self.result_list[-1]
            self.older = self.get_query_string({BEFORE: f"{last.received_at.isoformat()}_{last.id}"})
        # Of this page alone: as the two are equal, no page claims to know how many there are.
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = self.multi_page = False

    def _read(self, request: HttpRequest, rows: QuerySet[JournalEntry]) -> list[JournalEntry]:
        """What is rare may be looked for through the whole table, longer than a page may take."""
        try:
            return list(rows)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            messages.warning(request, _("That takes too long over the whole journal: choose a period as well."))
            return []


def _position(text: str) -> tuple[datetime, UUID] | None:
    """Where a page begins, as `get_results` wrote it; None for anything else."""
    moment, _underscore, entry_id = text.partition("_")
    try:
        received_at = datetime.fromisoformat(moment)
        return (received_at, UUID(entry_id)) if received_at.tzinfo else None
    except ValueError:
        return None


def wanted(text: str) -> dict[str, str] | None:
    """What was typed into the search, as parameters that may stand in an address: a phone number only as its hash."""
    text = text.strip()
    try:
        return {ID: str(UUID(text))}
    except ValueError:
        pass
    if phone := PHONE_NUMBER.fullmatch(PHONE_PUNCTUATION.sub("", text)):
        return {PHONE: privacy.hash_phone(phone[1], settings.PHONE_KEY.secret).hex()}
    return None


def _text(title: Any, field: str | None = None) -> Callable[[Any], Any]:
    """A column or a field of the page under this title."""
    return admin.display(description=title, ordering=field, empty_value=wording.NOTHING)


@admin.register(JournalEntry)
class JournalAdmin(ModelAdmin):
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
        ("received_at", DateFieldListFilter),
        ("decision", ChoicesFieldListFilter),
        StatusFilter,
        ("product_type", ChoicesFieldListFilter),
        ("kind", ChoicesFieldListFilter),
        ClientFilter,
    )
    list_per_page = PER_PAGE
    list_fullwidth = True
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [str(name) for _title, options in self.fieldsets for name in options["fields"]]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[JournalChangeList]:
        return JournalChangeList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the filters ask; anything else would search the table without an index."""
        return lookup.partition("__")[0] in {
            BEFORE, PHONE, ID, "received_at", "decision", "status", "product_type", "kind", "client",
        }  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        find = path("find/", self.admin_site.admin_view(self.find), name="integrations_journalentry_find")
        return [find, *super().get_urls()]

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
        return _table([_("offer"), _("what became of it"), _("missed")], list(_reasons(entry)))

    @_text(gettext_lazy("answer"))
    def answer_text(self, entry: JournalEntry) -> SafeString:
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', _pretty(bytes(entry.answer)))

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


def _pretty(answer: bytes) -> str:
    """JSON with line breaks; what is no JSON as it stands."""
    try:
        return json.dumps(json.loads(answer), ensure_ascii=False, indent=2)
    except ValueError:
        return answer.decode(errors="replace")


def _reasons(entry: JournalEntry) -> Any:
    """A line for each offer of the release that was decided on, in its order."""
    numbers = entry.reasons or []
    try:
        offers = catalogue.release(entry.release or 0).content.offers
    except Release.DoesNotExist:
        # A row that stands alone, in a database that has lost the releases: what it says can still be read.
        return ((str(place), reasons.sentence(number), "") for place, number in enumerate(numbers, start=1))
    return (
        (offer.code, reasons.sentence(number), reasons.missed_by(number, offer, entry.amount, entry.term))
        for offer, number in zip(offers, numbers, strict=False)
    )


def _table(headers: list[str], rows: list[tuple[str, ...]]) -> str:
    return render_to_string("integrations/table.html", {"table": {"headers": headers, "rows": rows}})
