"""Who may do what: Django's groups and their permissions, said in one place."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, Permission
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PRODUCT_MANAGERS = "product manager"
PUBLISHERS = "publisher"
ANALYSTS = "analyst"
ADMINISTRATORS = "administrator"

# Kept in the database by the names above; people read these.
TITLES: dict[str, "_StrPromise"] = {
    PRODUCT_MANAGERS: _("product manager"),
    PUBLISHERS: _("publisher"),
    ANALYSTS: _("analyst"),
    ADMINISTRATORS: _("administrator"),
}

# By name, not by import: the catalogue does not know the outer world, and the people of both are the same.
VIEW = (
    "offers.view_loan",
    "offers.view_creditcard",
    "offers.view_bank",
    "offers.view_policy",
    "offers.view_release",
    "offers.view_marketvalue",
    "offers.view_publicationrequest",
    "offers.view_edit",
    "integrations.view_journalentry",
    "integrations.view_application",
    "integrations.view_connectionstep",
    "integrations.view_personlist",
)
EDIT = (
    *(f"offers.{verb}_{model}" for model in ("loan", "creditcard") for verb in ("add", "change", "delete")),
    *(f"offers.{verb}_marketvalue" for verb in ("add", "change", "delete")),
    "offers.change_bank",
    "offers.change_policy",
    "offers.ask",
    "integrations.add_application",
    "integrations.add_connectionstep",
    "integrations.export_conversions",
    "integrations.add_personlist",
    "integrations.load_list",
)

PUBLISH = ("offers.publish", "offers.pause", "integrations.switch_list")
# People, clients and what they may: not what is offered.
ADMINISTER = (
    *(f"auth.{verb}_user" for verb in ("view", "add", "change", "delete")),
    "auth.view_group",
    *(f"integrations.{verb}_client" for verb in ("view", "add", "change", "delete")),
    *(f"entrance.{verb}_{row}" for verb in ("view", "delete") for row in ("lockout", "authenticator")),
)

# Where one person both edits and publishes, that person is in both groups.
RIGHTS = {
    PRODUCT_MANAGERS: (*VIEW, *EDIT),
    PUBLISHERS: (*VIEW, *PUBLISH),
    ANALYSTS: VIEW,
    ADMINISTRATORS: (*VIEW, *ADMINISTER),
}


def grant_rights() -> None:
    """Make the groups and give each what it lacks; what an administrator has added stays."""
    present = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, rights in RIGHTS.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.add(*(present[right] for right in rights if right in present))


def grant_rights_after_migrate(apps: Any, **_signal: Any) -> None:
    """Django makes an app's permissions after its migrations, so this is run after every app."""
    try:
        apps.get_model("auth", "Group")
    except LookupError:  # `migrate offers` alone, before the people's own tables are there.
        return
    grant_rights()
