"""Each question of dashboard, explorer and recipes on a journal of millions, and how fast such a journal grows."""

import argparse
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from django.db.models import F

from bench.harness import cluster, machine, seed

ROWS, MONTHS, RELEASES = 5_000_000, 12, 4
ROUNDS = 5
LIMIT_MS, LEAST_SHARE = 100, 0.75
FEW, INSERTED = 1_000, 20_000
DAYS = (7, 90, 365)
ROOT = Path(__file__).resolve().parent.parent
RECIPES = re.compile(r"^### (\d+\..*?)\n.*?^```sql\n(.*?)^```", re.DOTALL | re.MULTILINE)

# Entries as the service writes them, one a statement, but without the network and Python between.
INSERT = """
do $$ begin
    for number in 1..{rows} loop
        insert into integrations_journalentry ({columns})
        select gen_random_uuid(), statement_timestamp(), {rest} from integrations_journalentry_sample;
    end loop;
end $$"""


@dataclass(frozen=True, slots=True)
class Asked:
    what: str
    milliseconds: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench journal", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"of the journal, {ROWS} by default")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as state, cluster.durable() as postgres:
        os.environ["STATIC_ROOT"] = f"{state}/static"
        seed.start(postgres.url(), Path(state))
        try:
            return _measure(postgres, given.rows)
        finally:
            seed.stop()


def _measure(postgres: cluster.Cluster, rows: int) -> int:
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("collectstatic", interactive=False, verbosity=0)
    _publish()
    _fill(FEW)
    _sample()
    empty = _insert_rate(postgres)
    _fill(rows)
    full = _insert_rate(postgres)
    _sql("vacuum (analyze)")
    found = [*_pages(), *_recipes()]
    _print(rows, found, empty, full)
    return int(any(asked.milliseconds > LIMIT_MS for asked in found) or full < LEAST_SHARE * empty)


def _publish() -> None:
    """A few releases of the demo's catalogue, one after another in slightly another order."""
    from integrations import demo
    from offers import models, releases

    demo.seed_catalogue("https://credits.bank.example")
    for _ in range(RELEASES - 1):
        models.Offer.objects.update(position=F("position") + 1)
        releases.publish(author="bench", comment="another order")


def _fill(rows: int) -> None:
    from django.core.management import call_command

    call_command("fill_journal", rows, months=MONTHS, stdout=sys.stderr)


def _sample() -> None:
    """One approval to be written again and again."""
    _sql(
        "create table integrations_journalentry_sample as select * from integrations_journalentry "
        "where decision = 'has_approve' limit 1"
    )


def _insert_rate(postgres: cluster.Cluster) -> float:
    """Entries a second; the best round, since what the machine's other work takes is not the table's.

    Taken back each time: so many entries of this hour, which no tally holds yet, would be another journal to ask.
    """
    from integrations.journal import COLUMNS

    chance = {"search_id": "gen_random_uuid()", "phone_hash": "sha256(gen_random_uuid()::text::bytea)"}
    rest = ", ".join(chance.get(name, name) for name in COLUMNS[2:])
    statement = INSERT.format(rows=INSERTED, columns=", ".join(COLUMNS), rest=rest)
    postgres.settle()
    return INSERTED / min(_seconds_taken_back(statement) for _ in range(ROUNDS))


def _pages() -> Iterator[Asked]:
    """By the statements that a page asks: what it costs to draw does not grow with the journal."""
    from django.contrib.auth.models import User
    from django.test import Client

    from integrations.models import JournalEntry

    client = Client()
    client.force_login(User.objects.create_superuser("bench"))
    some = JournalEntry.objects.filter(kind="poll", repeated=False, decision__isnull=False)[0]
    page = "/admin/integrations/journalentry/"
    for days in DAYS:
        yield from _each_statement(client, f"dashboard, {days} days", f"{page}dashboard/?days={days}")
        yield from _each_statement(client, f"unmet demand, {days} days", f"{page}unmet/?days={days}")
    filters: dict[str, dict[str, Any]] = {
        "newest": {},
        "a page in the middle": {"before": f"{some.received_at.isoformat()}_{some.id}"},
        "refused": {"decision__exact": "rejected"},
        "status 503": {"status": 503},
        "rare: a client's largest and longest": {"client": "crm", "amount": 5_000_000, "term": 85},
        "reason: a longer term": {"reason": 8},
        "a release of long ago": {"release": 1},
        "a band in a past month": {"amount": 300_000, "from": "2026-05-01", "to": "2026-06-01"},
        "phone": {"phone": bytes(some.phone_hash or b"").hex()},
        "search_id": {"id": some.search_id},
        "request id": {"id": some.id},
    }
    for name, query in filters.items():
        yield from _each_statement(client, f"explorer, {name}", f"{page}?{urlencode(query)}")
    yield from _each_statement(client, "one enquiry, derived again", f"{page}enquiry/{some.search_id}/?again")
    yield from _each_statement(client, "evidence", f"{page}{some.id}/evidence/")


def _each_statement(client: Any, what: str, address: str) -> Iterator[Asked]:
    """The slowest statement of a page: each is one question."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    slowest = []
    for _ in range(ROUNDS):
        with CaptureQueriesContext(connection) as statements:
            response = client.get(address)
        if response.status_code != 200:  # noqa: PLR2004
            raise RuntimeError(f"{address} answered {response.status_code}")
        slowest.append(max(float(statement["time"]) for statement in statements) * 1000)
    yield Asked(what, statistics.median(slowest[1:]))


def _recipes() -> Iterator[Asked]:
    for title, query in RECIPES.findall((ROOT / "docs/analysts.md").read_text()):
        times = [_seconds(lambda: _sql(query)) for _ in range(ROUNDS)]  # noqa: B023  (called at once)
        yield Asked(title, statistics.median(times[1:]) * 1000)


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _seconds_taken_back(statement: str) -> float:
    from django.db import transaction

    with transaction.atomic():
        took = _seconds(lambda: _sql(statement))
        transaction.set_rollback(True)
    return took


def _sql(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        if cursor.description:
            cursor.fetchall()


def _print(rows: int, found: list[Asked], empty: float, full: float) -> None:
    print(f"\n{rows:,} entries over {MONTHS} months; {machine.describe()}; {datetime.now(UTC):%Y-%m-%d}\n")
    print("| question | warm, ms |\n|---|---|")
    for asked in found:
        print(f"| {asked.what} | {asked.milliseconds:.1f}{' **slow**' if asked.milliseconds > LIMIT_MS else ''} |")
    print(f"\nEntries a second: {empty:.0f} into an almost empty journal, {full:.0f} now: {full / empty:.2f}.")


if __name__ == "__main__":
    sys.exit(main())
