"""Releases, to be read; and the page on which one is made."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from offers import catalogue, wording
from offers.admin.publication import publication
from offers.admin.theme import ModelAdmin
from offers.domain.catalogue import Content, Offer, Product
from offers.domain.differences import Change
from offers.models import CreditCard, Loan, Release


@admin.register(Release)
class ReleaseAdmin(ModelAdmin):
    list_display = ("title", "holds_from", "author", "comment", "offers", "digest_start")
    list_display_links = ("title",)
    search_fields = ("=number", "author", "comment", "codes__icontains")
    ordering = ("-number",)
    actions = None
    list_fullwidth = True
    list_per_page = 50
    change_form_outer_after_template = "offers/contents.html"
    fields = (("number", "bank_name"), ("holds_from", "made_at"), ("author", "comment"), "digest_hex")
    readonly_fields = ("number", "holds_from", "made_at", "author", "comment", "digest_hex", "bank_name")
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Release]:
        size = models.Func("codes", function="cardinality", output_field=models.IntegerField())
        releases: models.QuerySet[Release] = super().get_queryset(request)
        return releases.defer("content", "codes").annotate(size=size)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(publication)
        return [path("publish/", page, {"admin_site": self.admin_site}, name="offers_publish"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Release | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Release | None = None) -> bool:
        return False

    @admin.display(description=_("Release"), ordering="number")
    def title(self, release: Release) -> str:
        return str(release)

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
        tables = [] if row is None else list(_tables(catalogue.release(row.number).content))
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})


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
