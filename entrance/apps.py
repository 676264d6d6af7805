"""Who gets into the admin: lockout, second factor, sessions. The API's processes know nothing of it."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class EntranceConfig(AppConfig):
    name = "entrance"
    verbose_name = _("Entrance")

    def ready(self) -> None:
        from entrance import sessions

        user_logged_in.connect(sessions.begin)


class SiteConfig(admin.AdminConfig):
    default = False
    default_site = "entrance.site.Site"
