"""Load a version of a list of people, with progress; say what would change; switch to it if so wished."""

import getpass
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integrations.lists import loading, switching, wording
from integrations.lists.files import BadFile, File
from integrations.lists.models import ListVersion, PersonList
from integrations.lists.switching import CantSwitch
from integrations.management import lists

State = ListVersion.State


class Command(BaseCommand):
    help = "Load a CSV or XLSX file as a new version of a list of people, check it and say what would change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        lists.add_argument(parser)
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--switch", action="store_true", help="make it live, if it has no mistakes")
        parser.add_argument("--new", choices=PersonList.Purpose.values, help="make the list first, for this purpose")
        parser.add_argument("--name", default="", help="of a new list; by default its code")
        parser.add_argument("--note", default="", help="kept with the version")
        parser.add_argument("--by", default=getpass.getuser(), help="who loads it, for the journal")

    def handle(self, *_args: Any, code: str, file: Path, switch: bool, by: str, **options: Any) -> None:
        listed = self._make(code, **options) if options["new"] else lists.find(code)
        version = self._load(listed, file, by=by, note=options["note"])
        self._tell(version)
        if version.state != State.READY:
            raise CommandError(_("The version has mistakes: mend the file and load it again. Nothing has changed."))
        if switch:
            try:
                switching.switch(version, by=by)
            except CantSwitch as refusal:
                raise CommandError(str(refusal)) from None
            self.stdout.write(switching.live(listed))

    def _make(self, code: str, *, new: str, name: str, **_options: Any) -> PersonList:
        listed, _made = PersonList.objects.get_or_create(code=code, defaults={"purpose": new, "name": name or code})
        return listed

    def _load(self, listed: PersonList, path: Path, *, by: str, note: str) -> ListVersion:
        try:
            with path.open("rb") as file:
                return loading.load(listed, File(file, path.name), by=by, note=note, tell=self._show)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except BadFile as bad:
            raise CommandError(str(bad)) from None

    def _show(self, version: ListVersion) -> None:
        """On one line of a terminal."""
        if not sys.stderr.isatty():
            return
        told = {"rows": version.rows, "expected": version.expected or "…"}
        text = _("checking…") if version.state == State.CHECKING else _("%(rows)d lines of about %(expected)s") % told
        self.stderr.write(f"\r{text:60}", ending="\n" if version.finished_at else "")

    def _tell(self, version: ListVersion) -> None:
        for mistake in map(wording.told, version.mistakes):
            place = _("line %(line)d") % mistake
            self.stdout.write(": ".join(filter(None, (place, mistake["column"], mistake["sentence"]))))
        if more := version.wrong - len(version.mistakes):
            self.stdout.write(_("and %(count)d further mistakes") % {"count": more})
        told = {name: getattr(version, name) for name in ("number", "rows", "repeated", "wrong")}
        self.stdout.write(
            _("Version %(number)d: lines %(rows)d, repeats left out %(repeated)d, mistakes %(wrong)d.") % told
        )
        if version.state == State.READY:
            told = {name: getattr(version, name) for name in ("added", "changed", "removed")}
            self.stdout.write(
                _("Against what is live: added %(added)d, changed %(changed)d, removed %(removed)d.") % told
            )
