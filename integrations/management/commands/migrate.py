"""Django's own `migrate`, one at a time, while requests go on.

A second one waits, and finds all done. To change a table takes all of it: whoever works with it is waited for, and who
comes later queues behind. So that is waited for but a moment; then they are let pass, and it is tried again.
"""

import time
from typing import Any, Final

import psycopg
from django.core.management.base import no_translations
from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCK: Final = (
    0x7669_7472  # of the session, as migrations commit on their way; so not through pgbouncer's transaction mode
)
WAIT: Final = "100ms"  # for a table: requests that queue behind give up after 500
PAUSE, ATTEMPTS = 0.3, 200


class Command(migrate.Command):
    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
            cursor.execute(f"set lock_timeout = '{WAIT}'")
            try:
                self._migrate(*args, **options)
            finally:
                cursor.execute("reset lock_timeout")
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])

    def _migrate(self, *args: Any, **options: Any) -> None:
        """Each migration is done wholly or not at all, so it may be tried again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable) or attempt == ATTEMPTS:
                    raise
                self.stderr.write("A table is in use. Trying again.")
                time.sleep(PAUSE)
            else:
                return
