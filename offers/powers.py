"""Who may do what with publications, four eyes considered."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

PUBLISH: Final = "offers.publish"
ASK: Final = "offers.ask"
PAUSE: Final = "offers.pause"


def may_publish(user: Any) -> bool:
    """By themselves: with four eyes nobody."""
    return bool(user.has_perm(PUBLISH)) and not settings.FOUR_EYES


def may_ask(user: Any) -> bool:
    return bool(user.has_perm(ASK)) and not may_publish(user)


def name_of(request: HttpRequest) -> str:
    """Whom the releases and the history name."""
    return request.user.get_username()
