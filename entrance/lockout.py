"""Who guesses passwords is locked out for a while: by name and address together, so that nobody else is.

Whatever is no name of ours was typed by mistake, perhaps a password or a phone number; only a keyed hash of it is kept.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from integrations import networks

COOL_OFF: Final = timedelta(minutes=15)
HASH_LENGTH: Final = 16


def cool_off(_request: HttpRequest | None = None) -> timedelta:
    return COOL_OFF


def address(request: HttpRequest) -> str | None:
    """Whence somebody comes, past the proxies that are trusted."""
    meta = request.META
    return networks.caller(meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)


def name(_request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """A name of ours as it is; of everything else, a hash by which it is known again."""
    given = str((credentials or {}).get("username") or "")
    if User.objects.filter(username=given).exists():
        return given
    return f"?{salted_hmac('entrance.lockout', given, algorithm='sha256').hexdigest()[:HASH_LENGTH]}"


def told(username: str, ip_address: str, *_more: Any) -> str:
    """How the log names whoever tried."""
    return f"{username} from {ip_address}"


def refuse(request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page that says until when."""
    until = ends_at(name(request, credentials), address(request))
    context = {**admin.site.each_context(request), "until": timezone.localtime(until)}
    response = render(request, "entrance/locked_out.html", context, status=429)
    response["Retry-After"] = str(max(1, round((until - timezone.now()).total_seconds())))
    return response


def ends_at(username: str, ip_address: str | None) -> datetime:
    attempts = AccessAttempt.objects.filter(username=username, ip_address=ip_address)
    latest = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    return (latest or timezone.now()) + COOL_OFF
