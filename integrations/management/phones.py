"""A phone number as an argument: given as `-`, it is read from standard input, and stays out of the shell's history."""

import getpass
import sys
from argparse import ArgumentParser

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from integrations import privacy


def add_argument(parser: ArgumentParser) -> None:
    parser.add_argument("phone", metavar="PHONE", help="ten digits, with or without +7 or 8; - reads standard input")


def read(argument: str) -> str:
    """The ten digits; asks for them only where somebody sits at a terminal."""
    if argument == "-":
        argument = getpass.getpass(_("Phone: ")) if sys.stdin.isatty() else sys.stdin.readline()
    phone = privacy.read_phone(argument.strip())
    if phone is None:
        raise CommandError(_("That is no phone number of ten digits."))
    return phone
