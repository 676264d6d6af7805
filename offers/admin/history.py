"""Who changed what and when, of one offer and of all, field by field in words."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, DateTimeField, DecimalField
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offers import wording
from offers.admin.theme import ReadOnlyAdmin, header, label
from offers.models import Edit, Offer

COLOURS = {Edit.Kind.ADDED.value: "info", Edit.Kind.CHANGED.value: "warning", Edit.Kind.DELETED.value: "danger"}


def rows(edit: Edit) -> list[wording.Row]:
    """What differs, in the order of the offer's fields."""
    return list(_rows(edit.before or {}, edit.after or {}))


def _rows(before: dict[str, Any], after: dict[str, Any]) -> Iterator[wording.Row]:
    for field in Offer._meta.concrete_fields:
        was, now = before.get(field.attname), after.get(field.attname)
        if was != now and not (was in EMPTY and now in EMPTY):
            yield wording.Row(capfirst(str(field.verbose_name)), shown(field, was), shown(field, now))


EMPTY: tuple[Any, ...] = (None, "", [], False)


def shown(field: Any, value: Any) -> str:
    """A field of a row as people write it; `value` as the history keeps it."""
    if value in EMPTY:
        return wording.NOTHING
    if isinstance(field, ArrayField):
        return "\n".join(value)
    if isinstance(field, BooleanField):
        return _("yes")
    if isinstance(field, DecimalField):
        return wording.decimal(Decimal(value)) if field.decimal_places == len("000") else wording.number(Decimal(value))
    if isinstance(field, DateTimeField):
        return wording.moment(datetime.fromisoformat(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return str(value)


@admin.register(Edit)
class EditAdmin(ReadOnlyAdmin):
    list_display = ("when", "offer", "did", "by", "changes")
    list_display_links = None
    list_filter = ("kind",)
    search_fields = ("=code", "name", "author")
    date_hierarchy = "at"
    actions = None
    list_fullwidth = True
    list_per_page = 30
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False

    @admin.display(description=gettext_lazy("When"), ordering="id")
    def when(self, edit: Edit) -> str:
        return wording.moment(edit.at)

    @header(description=gettext_lazy("Offer"), ordering="code")
    def offer(self, edit: Edit) -> tuple[str, str]:
        return edit.name, edit.code

    @label(description=gettext_lazy("What"), colours=COLOURS)
    def did(self, edit: Edit) -> tuple[str, str]:
        return edit.kind, edit.get_kind_display()

    @admin.display(description=gettext_lazy("Who"), ordering="author")
    def by(self, edit: Edit) -> str:
        return edit.author

    @admin.display(description=gettext_lazy("Changes"))
    def changes(self, edit: Edit) -> str:
        lines = ((row.label, row.before, row.after) for row in rows(edit))
        if edit.kind == Edit.Kind.CHANGED:
            told = format_html_join("", "<li>{}: {} → <b>{}</b></li>", lines)
            return format_html("<ul class='vt-edited'>{}</ul>", told)
        only = ((label, before if after == wording.NOTHING else after) for label, before, after in lines)
        told = format_html_join("", "<li>{}: {}</li>", only)
        summary = _("All its fields")
        return format_html("<details><summary>{}</summary><ul class='vt-edited'>{}</ul></details>", summary, told)
