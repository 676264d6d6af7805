from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg.errors import QueryCanceled

from integrations import privacy
from integrations.admin import journal
from integrations.models import JournalEntry
from offers.domain.decide import Reason
from tests.factories import CreditCardFactory, LoanFactory, UserFactory, analyst, product_manager, publish
from tests.integrations.factories import PHONE, ClientFactory, JournalEntryFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/integrations/journalentry/"
# Session, person, groups' rights, the rows, the clients to choose from.
STATEMENTS = 6

MANY = """
insert into integrations_journalentry
select gen_random_uuid(), now() - n * interval '1 second', 'approval', 'yandex', '192.0.2.1', gen_random_uuid(), 'POST',
    '/integrations/api/banking/loan_approval', case when n %% 1000 = 0 then 400 else 200 end, 900, gen_random_uuid(),
    'loan', 500000, 36, sha256(n::text::bytea), '********40', '1',
    case when n %% 3 = 0 then 'rejected' else 'has_approve' end,
    1, array_fill(0, array[12])::smallint[], now(), false, sha256(n::text::bytea), 150, '2026-11-test',
    convert_to(repeat('{"status": "done"}', 100), 'UTF8'), sha256(n::text::bytea), sha256(n::text::bytea)
from generate_series(1, %s) n
"""


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(analyst())
    return client


def page(reader: Client, address: str = LIST) -> str:
    got = reader.get(address)
    assert got.status_code == 200, got
    return got.content.decode()


def change(entry: JournalEntry) -> str:
    return reverse("admin:integrations_journalentry_change", args=(entry.pk,))


def listed(reader: Client, address: str = LIST) -> list[JournalEntry]:
    return list(reader.get(address).context["cl"].result_list)


def find(reader: Client, wanted: str) -> str:
    return reader.post(f"{LIST}find/", {"wanted": wanted}).headers["Location"]


def test_it_works(reader: Client) -> None:
    entry = JournalEntryFactory(amount=Decimal("512345.00"))

    shown = page(reader)

    assert str(entry.search_id) in shown
    assert "512\N{NO-BREAK SPACE}345" in shown
    assert "********40" in shown
    assert PHONE not in shown


@pytest.mark.parametrize("person", [analyst, product_manager, lambda: UserFactory(is_superuser=True)])
def test_it_is_read_only_for_everybody(person: type, client: Client) -> None:
    entry = JournalEntryFactory()
    client.force_login(person())

    assert 'name="action"' not in page(client)
    assert 'name="_save"' not in page(client, change(entry))
    for address in (f"{LIST}add/", change(entry), change(entry).replace("change", "delete")):
        assert client.post(address, {"status": "500", "post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": str(entry.pk)})
    assert JournalEntry.objects.get().status == 200
    assert not LogEntry.objects.exists()


def test_it_refuses_whoever_lacks_the_right(client: Client) -> None:
    client.force_login(UserFactory())

    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}find/", {"wanted": PHONE}).status_code == 403


def test_the_newest_stand_first_whatever_the_address_asks(reader: Client) -> None:
    now = datetime.now(UTC)
    entries = [JournalEntryFactory(received_at=now - timedelta(minutes=age)) for age in (3, 1, 2)]
    newest_first = [entries[1], entries[2], entries[0]]

    assert listed(reader) == newest_first
    assert listed(reader, f"{LIST}?o=5") == newest_first


def test_pages_follow_one_another_without_gap_or_overlap(reader: Client) -> None:
    moment = datetime.now(UTC)
    JournalEntryFactory.create_batch(journal.PER_PAGE + 10, received_at=moment)  # all in one microsecond
    seen, address = [], LIST

    while address:
        changes = reader.get(address).context["cl"]
        seen += [entry.pk for entry in changes.result_list]
        address = changes.older and LIST + changes.older

    assert len(seen) == len(set(seen)) == journal.PER_PAGE + 10
    assert changes.newest
    assert changes.older is None


@pytest.mark.parametrize(
    "nonsense", ["", "x", "2026-11-24", "2026-11-24T00:00:00_x", "2026-11-24T00:00:00_" + "0" * 32]
)
def test_a_page_that_begins_nowhere_is_the_first(nonsense: str, reader: Client) -> None:
    entry = JournalEntryFactory()

    assert listed(reader, f"{LIST}?before={nonsense}") == [entry]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("decision__exact=rejected", 1),
        ("decision__exact=has_approve", 1),
        ("status=403", 1),
        ("status=500", 0),
        ("status=nonsense", 0),
        ("product_type__exact=credit_card", 1),
        ("kind__exact=unread", 1),
        ("client=crm", 1),
        ("client=-", 1),
        ("client=nobody", 0),
        ("id=nonsense", 0),
        ("phone=nonsense", 0),
        ("from=2026-01-01", 3),
        ("from=2026-01-01T00:00&to=2026-01-02", 0),
        ("to=2026-01-02", 0),
        ("from=nonsense", 0),
        ("amount=300000", 0),
        ("amount=500000", 2),
        ("amount=1", 0),
        ("term=25", 1),
        ("term=nonsense", 0),
        ("reason=6", 1),
        ("reason=99999999999", 0),
        ("release=7", 1),
        ("release=8", 0),
        ("decision__exact=rejected&product_type__exact=credit_card", 1),
    ],
)
def test_filters(query: str, count: int, reader: Client) -> None:
    ClientFactory(id="crm")
    JournalEntryFactory(reasons=[Reason.OFFERED])
    JournalEntryFactory(
        decision="rejected", client="crm", product_type="credit_card", term=None, release=7,
        reasons=[Reason.OTHER_PRODUCT, Reason.AMOUNT_ABOVE_MAX],
    )  # fmt: skip
    JournalEntryFactory(
        kind="unread", status=403, client=None, decision=None, product_type=None, amount=None, term=None,
        search_id=None, phone_hash=None, phone_mask=None, phone_key=None, decided_at=None,
    )  # fmt: skip

    assert len(listed(reader, f"{LIST}?{query}")) == count


def test_another_filter_begins_with_the_newest(reader: Client) -> None:
    JournalEntryFactory.create_batch(journal.PER_PAGE + 1)
    older = reader.get(LIST).context["cl"].older

    assert "before=" not in page(reader, LIST + older)


@pytest.mark.parametrize("lookup", ["answer__contains=x", "path__startswith=x", "phone_mask=x", "phone_hash=x"])
def test_it_asks_only_what_the_filters_ask(lookup: str, reader: Client) -> None:
    assert reader.get(f"{LIST}?{lookup}").status_code == 400


@pytest.mark.parametrize(
    "typed", [PHONE, f"+7{PHONE}", f"8{PHONE}", "+7 (933) 044-50-40", " 8 933 044 50 40 ", "7 933 044 50 40"]
)
def test_a_phone_is_found_and_never_stands_in_an_address(typed: str, reader: Client) -> None:
    entry = JournalEntryFactory()
    JournalEntryFactory(phone="9330445041")

    address = find(reader, typed)

    assert listed(reader, address) == [entry]
    assert PHONE not in address
    assert PHONE not in page(reader, address)


def test_the_search_is_a_post(reader: Client) -> None:
    """What is typed into a form by GET would stand in the address."""
    assert reader.get(f"{LIST}find/?wanted={PHONE}").status_code == 405
    assert 'name="q"' not in page(reader)


@pytest.mark.parametrize("field", ["search_id", "request_id"])
def test_an_id_is_found(field: str, reader: Client) -> None:
    entry = JournalEntryFactory()
    JournalEntryFactory()

    assert listed(reader, find(reader, f" {getattr(entry, field)} ".upper())) == [entry]
    assert listed(reader, find(reader, str(uuid4()))) == []


@pytest.mark.parametrize("typed", ["", "nonsense", "93304450", "٩٣٣٠٤٤٥٠٤٠", "9" * 12, "1" * 31])
def test_the_search_says_what_it_takes(typed: str, reader: Client) -> None:
    address = find(reader, typed)

    assert address == LIST
    told = page(reader, address)
    assert typed not in told or not typed
    assert reader.get(LIST).status_code == 200


def test_the_page_of_an_entry_tells_all(reader: Client) -> None:
    publish(
        LoanFactory(code="fits", position=1),
        LoanFactory(code="too-small", position=2, amount_min=Decimal(10_000), amount_max=Decimal(480_000)),
        LoanFactory(code="too-short", position=3, term_min=6, term_max=24),
        CreditCardFactory(code="card"),
    )
    entry = JournalEntryFactory(
        release=1,
        reasons=[Reason.OFFERED, Reason.AMOUNT_ABOVE_MAX, Reason.TERM_ABOVE_MAX, Reason.OTHER_PRODUCT],
        answer='{"name":"АО Супер-банк","data":[{"amount":{"max":500000.0}}]}'.encode(),
    )

    shown = page(reader, change(entry))

    for code in ("fits", "too-small", "too-short", "card"):
        assert code in shown
    assert "20\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}₽" in shown
    assert "АО Супер-банк" in shown
    assert str(len(entry.request_sealed)) in shown
    assert privacy.hash_phone(PHONE, b"k" * 32).hex() not in shown
    assert entry.phone_hash.hex() in shown
    assert PHONE not in shown


def test_the_page_of_a_refused_request(reader: Client) -> None:
    entry = JournalEntryFactory(
        kind="unread", status=403, client=None, decision=None, product_type=None, amount=None, term=None,
        search_id=None, phone_hash=None, phone_mask=None, phone_key=None, decided_at=None, request_sealed=None,
        seal_key=None, answer=b"\xffno JSON", salt=None, remote_addr=None,
    )  # fmt: skip

    assert "no JSON" in page(reader, change(entry))


def test_an_entry_stands_without_its_release(reader: Client) -> None:
    entry = JournalEntryFactory(release=77, reasons=[Reason.PAUSED, 99])

    assert "99" in page(reader, change(entry))


def test_it_counts_nothing_and_reads_no_bytes(reader: Client) -> None:
    JournalEntryFactory()

    with CaptureQueriesContext(connection) as statements:
        page(reader)

    # The bar that every page wears, of what is not yet published, asks for itself.
    said = [statement["sql"].lower() for statement in statements if "offers_" not in statement["sql"]]
    assert len(said) == STATEMENTS, "\n".join(said)
    rows = [statement for statement in said if "integrations_journalentry" in statement]
    assert len(rows) == 1
    assert not any(word in rows[0] for word in ("count(", "distinct", '"answer"', "request_sealed", '"salt"'))


def test_what_takes_too_long_is_told_so(reader: Client) -> None:
    def cancel(execute: Any, sql: str, *details: Any) -> Any:
        if "integrations_journalentry" in sql:
            raise OperationalError("canceled") from QueryCanceled()
        return execute(sql, *details)

    with connection.execute_wrapper(cancel):
        got = reader.get(f"{LIST}?status=500")

    assert got.status_code == 200
    assert [message.level_tag for message in got.context["messages"]] == ["warning"]


def test_it_is_quick_at_a_hundred_thousand(reader: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, [100_000])
        cursor.execute("analyze integrations_journalentry")
    entry = JournalEntryFactory()
    middle = (
        f"{LIST}?before={(entry.received_at - timedelta(seconds=60_000)).isoformat().replace('+', '%2B')}_{entry.pk}"
    )
    page(reader)  # templates are read once

    for address in (
        LIST,
        middle,
        f"{LIST}?decision__exact=rejected",
        f"{LIST}?status=400",
        find(reader, PHONE),
        find(reader, str(entry.search_id)),
        change(entry),
    ):
        assert any(_seconds(reader, address) < 0.1 for _ in range(10)), address


def _seconds(reader: Client, address: str) -> float:
    """Of the database's work: what a page costs to draw does not grow with the journal."""
    with CaptureQueriesContext(connection) as statements:
        page(reader, address)
    return sum(float(statement["time"]) for statement in statements)
