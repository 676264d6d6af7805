"""Give months whose entries strayed into the default partition a partition of their own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils.translation import gettext as _

from integrations import partitions


class Command(BaseCommand):
    help = "Make partitions two years ahead, and move entries out of the default one. As the owner; while serving."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            for month, count in partitions.gather_strays().items():
                self.stdout.write(_("%(month)s: %(count)d entries moved") % {"month": f"{month:%Y-%m}", "count": count})
            partitions.make_ahead()
        except OperationalError as error:
            raise CommandError(_("Somebody uses the partition, try again: %(why)s") % {"why": error}) from None
        self.stdout.write(
            _("Entries in the default partition: %(count)d") % {"count": sum(partitions.strays().values())}
        )
