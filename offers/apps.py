from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OffersConfig(AppConfig):
    name = "offers"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        from offers.rights import grant_rights_after_migrate

        # Connected after Django's own receiver, which makes the permissions.
        post_migrate.connect(grant_rights_after_migrate)
