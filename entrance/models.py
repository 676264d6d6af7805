"""Other people's rows under our own names: who is locked out, and who has a second factor."""

from binascii import unhexlify

from axes.models import AccessAttempt
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

KEY_BYTES = 20  # What authenticator apps expect of SHA-1.


class Lockout(AccessAttempt):
    """Failed logins of one name from one address, with one browser."""

    class Meta:
        proxy = True
        default_permissions = ("view", "delete")
        verbose_name = _("failed login")
        verbose_name_plural = _("failed logins")


class Authenticator(TOTPDevice):
    """A person's app that shows a code every 30 seconds.

    What is in the database is no secret by itself: the app's key is made of it with SECRET_KEY, which is not there.
    """

    class Meta:
        proxy = True
        default_permissions = ("view", "delete")
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    @property
    def bin_key(self) -> bytes:
        seed: bytes = unhexlify(self.key)
        digest = salted_hmac("entrance.Authenticator", seed, algorithm="sha256").digest()
        return bytes(digest[:KEY_BYTES])
