"""Applications at the bank as people look at them, take them in from a table, and what came of the answers."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.filters import ChoicesFieldListFilter, SimpleListFilter
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from unfold.widgets import UnfoldAdminFileFieldWidget

from integrations.analytics import bands, export, periods, tallies
from integrations.analytics.periods import Period
from integrations.analytics.tallies import Window
from integrations.applications import conversions, funnel, honesty, tables, upload
from integrations.applications.channels import CHANNELS
from integrations.applications.funnel import By, Line, Step, Wait
from integrations.applications.honesty import Verdict
from integrations.applications.models import STATES, Application, ApplicationEvent, ConversionBatch
from integrations.applications.states import State
from integrations.models import Client, Scope
from offers import wording
from offers.admin.theme import ReadOnlyAdmin, label
from offers.domain.catalogue import Product

VIEW, ADD, EXPORT = (
    "integrations.view_application",
    "integrations.add_application",
    "integrations.export_conversions",
)
DEFAULT_DAYS = 30
DAY = 24  # hours
COLOURS = {"filed": "info", "approved": "success", "issued": "success", "declined": "danger", "cancelled": "warning"}
BATCHES_SHOWN = 50
RESULTS_SHOWN = 200
# What a table read a moment ago is handed back as, for the second button of the page.
SALT, SALT_AGE = "integrations.applications.upload", 3600

View = Callable[..., HttpResponse]


class MatchedFilter(SimpleListFilter):
    title = gettext_lazy("proposal")
    parameter_name = "matched"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("found")), ("no", _("not found"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Application]) -> QuerySet[Application]:
        return queryset if self.value() is None else queryset.filter(enquiry__isnull=self.value() == "no")


def _allowed(right: str, page: View) -> View:
    @wraps(page)
    def guarded(request: HttpRequest, **keywords: Any) -> HttpResponse:
        if not request.user.has_perm(right):
            raise PermissionDenied
        return page(request, **keywords)

    return guarded


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """Nobody edits one by hand: what the bank told stands, and is corrected by what it tells next."""

    list_display = ("application_id", "state_shown", "state_at", "product_type", "offer", "rubles", "client", "matched")
    list_filter = (("state", ChoicesFieldListFilter), ("product_type", ChoicesFieldListFilter), MatchedFilter)
    search_fields = ("application_id__exact",)
    search_help_text = gettext_lazy("the whole id of an application")
    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    sortable_by = ()
    actions = None
    change_list_template = "integrations/applications/list.html"
    fields = readonly_fields = (
        "application_id", "client", "state", "state_at", "rubles", "term", "rate", "reason",
        "metrica_client_id", "offer", "release", "product_type", "asked_amount", "asked_by", "its_enquiry",
        "forgotten_at", "its_news",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        pages: tuple[tuple[str, str, View, str], ...] = (
            ("import/", "import", show_import, ADD),
            ("funnel/", "funnel", show_funnel, VIEW),
            ("funnel.csv", "funnel_csv", export_funnel, VIEW),
            ("conversions/", "conversions", show_conversions, EXPORT),
            ("conversions/<uuid:batch_id>/", "conversions_again", download_again, EXPORT),
            ("conversions/<uuid:batch_id>/undo/", "conversions_undo", undo_conversions, EXPORT),
        )
        site = self.admin_site
        return [
            *(
                path(route, site.admin_view(_allowed(right, page)), name=f"integrations_application_{name}")
                for route, name, page, right in pages
            ),
            *super().get_urls(),
        ]

    @label(description=gettext_lazy("state"), colours=COLOURS)
    def state_shown(self, application: Application) -> tuple[str, str]:
        return application.state, application.get_state_display()

    @admin.display(description=gettext_lazy("amount"))
    def rubles(self, application: Application) -> str:
        return wording.NOTHING if application.amount is None else wording.money(application.amount)

    @admin.display(description=gettext_lazy("proposal"), boolean=True)
    def matched(self, application: Application) -> bool:
        return application.enquiry is not None

    @admin.display(description=gettext_lazy("enquiry"))
    def its_enquiry(self, application: Application) -> SafeString | str:
        if application.enquiry is None:
            return _("not found yet")
        address = reverse("admin:integrations_journalentry_enquiry", args=(application.search_id,))
        return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', address, application.search_id)

    @admin.display(description=gettext_lazy("what was told"))
    def its_news(self, application: Application) -> str:
        headers = [_("occurred"), _("state"), _("what became of it"), _("amount"), _("reason"), _("received")]
        rows = [
            (
                wording.moment(event.occurred_at),
                event.get_state_display(),
                event.get_effect_display(),
                wording.NOTHING if event.amount is None else wording.money(event.amount),
                event.reason or "",
                wording.moment(event.received_at),
            )
            for event in ApplicationEvent.objects.filter(application=application.id).order_by("received_at", "id")
        ]
        return render_to_string("integrations/table.html", {"table": {"headers": headers, "rows": rows}})


class ImportForm(forms.Form):
    client = forms.ModelChoiceField(
        Client.objects.filter(scopes__contains=[Scope.APPLICATIONS.value]),
        label=gettext_lazy("the system whose applications these are"),
        empty_label=None,
    )
    table = forms.FileField(
        label=gettext_lazy("table, CSV or XLSX"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),  # the theme's script counts on its own
    )
    kept = forms.CharField(widget=forms.HiddenInput, required=False)

    def content(self) -> bytes | None:
        """The file just sent, or the one that was tried a moment ago."""
        sent = self.cleaned_data["table"]
        if sent is not None:
            return bytes(sent.read(tables.BYTES_MAX + 1))
        try:
            signed: str = signing.loads(self.cleaned_data["kept"], salt=SALT, max_age=SALT_AGE)
            return signed.encode("latin-1")
        except signing.BadSignature:
            return None


@require_http_methods(["GET", "POST"])
def show_import(request: HttpRequest) -> HttpResponse:
    """Tried first, in full, and taken in by the second button."""
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "columns": list(upload.COLUMNS), "most": tables.ROWS_MAX}
    if request.method == "POST" and form.is_valid():
        content = form.content()
        if content is None:
            messages.warning(request, _("Choose a file."))
        else:
            context |= _tried(request, form, content)
    return _page(request, "import", _("Take in applications from a table"), context)


def _tried(request: HttpRequest, form: ImportForm, content: bytes) -> dict[str, Any]:
    client: Client = form.cleaned_data["client"]
    try:
        if "take" in request.POST:
            report = upload.take(content, client.id, by=request.user.get_username(), now=datetime.now(UTC))
            messages.success(request, _("Taken in."))
            return {"report": report, "results": report.lines[:RESULTS_SHOWN]}
        report = upload.try_out(content, client.id, now=datetime.now(UTC))
    except tables.BadTable as why:
        messages.error(request, _sentence(why))
        return {}
    kept = signing.dumps(content.decode("latin-1"), salt=SALT, compress=True)
    return {"report": report, "results": report.lines[:RESULTS_SHOWN], "kept": kept, "client": client.id}


def _sentence(why: tables.BadTable) -> str:
    sentences = {
        "too_large": _("The file is larger than %(megabytes)d MB: divide it."),
        "too_long": _("There are more than %(rows)d rows: divide the file."),
        "bad_header": _("The first row must name the columns, application_id among them: %(known)s. %(unknown)s"),
        "empty": _("Below the first row there is nothing."),
        "not_utf8": _("The file is not in UTF-8: save it as CSV UTF-8, or as XLSX."),
        "not_csv": _("The file can't be read as CSV."),
        "not_xlsx": _("The file can't be read as XLSX."),
    }
    return sentences[why.code] % why.parameters


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period of a page, and the periods that are one click away."""

    period: Period
    window: Window
    presets: list[tuple[int, str]]


def _chosen(request: HttpRequest) -> Chosen:
    now = datetime.now(UTC)
    asked = request.GET.dict()
    try:
        period = periods.parse(asked if asked.keys() & {"days", "from", "to"} else {"days": str(DEFAULT_DAYS)}, now)
    except periods.BadPeriod:
        messages.warning(request, _("That is no period: it must end after it begins. These are the last days."))
        period = periods.last_days(DEFAULT_DAYS, now)
    presets = [(days, ngettext("%(count)d day", "%(count)d days", days) % {"count": days}) for days in periods.PRESETS]
    return Chosen(period, tallies.window(period.start, period.end), presets)


def _by(request: HttpRequest) -> By:
    asked = request.GET.get("by", "")
    return By(asked) if asked in list(By) else By.OFFER


@require_safe
def show_funnel(request: HttpRequest) -> HttpResponse:
    chosen, by = _chosen(request), _by(request)
    whole = funnel.total(funnel.lines(chosen.window, By.PRODUCT))
    found = funnel.lines(chosen.window, by)
    context = {
        "chosen": chosen,
        "query": _query(chosen, by),
        "by": by,
        "cuts": [(each, _cut(each), _query(chosen, each)) for each in By],
        "steps": [_step(step) for step in Step],
        "picture": _picture(whole),
        "lines": [_told(line, by) for line in found],
        "waits": [_waited(each) for each in funnel.waits(chosen.window)],
        "honesty": honesty.measure(chosen.window),
        "red": Verdict.FALSE,
        "unknown": Verdict.UNKNOWN,
    }
    return _page(request, "funnel", _("Funnel"), context)


@require_safe
def export_funnel(request: HttpRequest) -> HttpResponse:
    """The table of the page, for a spreadsheet."""
    chosen, by = _chosen(request), _by(request)
    text = io.StringIO()
    table = csv.writer(text, delimiter=export.DELIMITER)
    rubles = [f"{_step(step)}, ₽" for step in Step]
    table.writerow([_cut(by), *(_step(step) for step in Step), *rubles])
    for line in funnel.lines(chosen.window, by):
        counts = [line.counts.get(step, "") for step in Step]
        money = [f"{line.money[step]:.2f}".replace(".", ",") if step in line.money else "" for step in Step]
        table.writerow([_harmless(_key(line, by)), *counts, *money])
    name = f"funnel-{by}-{timezone.localtime():%Y-%m-%d}.csv"
    return HttpResponse(
        export.BOM + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _harmless(text: str) -> str:
    """Nothing that a spreadsheet would run."""
    return f"'{text}" if text.startswith(export.FORMULA) else text


def _query(chosen: Chosen, by: By) -> str:
    fields = chosen.period.fields
    return f"by={by}&from={fields['from']}&to={fields['to']}"


def _step(step: Step) -> str:
    return {
        Step.ASKED: _("asked"),
        Step.APPROVED: _("offered"),
        Step.CLICKED: _("clicked"),
        Step.FILED: _("filed"),
        Step.AGREED: _("approved by the bank"),
        Step.ISSUED: _("issued"),
    }[step]


def _waited(wait: Wait) -> tuple[str, int, str, str]:
    return f"{_step(wait.start)} → {_step(wait.end)}", wait.count, _lasted(wait.half), _lasted(wait.most)


def _lasted(time: timedelta | None) -> str:
    if time is None:
        return wording.NOTHING
    hours, rest = divmod(abs(int(time.total_seconds())), 3600)
    sign = "−" if time < timedelta() else ""  # the bank's clock and ours may differ
    if hours < DAY:
        return sign + _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest // 60}
    return sign + _("%(days)d d %(hours)d h") % {"days": hours // DAY, "hours": hours % DAY}


def _cut(by: By) -> str:
    return {
        By.PRODUCT: _("by product"),
        By.OFFER: _("by offer"),
        By.RELEASE: _("by release"),
        By.AMOUNT: _("by amount"),
        By.WEEK: _("by week"),
    }[by]


def _key(line: Line, by: By) -> str:
    if by is By.AMOUNT:
        return bands.amount_label(line.key)
    if line.key is None:
        return wording.NOTHING
    if by is By.PRODUCT:
        return wording.product(Product(line.key))
    if by is By.WEEK:
        return f"{timezone.localtime(line.key):%d.%m.%Y}"
    return f"№ {line.key}" if by is By.RELEASE else str(line.key)


@dataclass(frozen=True, slots=True)
class Bar:
    """One step in the picture: its width in thousandths, and its share of the step before."""

    name: str
    count: int
    money: str
    width: int
    share: float | None


def _picture(whole: Line) -> list[Bar]:
    most = max([*whole.counts.values(), 1])
    before: dict[Step, Step] = dict(zip(list(Step)[1:], Step, strict=False))
    return [
        Bar(
            _step(step),
            whole.counts.get(step, 0),
            wording.money(whole.money.get(step, Decimal())),
            whole.counts.get(step, 0) * 1000 // most,
            whole.share(step, before[step]) if step in before else None,
        )
        for step in Step
    ]


def _told(line: Line, by: By) -> tuple[str, list[tuple[Any, str]]]:
    cells = [
        (
            line.counts.get(step, wording.NOTHING),
            bands.short(line.money[step].quantize(Decimal(1))) if line.money.get(step) else "",
        )
        for step in Step
    ]
    return _key(line, by), cells


class ConversionsForm(forms.Form):
    states = forms.MultipleChoiceField(
        choices=STATES, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("states"), initial=[State.ISSUED.value]
    )
    channel = forms.ChoiceField(choices=[(name, name) for name in CHANNELS], label=gettext_lazy("channel"))


@require_http_methods(["GET", "POST"])
def show_conversions(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request)
    form = ConversionsForm(request.POST or None, initial={"channel": next(iter(CHANNELS))})
    if request.method == "POST" and form.is_valid():
        states, period = [State(each) for each in form.cleaned_data["states"]], chosen.period
        try:
            made = conversions.export(
                form.cleaned_data["channel"], period.start, period.end, states, author=request.user.get_username()
            )
        except conversions.NothingToExport:
            messages.info(request, _("Nothing is left to be taken out in this period."))
        else:
            return _download(made)
    mapping = [(dict(STATES)[state.value], status) for state, status in CHANNELS["direct"].STATES.items()]
    context = {
        "chosen": chosen,
        "form": form,
        "mapping": mapping,
        "waiting": [
            (
                dict(STATES)[state.value],
                len(conversions.waiting("direct", chosen.period.start, chosen.period.end, [state])),
            )
            for state in State
        ],
        "batches": ConversionBatch.objects.all()[:BATCHES_SHOWN],
    }
    return _page(request, "conversions", _("Conversions for Yandex"), context)


@require_safe
def download_again(_request: HttpRequest, batch_id: UUID) -> HttpResponse:
    return _download(conversions.again(_batch(batch_id)))


@require_POST
def undo_conversions(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    count = conversions.undo(_batch(batch_id), by=request.user.get_username())
    messages.success(request, _("%(count)d conversions can be taken out again.") % {"count": count})
    return redirect("admin:integrations_application_conversions")


def _batch(batch_id: UUID) -> ConversionBatch:
    batch = ConversionBatch.objects.filter(id=batch_id, undone_at=None).first()
    if batch is None:
        raise Http404
    return batch


def _download(made: conversions.Export) -> HttpResponse:
    name = f"conversions-{timezone.localtime(made.batch.made_at):%Y-%m-%d-%H%M}.zip"
    return HttpResponse(
        conversions.packed(made.files),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> TemplateResponse:
    shared = {**admin.site.each_context(request), "title": title, "opts": Application._meta}
    return TemplateResponse(request, f"integrations/applications/{name}.html", {**shared, **context})
