"""A list, or a version of it, as arguments."""

from argparse import ArgumentParser

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from integrations.lists.models import ListVersion, PersonList


def add_argument(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", help="the list's code")


def find(code: str) -> PersonList:
    listed = PersonList.objects.filter(code=code).first()
    if listed is None:
        known = ", ".join(PersonList.objects.values_list("code", flat=True)) or "—"
        raise CommandError(_("There is no list %(code)s. There are: %(known)s") % {"code": code, "known": known})
    return listed


def version(listed: PersonList, number: int) -> ListVersion:
    found = listed.versions.filter(number=number).first()
    if found is None:
        raise CommandError(_("There is no version %(number)d of this list.") % {"number": number})
    return found
