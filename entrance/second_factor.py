"""The second factor: a code of an authenticator app, or one of the recovery codes made with it.

Administrators and publishers need one, and whoever has set one up. django-otp keeps and checks them: a code counts
once, and each failure doubles the wait before the next try.
"""

import base64
import logging
import secrets
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from entrance.models import Authenticator

logger = logging.getLogger(__name__)

# Who may do one of these has power over what others see, or over people.
POWERS: Final = ("offers.publish", "offers.pause", "auth.change_user", "integrations.change_client")
DIGITS: Final = 6
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10  # of chance in a code: 16 letters and digits
STORED_LENGTH: Final = 16


class Wait(Exception):
    """After failures the next try has to wait."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def needed(user: User) -> bool:
    """Whether this person gets in with a second factor only."""
    return settings.ADMIN_OTP and (any(map(user.has_perm, POWERS)) or of(user) is not None)


def shown(user: User) -> bool:
    """Whether this session has shown it already."""
    return getattr(user, "otp_device", None) is not None


def of(user: User) -> Authenticator | None:
    return Authenticator.objects.filter(user=user, confirmed=True).first()


def begun(user: User) -> Authenticator:
    """The authenticator that this person is about to set up."""
    authenticator, _made = Authenticator.objects.get_or_create(user=user, confirmed=False)
    return authenticator


@transaction.atomic
def confirm(user: User, code: str) -> Authenticator | None:
    """What was begun becomes this person's second factor, if the code is its. Raises Wait."""
    authenticator = Authenticator.objects.select_for_update().filter(user=user, confirmed=False).first()
    if of(user) or not (authenticator and _verified(authenticator, _plain(code))):
        return None
    authenticator.confirmed = True
    authenticator.save()
    logger.info("a second factor was set up: %s", user.username)
    return authenticator


@transaction.atomic
def verify(user: User, code: str) -> Device | None:
    """What the code is of: the authenticator, or the recovery codes, of which it is used up. Raises Wait."""
    plain = _plain(code)
    of_app = len(plain) == DIGITS and plain.isascii() and plain.isdigit()
    model: type[Device] = Authenticator if of_app else StaticDevice
    device = model.objects.select_for_update().filter(user=user, confirmed=True).first()
    found = device if device and _verified(device, plain if of_app else _stored(plain)) else None
    logger.info("a second factor was %s: %s", "shown" if found else "refused", user.username)
    return found


@transaction.atomic
def make_recovery_codes(user: User) -> list[str]:
    """New ones in place of the old. They are kept as keyed hashes: this is the only moment to read them."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_stored(code)) for code in codes)
    return ["-".join(code[place : place + 4] for place in range(0, len(code), 4)) for code in codes]


def recovery_codes_left(user: User) -> int:
    return StaticToken.objects.filter(device__user=user).count()


@transaction.atomic
def reset(user: User) -> bool:
    """Take the second factor and the recovery codes away; at the next login another can be set up."""
    StaticDevice.objects.filter(user=user).delete()
    removed, _each = Authenticator.objects.filter(user=user).delete()
    logger.info("a second factor was taken away: %s", user.username)
    return bool(removed)


def _verified(device: Device, code: str) -> bool:
    allowed, why = device.verify_is_allowed()
    if not allowed:
        raise Wait(why["locked_until"])
    return bool(device.verify_token(code))


def _plain(code: str) -> str:
    """As typed by people: with spaces and hyphens, in any case."""
    return "".join(code.split()).replace("-", "").lower()


def _stored(code: str) -> str:
    digest = salted_hmac("entrance.recovery", code, algorithm="sha256").digest()
    return base64.b32encode(digest).decode()[:STORED_LENGTH]
