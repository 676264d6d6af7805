"""The analysts' pages beside the journal: thin views over `integrations.analytics`, all under the right to see it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from integrations.admin import keyset
from integrations.admin.filters import PHONE
from integrations.admin.keyset import JournalChangeList
from integrations.analytics import bands, charts, dashboard, evidence, export, periods, tallies, unmet, waiting
from integrations.analytics.charts import Chart, Timeline
from integrations.analytics.dashboard import Split
from integrations.analytics.export import Wanted
from integrations.analytics.periods import BadPeriod, Period
from integrations.analytics.tallies import Grain, Window
from integrations.applications import timeline
from integrations.proof import proving
from offers import catalogue, reasons, wording
from offers.domain.catalogue import Product, Range

View = Callable[..., HttpResponse]
RIGHT: Final = "integrations.view_journalentry"
# How many of the most frequent refusals are set beside their nearest offer, and changes listed.
NEAREST_SHOWN, CHANGES_SHOWN = 20, 12
HEAT_STEPS: Final = 9


def urls(face: "admin.ModelAdmin[Any]") -> list[URLPattern]:
    pages: tuple[tuple[str, View, str], ...] = (
        ("dashboard/", show_dashboard, "dashboard"),
        ("unmet/", show_unmet, "unmet"),
        ("enquiry/<uuid:search_id>/", show_enquiry, "enquiry"),
        ("<uuid:entry_id>/evidence/", show_evidence, "evidence"),
    )
    site = face.admin_site
    exports = [
        path("export/", site.admin_view(for_readers(show_export)), {"site": site, "face": face},
             name="integrations_journalentry_export"),
        path("export/<uuid:progress>/", site.admin_view(for_readers(show_progress)),
             name="integrations_journalentry_progress"),
    ]  # fmt: skip
    return exports + [
        path(route, site.admin_view(for_readers(page)), {"site": site}, name=f"integrations_journalentry_{name}")
        for route, page, name in pages
    ]


def for_readers(page: View) -> View:
    """Only for whoever may see the journal."""

    @wraps(page)
    def guarded(request: HttpRequest, **keywords: Any) -> HttpResponse:
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        return page(request, **keywords)

    return guarded


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period of a page, and the periods that are one click away."""

    period: Period
    window: Window
    presets: list[tuple[int, str]]


def _chosen(request: HttpRequest) -> Chosen:
    now = datetime.now(UTC)
    try:
        period = periods.parse(request.GET.dict(), now)
    except BadPeriod:
        messages.warning(request, _("That is no period: it must end after it begins. These are the last days."))
        period = periods.last_days(periods.DEFAULT_DAYS, now)
    presets = [(days, ngettext("%(count)d day", "%(count)d days", days) % {"count": days}) for days in periods.PRESETS]
    return Chosen(period, tallies.window(period.start, period.end), presets)


@require_safe
def show_dashboard(request: HttpRequest, site: AdminSite) -> HttpResponse:
    chosen = _chosen(request)
    window, grain = chosen.window, chosen.period.grain
    latency, pending, without = dashboard.latency(window, settings.ANSWER_DEADLINE_MS)
    left_open, waits = dashboard.left_open(window), waiting.now_waiting(datetime.now(UTC))
    points = dashboard.points(window, grain)
    changes = dashboard.changes(window, grain)
    demand = dashboard.demand(window)
    context = {
        "chosen": chosen,
        "query": urlencode(chosen.period.fields),
        "points": points,
        "totals": _totals(points),
        "pictures": [_requests(points, grain, changes), _latency(window, grain, changes)],
        "by_hour": charts.bars(_("Requests by hour of the day, Moscow"), dashboard.by_hour_of_day(window)),
        "splits": _splits(demand),
        "offers": _offers(dashboard.offers(window)),
        "failures": dashboard.failures(window),
        "latency": latency,
        "pending": pending,
        "without_scoring": without.count,
        "left_open": left_open,
        "waiting": waits,
        "shows_waiting": bool(waits or left_open or pending.count or without.count) or _scores(),
        "deadline": settings.ANSWER_DEADLINE_MS,
        "changes": changes,
    }
    return _page(request, site, "dashboard", _("Dashboard"), context)


def _scores() -> bool:
    """Whether any product's policy asks the scoring service."""
    try:
        return any(policy.scores for policy in catalogue.live().content.policies)
    except catalogue.NothingPublished:
        return False


def _totals(points: list[dashboard.Point]) -> list[tuple[str, int]]:
    return [
        (_("requests"), sum(point.requests for point in points)),
        (_("approved"), sum(point.approved for point in points)),
        (_("refused"), sum(point.refused for point in points)),
        (_("repeats"), sum(point.repeated for point in points)),
        (_("polls"), sum(point.polls for point in points)),
        (_("errors"), sum(point.errors for point in points)),
    ]


def _happened(changes: list[dashboard.Change]) -> list[tuple[datetime, str, str]]:
    return [
        (change.at, str(change.release), f"{_('Release %(number)s') % {'number': change.release}}: {change.comment}")
        for change in changes
    ]


def _requests(points: list[dashboard.Point], grain: Grain, changes: list[dashboard.Change]) -> Chart:
    named = {
        _("requests"): [point.requests for point in points],
        _("approved"): [point.approved for point in points],
        _("refused"): [point.refused for point in points],
        _("errors"): [point.errors for point in points],
    }
    timeline = Timeline([point.at for point in points], grain)
    return charts.lines(_("Requests over time"), timeline, named, _happened(changes))


def _latency(window: Window, grain: Grain, changes: list[dashboard.Change]) -> Chart:
    grain = dashboard.latency_grain(window, grain)
    points = dashboard.latency_points(window, grain)
    named = {
        "p50": [point.p50 for point in points],
        "p95": [point.p95 for point in points],
        "p99": [point.p99 for point in points],
    }
    return charts.lines(_("Latency, ms"), Timeline([point.at for point in points], grain), named, _happened(changes))


def _splits(demand: dashboard.Demand) -> list[tuple[str, list[tuple[Split, int, int]]]]:
    """Titles and their lines, each with its two bars in thousandths of the longest line."""
    loan, card = Product.LOAN.value, Product.CREDIT_CARD.value
    products = [Split(wording.product(Product(one.label)), one.approved, one.refused) for one in demand.products]
    titled = [
        (_("By product"), products),
        (_("Loans by amount"), demand.amounts.get(loan, [])),
        (_("Loans by term, months"), demand.terms),
        (_("Cards by limit"), demand.amounts.get(card, [])),
    ]
    return [(title, _with_bars(lines)) for title, lines in titled if lines]


def _with_bars(lines: list[Split]) -> list[tuple[Split, int, int]]:
    longest = max(line.total for line in lines) or 1
    return [(line, line.approved * 1000 // longest, line.refused * 1000 // longest) for line in lines]


def _offers(found: list[dashboard.OfferReasons]) -> list[tuple[dashboard.OfferReasons, int, list[tuple[str, int]]]]:
    longest = max((offer.shown for offer in found), default=0) or 1
    return [
        (offer, offer.shown * 1000 // longest, [(reasons.sentence(why), n) for why, n in offer.left_out.items()])
        for offer in found
    ]


@require_safe
def show_unmet(request: HttpRequest, site: AdminSite) -> HttpResponse:
    chosen = _chosen(request)
    product = Product.CREDIT_CARD if request.GET.get("product") == Product.CREDIT_CARD else Product.LOAN
    demand = unmet.demand_map(chosen.window, product)
    context = {
        "chosen": chosen,
        "query": urlencode(chosen.period.fields),
        "product": product,
        "products": [(one.value, wording.product(one)) for one in Product],
        "map": _drawn(demand),
        "unmet": None,
    }
    try:
        content = catalogue.refresh().content
    except catalogue.NothingPublished:
        messages.warning(request, _("Nothing is published: there is no offer to compare with."))
    else:
        asked = unmet.refused(chosen.window, product)
        found = unmet.explore(asked, product, content, datetime.now(UTC), shown=NEAREST_SHOWN)
        context |= {
            "unmet": found,
            "nearest": [_told(nearest) for nearest in found.nearest],
            "changes": [_proposed(change) for change in found.changes[:CHANGES_SHOWN]],
        }
    return _page(request, site, "unmet", _("Unmet demand"), context)


def _drawn(demand: unmet.Map) -> dict[str, Any]:
    """Rows of cells, each with its heat: the refused as a share of the most refused cell."""
    hottest = max((cell.refused for cell in demand.cells.values()), default=0) or 1
    rows = [
        (
            bands.amount_label(amount),
            [
                (cell, -(-cell.refused * HEAT_STEPS // hottest) if cell else 0)
                for cell in (demand.cells.get((amount, term)) for term in demand.terms or [None])
            ],
        )
        for amount in demand.amounts
    ]
    return {"terms": [bands.term_label(term) for term in demand.terms], "rows": rows}


def _told(nearest: unmet.Nearest) -> tuple[str, int, str, str]:
    """What was asked, how often, the nearest offer and by how much it misses."""
    asked = [
        _value("amount_min", nearest.asked.amount) if nearest.asked.amount is not None else "",
        _value("term_min", nearest.asked.term) if nearest.asked.term is not None else "",
    ]
    missed = [
        _("%(bound)s by %(gap)s") % {"bound": _bound(miss.bound), "gap": _value(miss.bound, miss.gap)}
        for miss in nearest.misses
    ]
    return ", ".join(filter(None, asked)) or wording.NOTHING, nearest.asked.count, nearest.offer, "; ".join(missed)


def _proposed(change: unmet.Change) -> tuple[str, str, str, str, int, int]:
    current, proposed = _value(change.bound, change.current), _value(change.bound, change.proposed)
    return change.offer, _bound(change.bound), current, proposed, change.won, change.of


def _bound(bound: unmet.Bound) -> str:
    return {
        "amount_min": _("smallest amount"),
        "amount_max": _("largest amount"),
        "term_min": _("shortest term"),
        "term_max": _("longest term"),
    }[bound]


def _value(bound: unmet.Bound, value: Any) -> str:
    return wording.money(value) if bound in unmet.AMOUNT_BOUNDS else wording.months(Range(value, value))


@require_safe
def show_enquiry(request: HttpRequest, site: AdminSite, search_id: UUID) -> HttpResponse:
    again = "again" in request.GET
    steps = evidence.conversation(search_id, again=again)
    if not steps:
        raise Http404
    context = {
        "search_id": search_id,
        "steps": steps,
        "again": again,
        "life": timeline.life(search_id),
        "waiting": waiting.of(search_id, datetime.now(UTC)),
        "scored": [step for step in steps if step.known],
    }
    return _page(request, site, "enquiry", _("Enquiry %(id)s") % {"id": search_id}, context)


@require_safe
def show_evidence(request: HttpRequest, site: AdminSite, entry_id: UUID) -> HttpResponse:
    step = evidence.one(entry_id)
    if step is None:
        raise Http404
    context = {
        "step": step,
        "printed_at": timezone.localtime(),
        "proof": _proof(entry_id),
        "costs": evidence.costs(step),
    }
    return _page(request, site, "evidence", _("Evidence of an answer"), context)


def _proof(entry_id: UUID) -> str | None:
    """That the entry is in the sealed journal, as `bin/check_proof` checks it; None until it is."""
    try:
        return json.dumps(proving.prove(entry_id), ensure_ascii=False, indent=1)
    except proving.NotSealed:
        return None


@require_http_methods(["GET", "POST"])
def show_export(request: HttpRequest, site: AdminSite, face: "admin.ModelAdmin[Any]") -> Any:
    """What the explorer has filtered, with the same words in the address, as a file."""
    listed = cast(JournalChangeList, face.get_changelist_instance(request))
    start, end = listed.period
    wanted = Wanted(listed.queryset, start, end, _filters(listed.get_filters_params()))
    if request.method == "POST":
        return _export(request, wanted)
    context = {
        "about": keyset.estimate(listed.queryset),
        "cap": export.CAP,
        "filters": sorted(wanted.filters.items()),
        "progress": uuid4(),
        "forms": list(export.WRITERS),
        "back": listed.get_query_string(),
    }
    return _page(request, site, "export", _("Export of the journal"), context)


def _export(request: HttpRequest, wanted: Wanted) -> Any:
    try:
        progress = UUID(request.POST.get("progress", ""))
        made = export.make(wanted, request.POST.get("form", ""), person=request.user.get_username(), progress=progress)
    except (ValueError, export.Unknown):
        raise Http404 from None
    return FileResponse(made.file, as_attachment=True, filename=made.name, content_type=made.content_type)


def _filters(asked: dict[str, Any]) -> dict[str, str]:
    """As the journal may keep them: that a phone was searched for, not which."""
    told = {name: "".join(value) if isinstance(value, list) else str(value) for name, value in asked.items()}
    return told | ({PHONE: "*"} if PHONE in told else {})


@require_safe
def show_progress(_request: HttpRequest, progress: UUID) -> HttpResponse:
    """No rows: there is none, or it is finished."""
    found = export.done(progress)
    return JsonResponse({"rows": found and found.rows, "cut_off": bool(found and not found.is_alive)})


def _page(request: HttpRequest, site: AdminSite, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    whole = {**site.each_context(request), "title": title, "is_fullwidth": "1", **context}
    return render(request, f"integrations/analytics/{name}.html", whole)
