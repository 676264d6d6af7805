"""Direct's file of offline conversions, as its help describes it (docs/protocol/README.md, Applications).

Direct wants a ClientID, a phone or an e-mail in each row. Phones are not kept here, so rows without a ClientID go into
a file of their own, for the bank's system to fill in by the application's id.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from integrations.applications.conversion import Conversion, File
from integrations.applications.states import State
from offers.domain.snapshot import plain_decimal

NAME: Final = "direct"
# By the clocks of the Metrica counter; the moment of an order can't be changed by a later file, nor is it here.
MOSCOW: Final = ZoneInfo("Europe/Moscow")
MOMENT: Final = "%d.%m.%Y %H:%M:%S"
COLUMNS: Final = (
    "id", "create_date_time", "client_uniq_id", "client_ids", "emails", "phones", "order_status", "revenue",
)  # fmt: skip
STATES: Final[Mapping[State, str]] = {
    State.FILED: "IN_PROGRESS",
    State.APPROVED: "IN_PROGRESS",
    State.ISSUED: "PAID",
    State.DECLINED: "CANCELLED",
    State.CANCELLED: "CANCELLED",
}


def files(conversions: Sequence[Conversion]) -> list[File]:
    """What can be uploaded as it is, and what needs phones first; none that would be empty."""
    known = [one for one in conversions if one.metrica_client_id]
    nameless = [one for one in conversions if not one.metrica_client_id]
    both = ("direct-conversions.csv", known), ("direct-conversions-phones-missing.csv", nameless)
    return [File(name, _csv(rows)) for name, rows in both if rows]


def _csv(conversions: Iterable[Conversion]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows(_row(one) for one in conversions)
    return text.getvalue().encode()


def _row(one: Conversion) -> list[str]:
    """Revenue only of what is paid; a state on the way has brought nothing yet."""
    paid = one.state is State.ISSUED and one.amount is not None
    return [
        one.application_id,
        one.began_at.astimezone(MOSCOW).strftime(MOMENT),
        "",
        one.metrica_client_id or "",
        "",
        "",
        STATES[one.state],
        plain_decimal(one.amount) if paid and one.amount is not None else "",
    ]
