"""The menu of the admin: what people look for, in the order in which they need it."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

MENU = (
    ("offers.Loan", "payments"),
    ("offers.CreditCard", "credit_card"),
    ("offers.MarketValue", "vertical_align_top"),
    ("offers.Policy", "how_to_reg"),
    ("offers.Bank", "account_balance"),
    ("offers.PublicationRequest", "approval"),
    ("offers.Release", "publish"),
    ("offers.Edit", "history"),
    ("integrations.JournalEntry", "receipt_long"),
    ("integrations.Application", "assignment"),
    ("integrations.PersonList", "groups"),
    ("integrations.ConnectionStep", "cable"),
    ("integrations.Client", "key"),
    ("auth.User", "person"),
    ("auth.Group", "group"),
    ("entrance.Authenticator", "phonelink_lock"),
    ("entrance.Lockout", "lock_clock"),
)
# Whose pages stand under another's title.
AMONG = {"entrance": "auth"}

# Pages beside a model's own, seen by whoever sees the model.
PAGES = {
    "offers.CreditCard": (
        ("preview", gettext_lazy("As Yandex sees it"), "visibility"),
        ("transfer", gettext_lazy("Import and export"), "swap_vert"),
    ),
    "offers.MarketValue": (("admin:offers_marketvalue_calculator", gettext_lazy("Calculator"), "calculate"),),
    "integrations.JournalEntry": (
        ("admin:integrations_journalentry_dashboard", gettext_lazy("Dashboard"), "monitoring"),
        ("admin:integrations_journalentry_unmet", gettext_lazy("Unmet demand"), "grid_on"),
    ),
    "integrations.Application": (
        ("admin:integrations_application_funnel", gettext_lazy("Funnel"), "filter_alt"),
        ("admin:integrations_application_conversions", gettext_lazy("Conversions"), "sync_alt"),
    ),
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """What of the menu there is and this person may see."""
    titles = {"offers": _("Catalogue"), "integrations": _("Yandex"), "auth": _("People and rights")}
    shown = [
        (AMONG.get(face.opts.app_label, face.opts.app_label), item)
        for label, icon in MENU
        if (face := _face(label)) is not None and face.has_view_or_change_permission(request)
        for item in (_item(face, icon), *_pages(label))
    ]
    # A page that stands below a model's own is not the model's list.
    here = max((item["link"] for _app, item in shown if request.path.startswith(item["link"])), key=len, default=None)
    shown = [(app, {**item, "active": item["link"] == here}) for app, item in shown]
    groups = {app: [item for owner, item in shown if owner == app] for app in titles}
    return [{"title": titles[app], "separator": True, "items": items} for app, items in groups.items() if items]


def account(_request: HttpRequest) -> list[dict[str, Any]]:
    """What people see to themselves."""
    links = [{"title": _("Change password"), "link": reverse("admin:password_change")}]
    if settings.ADMIN_OTP:
        links.append({"title": _("Second factor"), "link": reverse("admin:second_factor")})
    return links


def _pages(label: str) -> list[dict[str, Any]]:
    return [{"title": title, "icon": icon, "link": reverse(name)} for name, title, icon in PAGES.get(label, ())]


def _face(label: str) -> "ModelAdmin[Any] | None":
    model = apps.get_model(label)
    return admin.site.get_model_admin(model) if admin.site.is_registered(model) else None


def _item(face: "ModelAdmin[Any]", icon: str) -> dict[str, Any]:
    title = str(face.opts.verbose_name_plural)
    address = reverse(f"admin:{face.opts.app_label}_{face.opts.model_name}_changelist")
    return {"title": title[:1].upper() + title[1:], "icon": icon, "link": address}
