"""Django's own `migrate`, one at a time: a second one waits, and finds all done."""

from typing import Any

from django.core.management.base import no_translations
from django.core.management.commands import migrate
from django.db import connections

LOCK = 0x7669_7472  # of the session, as migrations commit on their way; so not through pgbouncer's transaction mode


class Command(migrate.Command):
    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
            try:
                super().handle(*args, **options)
            finally:
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
