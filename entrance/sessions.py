"""How long a login holds: so long at most, and so long without anything done."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

ENTERED, SEEN = "entered_at", "seen_at"
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC).isoformat()  # of sessions that were begun in no known way
# What was done is noted so often, so that not every page writes to the database.
NOTED_EVERY: Final = timedelta(minutes=1)


class Limits:
    """Ends sessions that are over before anybody sees who the person was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            hold(request, datetime.now(UTC))
        return self.get_response(request)


def begin(*, request: HttpRequest, **_signal: Any) -> None:
    """Somebody logs in."""
    request.session[ENTERED] = request.session[SEEN] = datetime.now(UTC).isoformat()


def hold(request: HttpRequest, now: datetime) -> None:
    """Note that something was done now; or end the session, and say so."""
    entered, seen = (datetime.fromisoformat(request.session.get(each, LONG_AGO)) for each in (ENTERED, SEEN))
    if now - entered >= settings.SESSION_LIFETIME or now - seen >= settings.SESSION_IDLE:
        logout(request)
        messages.info(request, _("Your login has ended. Log in again to go on."))
    elif now - seen >= NOTED_EVERY:
        request.session[SEEN] = now.isoformat()
