"""Do what has to be done again and again: seal, tally, check, purge; and decide what is pending."""

import signal
from threading import Event, Thread
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations import jobs, pending
from integrations.proof import sealing


class Command(BaseCommand):
    help = "Seal the journal every minute, purge every day and so on, until SIGTERM. As the owner of the tables."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            sealing.signer()
        except sealing.NoSigningKey:
            raise CommandError(_("Set SIGNING_KEY: checkpoints of the journal are signed with it.")) from None
        stop = Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            Thread(target=stop.set).start()  # Here it could wait for a lock that this very thread holds.

        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, end)
        beside = [
            Thread(target=pending.serve, args=(stop,), name="pending"),
            Thread(target=jobs.run_long, args=(stop,), name="long-jobs"),
        ]
        for thread in beside:
            thread.start()
        try:
            jobs.run(stop)
        finally:
            stop.set()
            for thread in beside:
                thread.join()
