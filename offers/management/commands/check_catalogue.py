"""Errors and warnings of the catalogue as it would be published. Exit code 1 where there are errors."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from offers import checks, findings, releases


class Command(BaseCommand):
    help = "Check the working copy of the catalogue: full costs, ceilings, advertising. Exit code 1 on errors."

    def handle(self, *_args: Any, **_options: Any) -> None:
        content = releases.draft()
        names = checks.names_of(offer.code for offer in content)
        found = checks.check(content, timezone.now(), names=names)
        for sentence, alike in findings.by_sentence(found).items():
            kind = self.style.ERROR(_("Error")) if alike[0].blocks else self.style.WARNING(_("Warning"))
            self.stdout.write(f"{kind}: {findings.about(alike)}: {sentence}")
        errors = sum(each.blocks for each in found)
        told = _("Offers: %(offers)d, errors: %(errors)d, warnings: %(warnings)d.") % {
            "offers": len(content.offers), "errors": errors, "warnings": len(found) - errors,
        }  # fmt: skip
        if errors:
            raise CommandError(told)
        self.stdout.write(self.style.SUCCESS(told))
