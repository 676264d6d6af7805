"""Which version of a list is live: one column of one row, changed in one step, taken back in one step."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import journal
from integrations.lists.models import ListVersion, PersonList
from integrations.models import Kind


class CantSwitch(RuntimeError):
    """Why not, in words."""


def switch(version: ListVersion, *, by: str) -> None:
    """From now on answers see this version of its list. Raises CantSwitch."""
    with transaction.atomic():
        listed = _locked(version.person_list_id)
        version.refresh_from_db(fields=("state",))
        if version.state != ListVersion.State.READY:
            raise CantSwitch(_("Only a version that is checked, and has no mistakes, can become live."))
        if listed.live_id == version.pk:
            raise CantSwitch(_("This version is live already."))
        if settings.FOUR_EYES and by == version.loaded_by:
            raise CantSwitch(_("Who has loaded a version can't make it live: another person must."))
        _change(listed, version, by)


def take_back(listed: PersonList, *, by: str) -> None:
    """What was live before is live again, which may be nothing; done again, it is as it was. Raises CantSwitch."""
    with transaction.atomic():
        locked = _locked(listed.pk)
        if locked.switched_at is None:
            raise CantSwitch(_("Nothing has been switched yet."))
        _change(locked, locked.previous, by)


def withdraw(listed: PersonList, *, by: str) -> None:
    """Answers see nothing of this list until a version is switched to, or this is taken back. Raises CantSwitch."""
    with transaction.atomic():
        locked = _locked(listed.pk)
        if locked.live is None:
            raise CantSwitch(_("Nothing of this list is live."))
        _change(locked, None, by)


def live(listed: PersonList) -> str:
    """What is live of it now, in words."""
    listed.refresh_from_db()
    if listed.live is None:
        return _("Nothing of this list is live.")
    return _("Version %(number)d is live.") % {"number": listed.live.number}


def _locked(pk: int) -> PersonList:
    return PersonList.objects.select_for_update(of=("self",)).select_related("live", "previous").get(pk=pk)


def _change(listed: PersonList, live: ListVersion | None, by: str) -> None:
    listed.previous, listed.live = listed.live, live
    listed.switched_at, listed.switched_by = timezone.now(), by
    listed.save(update_fields=("live", "previous", "switched_at", "switched_by"))
    journal.record(
        Kind.LIST_SWITCHED,
        list=listed.code,
        by=by,
        live=live and live.number,
        before=listed.previous and listed.previous.number,
        lines=live.rows if live else 0,
    )
