"""What lists say of a person who asks: parts of the one statement that looks up what is known.

Parameters: `phone_hash`, `product`, `now`. Each list costs one descent of an index, however many people are on it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from integrations.lists.models import PersonList
from offers.domain.known import Grant
from offers.domain.snapshot import from_plain

_THEIRS: Final = """
    from integrations_personlist list join integrations_listedperson person
        on person.version = list.live_id and person.phone_hash = %(phone_hash)s
    where person.product_type in ('', %(product)s)
        and (person.valid_until is null or person.valid_until > %(now)s)"""

# A JSON array for `read_grants`, in an order that only a switch of a list changes.
GRANTS: Final = f"""(
    select coalesce(json_agg(json_build_object(
        'approval', person.approval, 'offer', nullif(person.offer, ''),
        'limit', trim_scale(person.amount_max)::text, 'rate', trim_scale(person.rate)::text,
        'until', person.valid_until)
        order by list.code, person.line), '[]')
    {_THEIRS} and list.purpose = '{PersonList.Purpose.PREQUALIFIED}')"""

# The code of the first stop list, by its code, that holds the person; null: none does.
STOP: Final = f"""(
    select list.code {_THEIRS} and list.purpose = '{PersonList.Purpose.STOP}' order by list.code limit 1)"""


def read_grants(rows: Iterable[Mapping[str, Any]]) -> tuple[Grant, ...]:
    return tuple(from_plain(Grant, dict(row)) for row in rows)
