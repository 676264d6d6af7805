"""Releases, to be read; and the page on which one is made."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from offers import catalogue, releases, wording
from offers.admin.publication import publication
from offers.admin.theme import ModelAdmin
from offers.models import Release


@admin.register(Release)
class ReleaseAdmin(ModelAdmin):
    list_display = ("title", "holds_from", "author", "comment", "offers", "digest_start")
    list_display_links = ("title",)
    search_fields = ("=number", "author", "comment", "codes__icontains")
    ordering = ("-number",)
    actions = None
    list_fullwidth = True
    show_full_result_count = False
    fields = ("number", "holds_from", "made_at", "author", "comment", "digest_hex", "bank_name", "table")
    readonly_fields = fields
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Release]:
        return super().get_queryset(request).defer("content")

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
    def offers(self, release: Release) -> int:
        return len(release.codes)

    @admin.display(description=_("Digest"))
    def digest_start(self, release: Release) -> str:
        return bytes(release.digest).hex()[:12]

    @admin.display(description=_("Digest (SHA-256)"))
    def digest_hex(self, release: Release) -> str:
        return bytes(release.digest).hex()

    @admin.display(description=_("Bank"))
    def bank_name(self, release: Release) -> str:
        return catalogue.release(release.number).content.bank_name

    @admin.display(description=_("Offers"))
    def table(self, release: Release) -> SafeString:
        offers = [
            (offer, wording.rows(releases.Change(offer.code, None, offer)))
            for offer in catalogue.release(release.number).content
        ]
        return render_to_string("offers/contents.html", {"offers": offers})
