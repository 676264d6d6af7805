"""Verify the journal against its signed checkpoints."""

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.proof import sealing, verifying
from integrations.proof.notes import BadNote
from integrations.proof.verifying import Report, Wrong

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SENTENCES: dict[Wrong, "_StrPromise"] = {
    Wrong.CHANGED: gettext_lazy("Entry %(entry)s was changed after it was sealed in batch %(batch)s."),
    Wrong.REMOVED: gettext_lazy("Entry %(entry)s of batch %(batch)s was removed."),
    Wrong.ADDED: gettext_lazy("Entry %(entry)s was added among entries that were sealed without it."),
    Wrong.MOVED: gettext_lazy("Entry %(entry)s of batch %(batch)s was moved to another moment."),
    Wrong.ERASED: gettext_lazy("More entries have lost their personal parts than people were forgotten in."),
    Wrong.BATCH_MISSING: gettext_lazy("Batch %(batch)s was removed."),
    Wrong.BATCH_CHANGED: gettext_lazy("The list of entries of batch %(batch)s was changed; it begins with %(entry)s."),
    Wrong.CHECKPOINT: gettext_lazy(
        "The checkpoint of batch %(batch)s is not signed by a trusted key, or not of this log; "
        "the batch begins with %(entry)s."
    ),
    Wrong.CUT: gettext_lazy("The log was cut: there is a checkpoint of %(batch)s batches."),
    Wrong.FORKED: gettext_lazy("Batch %(batch)s or one before it is not what a kept checkpoint was signed for."),
}


class Command(BaseCommand):
    help = "Exit 0 if the journal is what was sealed; else 1, naming the first entry changed, removed, added or moved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint",
            metavar="FILE",
            type=Path,
            action="append",
            default=[],
            help="a checkpoint that was kept elsewhere: the log must still hold what it was signed for",
        )

    def handle(self, *_args: Any, checkpoint: list[Path], **_options: Any) -> None:
        try:
            report = verifying.verify([path.read_text() for path in checkpoint])
        except verifying.NoTrustedKey:
            raise CommandError(_("Set SIGNING_KEY, or TRUSTED_KEYS to the public keys to check with.")) from None
        except sealing.Restored:
            raise CommandError(
                _("The journal was restored from elsewhere: run manage.py seal_journal first.")
            ) from None
        except (BadNote, OSError) as error:
            raise CommandError(_("A kept checkpoint can't be used: %(why)s") % {"why": error}) from None
        self._tell(report)
        if report.finding:
            found = report.finding
            raise CommandError(SENTENCES[found.wrong] % {"entry": found.entry, "batch": found.batch})

    def _tell(self, report: Report) -> None:
        for sentence, number in (
            (_("Batches verified: %(number)d"), report.batches),
            (_("Entries verified: %(number)d"), report.entries),
            (_("Of these without personal parts, since people were forgotten: %(number)d"), report.forgotten),
            (_("Sealed more than a day after they were received: %(number)d"), report.late),
            (_("Purged after their time: %(number)d"), report.purged),
            (_("Not sealed yet: %(number)d"), report.pending),
        ):
            self.stdout.write(sentence % {"number": number})
