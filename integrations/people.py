"""A person in the journal, known by the keyed hash of a phone number: found, held, forgotten."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from integrations import journal, partitions, privacy, trials
from integrations.applications.models import Application, ApplicationEvent
from integrations.lists import standing
from integrations.lists.standing import Standing
from integrations.models import Enquiry, Hold, JournalEntry, Kind

# What is known of a person: the entries with their number, and requests so malformed that no number was read of them,
# which belong to one of their enquiries. What was forgotten already has no salt.
THEIRS: Final = """
from integrations_journalentry entry where entry.salt is not null and (entry.phone_hash = %(phone_hash)s
    or entry.phone_hash is null and entry.search_id = any(%(search_ids)s))"""
COUNT: Final = f"select count(*), min(entry.received_at), max(entry.received_at) {THEIRS}"
FORGET: Final = f"""
update integrations_journalentry as forgotten
set phone_hash = null, phone_mask = null, remote_addr = null, request_sealed = null, salt = null
where (forgotten.id, forgotten.received_at) in (select entry.id, entry.received_at {THEIRS})"""


# An application stays, since what the bank decides on those it was told of is counted; its id becomes that of its row,
# and no word of how it was told stays.
FORGET_APPLICATIONS: Final = """
update integrations_application set application_id = id::text, metrica_client_id = null, ref = null,
    forgotten_at = statement_timestamp()
where search_id = any(%(search_ids)s) and forgotten_at is null returning id"""

GRANTED: Final = "the bank has approved or issued: {applications}"


class MustBeKept(RuntimeError):
    """Why this person's data can't be destroyed now."""


@dataclass(frozen=True, slots=True)
class Known:
    """How much is known of a person; after `forget`, how much was."""

    entries: int
    enquiries: int
    applications: int
    listed: int  # lines of lists that grant them terms
    trial_phones: int  # of clients that only test, which named their number
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    known: Known
    entry: UUID  # of the journal, which says that it was done
    moment: datetime


def find(phone: str) -> list[UUID]:
    """The `search_id` of every enquiry of theirs, the oldest first."""
    entries = JournalEntry.objects.filter(phone_hash=_hash(phone), search_id__isnull=False)
    moments: dict[Any, datetime] = dict(entries.order_by("-received_at", "-id").values_list("search_id", "received_at"))
    return sorted(moments, key=lambda search_id: moments[search_id])


def known(phone: str) -> Known:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _theirs(phone))
        entries, first, last = cursor.fetchone()
    enquiries = Enquiry.objects.filter(phone_hash=_hash(phone)).count()
    listed = sum(not each.is_stop for each in lists(phone))
    trial_phones = trials.of_person(_hash(phone)).count()
    return Known(entries, enquiries, _applications(phone).count(), listed, trial_phones, first, last)


def lists(phone: str) -> list[Standing]:
    """Where they stand on lists; stop lists are kept whatever they ask, see docs/personal-data.md."""
    return standing.find(_hash(phone))


@transaction.atomic
def ask_lists(phone: str, *, by: str) -> list[Standing]:
    """The same, asked by somebody in the admin: the journal says who asked, and what was found, not of whom."""
    found = lists(phone)
    journal.record(Kind.LIST_ASKED, by=by, lists=sorted({each.code for each in found}))
    return found


def ground_to_keep(phone: str) -> str | None:
    """What forbids to destroy this person's data: a hold, or a loan that the bank has granted."""
    if granted := _granted(phone):
        return GRANTED.format(applications=", ".join(granted))
    return Hold.objects.filter(phone_hash=_hash(phone)).values_list("reason", flat=True).first()


def _granted(phone: str) -> list[str]:
    """Applications of theirs that the bank has approved or issued."""
    approved = Q(approved_at__isnull=False) | Q(issued_at__isnull=False)
    theirs = _applications(phone).filter(approved)
    return list(theirs.order_by("application_id").values_list("application_id", flat=True))


def _applications(phone: str) -> QuerySet[Application]:
    """Theirs; of one that is not matched to its enquiry yet, nobody knows whose it is."""
    return Application.objects.filter(search_id__in=find(phone), forgotten_at=None)


def held() -> list[UUID]:
    """The `search_id` of every enquiry of those whose data must be kept."""
    hashes = list(Hold.objects.values_list("phone_hash", flat=True))
    entries = JournalEntry.objects.filter(phone_hash__in=hashes).order_by().values_list("search_id", flat=True)
    return [search_id for search_id in entries.distinct() if search_id] if hashes else []


def hold(phone: str, reason: str) -> None:
    Hold.objects.update_or_create(phone_hash=_hash(phone), defaults={"reason": privacy.hide_numbers(reason)})


def lift(phone: str) -> bool:
    """Whether there was a hold."""
    return bool(Hold.objects.filter(phone_hash=_hash(phone)).delete()[0])


def forget(phone: str, *, by: str, reason: str) -> Forgotten:
    """Destroy what is known of the person, but not the decisions, in one transaction with the entry that says so.

    Raises MustBeKept with the ground. Partitions stay as they are meanwhile, lest a copy be made of what is forgotten.
    """
    with partitions.alone(), transaction.atomic():
        if ground := ground_to_keep(phone):
            raise MustBeKept(ground)
        was = known(phone)
        with connection.cursor() as cursor:
            cursor.execute("set local vitrina.forgetting = 'on'")
            theirs = _theirs(phone)  # before the entries lose what says so
            cursor.execute(FORGET_APPLICATIONS, theirs)
            applications = [application for (application,) in cursor.fetchall()]
            ApplicationEvent.objects.filter(application__in=applications).delete()
            cursor.execute(FORGET, theirs)
            entries = cursor.rowcount
            cursor.execute("set local vitrina.forgetting = 'off'")
        Enquiry.objects.filter(phone_hash=_hash(phone)).delete()
        listed = standing.forget(_hash(phone))
        trial_phones, _models = trials.of_person(_hash(phone)).delete()
        was = Known(entries, was.enquiries, len(applications), listed, trial_phones, was.first, was.last)
        entry = journal.record(
            Kind.FORGOTTEN,
            entries=was.entries,
            enquiries=was.enquiries,
            applications=was.applications,
            listed=was.listed,
            trial_phones=was.trial_phones,
            by=by,
            reason=privacy.hide_numbers(reason),
        )
        return Forgotten(was, entry, JournalEntry.objects.get(id=entry).received_at)


def _theirs(phone: str) -> dict[str, Any]:
    return {"phone_hash": _hash(phone), "search_ids": find(phone)}


def _hash(phone: str) -> bytes:
    return privacy.hash_phone(phone, settings.PHONE_KEY.secret)
