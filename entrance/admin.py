"""Administrators let people in again: who was locked out, and who has lost the phone."""

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from entrance import second_factor
from entrance.lockout import COOL_OFF
from entrance.models import Authenticator, Lockout
from offers import wording
from offers.admin.theme import ReadOnlyAdmin

for theirs in (TOTPDevice, StaticDevice):  # Their pages show keys.
    admin.site.unregister(theirs)


class ReadOnly(ReadOnlyAdmin):
    """Nothing to edit and nothing to open; one action in place of deletion, for whoever may delete."""

    list_display_links = None

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.delete_{self.opts.model_name}")


@admin.register(Lockout)
class LockoutAdmin(ReadOnly):
    list_display = ("username", "ip_address", "failures_since_start", "counts_until")
    search_fields = ("username",)
    actions = ("unlock",)

    @admin.display(description=gettext_lazy("counts until"), ordering="attempt_time")
    def counts_until(self, row: Lockout) -> str:
        return wording.moment(row.attempt_time + COOL_OFF)

    @admin.action(description=gettext_lazy("Forget, so that they can log in"), permissions=["undo"])
    def unlock(self, request: HttpRequest, rows: QuerySet[Lockout]) -> None:
        self.log_deletions(request, rows)
        names = ", ".join(sorted({str(row.username) for row in rows}))
        rows.delete()
        messages.success(request, _("They can log in again: %(names)s.") % {"names": names})


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    list_display = ("person", "created", "last_used")
    search_fields = ("user__username",)
    actions = ("take_away",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authenticator]:
        """Of those who may do everything, for their like alone."""
        rows = Authenticator.objects.filter(confirmed=True).select_related("user")
        return rows if request.user.is_superuser else rows.filter(user__is_superuser=False)

    @admin.display(description=gettext_lazy("person"), ordering="user__username")
    def person(self, row: Authenticator) -> str:
        return row.user.get_username()

    @admin.display(description=gettext_lazy("set up"), ordering="created_at")
    def created(self, row: Authenticator) -> str:
        return wording.moment(row.created_at) if row.created_at else "—"

    @admin.display(description=gettext_lazy("last used"), ordering="last_used_at")
    def last_used(self, row: Authenticator) -> str:
        return wording.moment(row.last_used_at) if row.last_used_at else "—"

    @admin.action(description=gettext_lazy("Take away, so that they can set up another"), permissions=["undo"])
    def take_away(self, request: HttpRequest, rows: QuerySet[Authenticator]) -> None:
        self.log_deletions(request, rows)
        people = list(User.objects.filter(id__in=rows.values("user")).order_by("username"))
        for person in people:
            second_factor.reset(person)
        names = ", ".join(person.username for person in people)
        messages.success(request, _("At the next login they set up another: %(names)s.") % {"names": names})
