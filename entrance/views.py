"""The pages of the second factor: set it up, show it, and see to its recovery codes."""

import base64
from collections.abc import Callable
from typing import Any, Final, TypeVar

import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as remember
from django_otp.models import Device
from unfold.widgets import UnfoldAdminTextInputWidget

from entrance import second_factor
from entrance.models import Authenticator
from entrance.second_factor import Wait

Found = TypeVar("Found", bound=Device)
CODE_LENGTH: Final = 40


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=CODE_LENGTH,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


@never_cache
@sensitive_post_parameters("code")
def show(request: HttpRequest) -> HttpResponse:
    """Whoever has shown a password gets the page that comes next."""
    user = request.user
    if not (isinstance(user, User) and user.is_staff):
        return redirect("admin:login")
    if request.POST.get("do") == "leave":
        logout(request)
        return redirect("admin:login")
    if not settings.ADMIN_OTP:
        return redirect("admin:index")
    if second_factor.of(user) is None:
        return _set_up(request, user)
    return _see_to(request, user) if second_factor.shown(user) else _ask(request, user)


def _set_up(request: HttpRequest, user: User) -> HttpResponse:
    form = CodeForm(request.POST or None)
    authenticator = _tried(form, lambda code: second_factor.confirm(user, code))
    if authenticator:
        _let_in(request, authenticator)
        return _show_codes(request, user)
    begun = second_factor.begun(user)
    key = base64.b32encode(begun.bin_key).decode()
    title = _("Set up the second factor")
    return _page(request, "entrance/set_up.html", title, form=form, drawing=_drawn(begun.config_url), key=_grouped(key))


def _ask(request: HttpRequest, user: User) -> HttpResponse:
    form = CodeForm(request.POST or None)
    device = _tried(form, lambda code: second_factor.verify(user, code))
    if not device:
        return _page(request, "entrance/ask.html", _("Second factor"), form=form)
    _let_in(request, device)
    if not isinstance(device, Authenticator):
        left = second_factor.recovery_codes_left(user)
        messages.warning(request, _("That was a recovery code. Codes left: %(count)d.") % {"count": left})
    return redirect(_next(request))


def _see_to(request: HttpRequest, user: User) -> HttpResponse:
    if request.POST.get("do") == "codes":
        return _show_codes(request, user)
    left = second_factor.recovery_codes_left(user)
    return _page(request, "entrance/see_to.html", _("Second factor"), left=left)


def _show_codes(request: HttpRequest, user: User) -> HttpResponse:
    """The codes are in this very answer: a redirect would have to carry or keep them."""
    codes = second_factor.make_recovery_codes(user)
    return _page(request, "entrance/codes.html", _("Recovery codes"), codes=codes)


def _tried(form: CodeForm, attempt: Callable[[str], Found | None]) -> Found | None:
    """What the code in the form is of; the form says why it is of nothing."""
    if not form.is_valid():
        return None
    try:
        found = attempt(form.cleaned_data["code"])
    except Wait as wait:
        form.add_error("code", _("Too many wrong codes. Try again after %(until)s.") % {"until": _time(wait)})
        return None
    if found is None:
        form.add_error("code", _("This code is not right, or was used already. Wait for the next one."))
    return found


def _let_in(request: HttpRequest, device: Device) -> None:
    """A session that may do more gets another key."""
    remember(request, device)
    request.session.cycle_key()


def _time(wait: Wait) -> str:
    return date_format(timezone.localtime(wait.until), "H:i:s")


def _drawn(text: str) -> SafeString:
    """A QR code in the page itself. Segno writes numbers and names of its own, nothing of the text."""
    drawing = segno.make(text, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff", omitsize=True)
    return mark_safe(drawing)  # noqa: S308


def _grouped(key: str) -> str:
    return " ".join(key[place : place + 4] for place in range(0, len(key), 4))


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else resolve_url("admin:index")


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    known = {**admin.site.each_context(request), "title": title, "next": _next(request), **context}
    return TemplateResponse(request, template, known)
