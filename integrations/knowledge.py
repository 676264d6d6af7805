"""What is known of the person who asks: one statement, and only of what the product's policy asks for."""

import json
from functools import lru_cache
from typing import Final

from integrations import database
from integrations.journal import Exchange
from integrations.lists import lookup
from integrations.models import Kind
from offers.domain.catalogue import DecisionBasis, Policy
from offers.domain.decide import Reason
from offers.domain.known import NOTHING, Known, Trial
from offers.domain.snapshot import from_plain, to_plain

# Other enquiries of the same phone, but for those refused for being too many; revisions, repeats and polls of one are
# one. By the journal's index of phones.
ENQUIRIES: Final = f"""(
    select count(distinct search_id) from integrations_journalentry
    where phone_hash = %(phone_hash)s and received_at > %(now)s - interval '24 hours' and received_at < %(now)s
        and kind = '{Kind.APPROVAL}' and status = 200 and search_id <> %(search_id)s
        and {Reason.TOO_MANY_ENQUIRIES:d} <> all (coalesce(reasons, '{{}}')))"""
TRIAL: Final = """(
    select answer from integrations_trialphone where client_id = %(client)s and phone_hash = %(phone_hash)s)"""
NOT_ASKED: Final = "null"


def look_up(exchange: Exchange, policy: Policy) -> Known:
    """What the database knows of the phone in question; nothing is asked where the policy wants nothing."""
    if not (policy.looks_up or exchange.on_trial):
        return NOTHING
    [(enquiries, stop, listed, trial)] = database.execute(
        _statement(policy, exchange.on_trial),
        {
            "client": exchange.client,
            "search_id": exchange.search_id,
            "product": policy.product,
            "phone_hash": exchange.phone_hash,
            "now": exchange.received_at,
        },
    )
    return Known(
        enquiries=enquiries or 0,
        stop=stop or "",
        listed=lookup.read_grants(listed or ()),
        trial=None if trial is None else Trial(trial),
    )


def dump(known: Known) -> str | None:
    """As the journal keeps it; None where nothing was asked, or nothing found."""
    return (
        None
        if known is NOTHING or known == NOTHING
        else json.dumps(to_plain(known), ensure_ascii=False, sort_keys=True)
    )


def load(text: str | None) -> Known:
    return NOTHING if text is None else from_plain(Known, json.loads(text))


@lru_cache
def _statement(policy: Policy, on_trial: bool) -> str:  # noqa: FBT001  (a key of the memory)
    parts = (
        NOT_ASKED if policy.enquiries_a_day is None else ENQUIRIES,
        lookup.STOP if policy.stop_lists else NOT_ASKED,
        NOT_ASKED if policy.basis is DecisionBasis.CATALOGUE_ONLY else lookup.GRANTS,
        TRIAL if on_trial else NOT_ASKED,
    )
    return f"select {', '.join(parts)}"
