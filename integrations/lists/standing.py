"""On which lists a person stands, by the keyed hash of the phone; and how they are taken off."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils import timezone

from integrations.lists.models import PersonList

# Of every version that still has people, the live one of each list first.
FIND: Final = """
select list.code, list.name, list.purpose, version.number, version.id is not distinct from list.live_id,
    person.product_type, person.offer, person.amount_max, person.rate, person.approval, person.valid_until
from integrations_listversion version
join integrations_personlist list on list.id = version.person_list_id
join integrations_listedperson person on person.version = version.id and person.phone_hash = %(phone_hash)s
order by list.code, 5 desc, version.number desc, person.line"""

FORGET: Final = f"""
delete from integrations_listedperson where phone_hash = %(phone_hash)s and version in (
    select version.id from integrations_listversion version
    join integrations_personlist list on list.id = version.person_list_id
    where list.purpose = '{PersonList.Purpose.PREQUALIFIED}')"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A line that names the person."""

    code: str
    name: str
    purpose: str
    version: int
    is_live: bool
    product_type: str
    offer: str
    amount_max: Decimal | None
    rate: Decimal | None
    approval: str
    valid_until: datetime | None

    @property
    def last_day(self) -> date | None:
        """As a file says it: the line holds through the whole of that day."""
        return timezone.localdate(self.valid_until - timedelta(microseconds=1)) if self.valid_until else None

    @property
    def is_stop(self) -> bool:
        return self.purpose == PersonList.Purpose.STOP


def find(phone_hash: bytes) -> list[Standing]:
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"phone_hash": phone_hash})
        return [Standing(*row) for row in cursor.fetchall()]


def forget(phone_hash: bytes) -> int:
    """Take the person off all lists but stop lists, which the bank keeps on grounds of its own; how many lines."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"phone_hash": phone_hash})
        return int(cursor.rowcount)
