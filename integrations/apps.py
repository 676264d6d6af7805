from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def make_partitions(**_signal: Any) -> None:
    from integrations import models, partitions

    if models.JournalEntry._meta.db_table in connection.introspection.table_names():
        partitions.make_ahead()


def make_roles(**signal: Any) -> None:
    from integrations import roles

    roles.after_migrate(**signal)


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("Yandex")

    def ready(self) -> None:
        # Django's own way to do something at every `migrate`, whether or not there was something to migrate.
        post_migrate.connect(make_partitions, sender=self)
        post_migrate.connect(make_roles, sender=self)
