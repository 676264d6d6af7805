"""Each enquiry as a lead for the bank's own system, by HTTP, until it is taken. Off unless LEADS_URL is set.

The journal is the source: what was answered is looked through by the order of commits, so that nothing is left out,
and an answer to Yandex costs nothing more. The phone number is in the sealed request alone. It is opened for this
recipient, and each opening is an entry of the journal, written before the number leaves.
"""

import logging
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, Final

import httpx
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import connection, transaction

from integrations import journal, keys, privacy, references, trials
from integrations.applications.models import Lead, LeadCursor
from integrations.models import JournalEntry, Kind, MonthKey
from integrations.yandex import render
from integrations.yandex.errors import Problem
from integrations.yandex.parse import LoanApproval, parse_post
from offers import catalogue
from offers.domain.decide import OFFERED
from offers.models import Release

logger = logging.getLogger(__name__)

RECIPIENT: Final = "leads"
AT_ONCE: Final = 50
TIMEOUT: Final = httpx.Timeout(5.0, connect=2.0)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
ATTEMPTS_MAX: Final = 14  # two days and more
GONE: Final = "the request can't be opened"
FAILURE_LENGTH: Final = 60

# Below xmin nothing can be committed any more. A cursor from another cluster, out of a backup, begins anew.
TAKE: Final = f"""
with seen as (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin),
cursor as (update integrations_leadcursor set xact = seen.xmin from seen
    returning least(%(since)s, seen.xmin) as since, seen.xmin)
insert into integrations_lead (id, received_at, attempts, next_try_at, failure)
select id, received_at, 0, statement_timestamp(), '' from integrations_journalentry, cursor
where xact >= cursor.since and xact < cursor.xmin and kind = 'approval' and status = 200 and not repeated
    and request_sealed is not null and {trials.REAL.format(client="client")}
on conflict do nothing"""
BEGIN: Final = """
insert into integrations_leadcursor (id, xact) values (1, pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
on conflict do nothing"""


class Gone(LookupError):
    """The request's key is destroyed, the person is forgotten, or the entry is no more."""


def work(stop: Event) -> None:
    """What is due: for a job that runs every few seconds."""
    if settings.LEADS_URL:
        collect()
        deliver(stop)


@transaction.atomic
def collect() -> int:
    """Make leads of the enquiries answered since the last time; of none before they were switched on."""
    cursor_row = LeadCursor.objects.select_for_update().first()
    with connection.cursor() as cursor:
        if cursor_row is None:
            cursor.execute(BEGIN)
            return 0
        cursor.execute(TAKE, {"since": cursor_row.xact})
        return int(cursor.rowcount)


def deliver(stop: Event, now: datetime | None = None) -> int:
    """Hand over those that are due, the longest waiting first; how many were taken."""
    delivered = 0
    due = Lead.objects.filter(next_try_at__lte=now or datetime.now(UTC)).order_by("next_try_at")
    # Neither another address nor a proxy that the environment names: only the one that was set.
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        for lead in due[:AT_ONCE]:
            if stop.is_set():
                break
            delivered += _hand_over(lead, client)
    return delivered


def _hand_over(lead: Lead, client: httpx.Client) -> bool:
    try:
        message = _message(lead)
    except Gone:
        _settle(lead, GONE, next_try_at=None)
        return False
    lead.attempts += 1
    failure = _send(message, str(lead.id), client)
    if not failure:
        lead.delivered_at = datetime.now(UTC)
        _settle(lead, "", next_try_at=None)
        return True
    pause = min(FIRST_PAUSE * 2 ** (lead.attempts - 1), LONGEST_PAUSE)
    again = datetime.now(UTC) + pause if lead.attempts < ATTEMPTS_MAX else None
    logger.warning("a lead was not taken: %s, attempt %d, %s", lead.id, lead.attempts, failure)
    _settle(lead, failure, next_try_at=again)
    return False


def _settle(lead: Lead, failure: str, *, next_try_at: datetime | None) -> None:
    lead.failure, lead.next_try_at = failure[:FAILURE_LENGTH], next_try_at
    lead.save(update_fields=["attempts", "delivered_at", "failure", "next_try_at"])


def _send(message: bytes, lead_id: str, client: httpx.Client) -> str:
    """Why it was not taken; empty where it was. What the other side says is not read."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": lead_id}
    if settings.LEADS_TOKEN:
        headers["Authorization"] = f"Bearer {settings.LEADS_TOKEN}"
    try:
        with client.stream("POST", settings.LEADS_URL, content=message, headers=headers) as response:
            return "" if response.is_success else f"HTTP {response.status_code}"
    except httpx.HTTPError as error:
        return type(error).__name__


def _message(lead: Lead) -> bytes:
    """What the recipient gets; raises Gone. The opening is journalled first."""
    entry = JournalEntry.objects.filter(id=lead.id, received_at=lead.received_at).first()
    if entry is None:
        raise Gone
    request = _opened(entry)
    journal.record(Kind.OPENED, entry=lead.id, recipient=RECIPIENT, attempt=lead.attempts + 1)
    members: dict[str, Any] = {
        "lead_id": str(entry.id),
        "search_id": str(entry.search_id),
        "asked_at": entry.received_at.astimezone(UTC).isoformat(),
        "phone_number": request.phone_number,
        "product_type": entry.product_type,
        "amount": entry.amount,
        "term": entry.term,
        "decision": entry.decision,
        "offers": _offers(entry),
    }
    return render.encode(members).encode()


def _opened(entry: JournalEntry) -> LoanApproval:
    if entry.request_sealed is None or entry.seal_key is None:
        raise Gone
    try:
        body = privacy.unseal(keys.cipher_of(entry.seal_key), bytes(entry.request_sealed), entry.id.bytes)
        message = parse_post(body)
    except (MonthKey.DoesNotExist, keys.KeyDestroyed, keys.UnknownMasterKey, InvalidTag, Problem):
        raise Gone from None
    if not isinstance(message, LoanApproval):
        raise Gone
    return message


def _offers(entry: JournalEntry) -> list[dict[str, Any]]:
    """What was shown, each with the reference by which its application is told of later."""
    if entry.release is None:
        return []
    try:
        content = catalogue.release(entry.release).content
    except Release.DoesNotExist:
        return []
    key = settings.REF_KEY.secret
    return [
        {"offer": offer.code, "ref": references.write(key, entry.id, entry.release, place)}
        for place, (offer, reason) in enumerate(zip(content, entry.reasons or (), strict=False))
        if reason in OFFERED
    ]
