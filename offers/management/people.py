"""Who runs a command."""

from getpass import getuser

UNKNOWN = "manage.py"


def login() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return UNKNOWN
