"""Seal the journal now: what `manage.py run_jobs` does every minute."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations.proof import sealing


class Command(BaseCommand):
    help = "Seal the entries that are final, and print each signed checkpoint and what is left."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            for batch in sealing.seal():
                self.stdout.write(batch.checkpoint)
        except sealing.NoSigningKey:
            raise CommandError(_("Set SIGNING_KEY: checkpoints of the journal are signed with it.")) from None
        except sealing.Busy:
            raise CommandError(_("Another process is sealing at this moment.")) from None
        left = sealing.lag()
        self.stdout.write(_("Not sealed yet: %(entries)d") % {"entries": left.entries})
        self.stdout.write(_("Checkpoints are checked with: %(key)s") % {"key": sealing.signer().public})
