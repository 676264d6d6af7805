"""Releases, to be read; and the pages on which one is made, compared with another, taken back."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from offers import catalogue, powers, timeline, wording
from offers.admin import acts
from offers.admin.comparison import comparison
from offers.admin.publication import publication
from offers.admin.theme import ReadOnlyAdmin, label
from offers.domain.catalogue import Content, Offer, Product
from offers.domain.differences import Change
from offers.models import CreditCard, Loan, Release

LIVE, SCHEDULED, PAST, OVERTAKEN = "live", "scheduled", "past", "overtaken"
COLOURS = {LIVE: "success", SCHEDULED: "primary", PAST: "default", OVERTAKEN: "default"}
STANDS = {
    LIVE: pgettext_lazy("release", "live"),
    SCHEDULED: pgettext_lazy("release", "scheduled"),
    PAST: pgettext_lazy("release", "past"),
    OVERTAKEN: pgettext_lazy("release", "overtaken"),
}


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = ("title", "stands", "kind_shown", "holds_from", "author", "comment", "offers", "digest_start")
    list_display_links = ("title",)
    search_fields = ("=number", "author", "comment", "codes__icontains")
    ordering = ("-number",)
    actions = None
    list_fullwidth = True
    list_per_page = 50
    change_list_template = "offers/releases.html"
    change_form_outer_before_template = "offers/release.html"
    change_form_outer_after_template = "offers/contents.html"
    fields = (
        ("number", "bank_name"),
        ("holds_from", "made_at"),
        ("author", "approved_by"),
        ("comment", "kind_shown"),
        "anew_of",
        "digest_hex",
    )
    readonly_fields = (
        "number",
        "holds_from",
        "made_at",
        "author",
        "approved_by",
        "comment",
        "kind_shown",
        "anew_of",
        "digest_hex",
        "bank_name",
    )
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Release]:
        size = models.Func("codes", function="cardinality", output_field=models.IntegerField())
        releases: models.QuerySet[Release] = super().get_queryset(request)
        return releases.defer("content", "codes").annotate(size=size)

    def get_urls(self) -> list[URLPattern]:
        view, site = self.admin_site.admin_view, {"admin_site": self.admin_site}
        return [
            path("publish/", view(publication), site, name="offers_publish"),
            path("pause/", view(acts.pauses), site, name="offers_pause"),
            path("compare/", view(comparison), site, name="offers_compare"),
            path("<int:number>/take-back/", view(acts.take_back), site, name="offers_take_back"),
            path("<int:number>/withdraw/", view(acts.withdraw), site, name="offers_withdraw"),
            *super().get_urls(),
        ]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        stands, now = _stands(), timezone.now()
        for row in changelist.result_list:
            row.stands = stands.get(row.number) or (OVERTAKEN if row.holds_from > now else PAST)
        return changelist

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        extra = {"may_pause": request.user.has_perm(powers.PAUSE), "all_paused": timeline.live_content().all_paused}
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    @admin.display(description=_("Release"), ordering="number")
    def title(self, release: Release) -> str:
        return str(release)

    @label(description=_("Status"), colours=COLOURS)
    def stands(self, release: Any) -> tuple[str, Any]:
        return release.stands, STANDS[release.stands]

    @admin.display(description=_("Made by"))
    def kind_shown(self, release: Release) -> str:
        return release.get_kind_display()

    @admin.display(description=_("Offers"))
    def offers(self, release: Any) -> int:
        size: int = release.size
        return size

    @admin.display(description=_("Digest"))
    def digest_start(self, release: Release) -> str:
        return bytes(release.digest).hex()[:12]

    @admin.display(description=_("Digest (SHA-256)"))
    def digest_hex(self, release: Release) -> str:
        return bytes(release.digest).hex()

    @admin.display(description=_("Bank"))
    def bank_name(self, release: Release) -> str:
        return catalogue.release(release.number).content.bank_name

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.get_object(request, object_id or "")
        extra: dict[str, Any] = {}
        if row is not None:
            stands = _stands().get(row.number, PAST)
            may = request.user.has_perm(powers.PUBLISH)
            extra = {
                "tables": list(_tables(catalogue.release(row.number).content)),
                "may_take_back": may and stands == PAST and row.holds_from <= timezone.now(),
                "may_withdraw": may and stands == SCHEDULED,
            }
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})


def _stands() -> dict[int, str]:
    """Which release is live, and which are scheduled; all others are past."""
    stands = dict.fromkeys(timeline.scheduled().values_list("number", flat=True), SCHEDULED)
    try:
        return {**stands, catalogue.live_number(): LIVE}
    except catalogue.NothingPublished:
        return stands


@dataclass(frozen=True, slots=True)
class Table:
    """The offers of one product: what is compared at a glance, and all the rest."""

    title: str
    labels: list[str]
    lines: list["Line"]


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    code: str
    cells: list[Cell]
    rest: list[wording.Row]


def _tables(content: Content) -> Iterator[Table]:
    faces = (
        (Product.LOAN, Loan, ("amount", "term", "total_cost", "rate")),
        (Product.CREDIT_CARD, CreditCard, ("amount", "grace_period", "total_cost", "rate")),
    )
    for product, face, names in faces:
        lines = [_line(offer, names) for offer in content if offer.product == product]
        if lines:
            title = capfirst(str(face._meta.verbose_name_plural))
            yield Table(title, [wording.label(name) for name in names], lines)


def _line(offer: Offer, names: Collection[str]) -> Line:
    seen_above = {wording.label(name) for name in names}
    rest = [row for row in wording.rows(Change(offer.code, None, offer)) if row.label not in seen_above]
    return Line(offer.code, [Cell(wording.label(name), wording.shown(name, offer)) for name in names], rest)
