"""The analysts' pages: what they show, whom, and how little they ask of the database."""

import csv
import io
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from integrations import journal
from integrations.analytics import export
from integrations.analytics.past import Filled
from integrations.models import JournalEntry, Kind
from integrations.proof import proving
from tests.factories import UserFactory, analyst, product_manager
from tests.integrations.factories import PHONE, JournalEntryFactory

LIST = "/admin/integrations/journalentry/"
UNKNOWN = UUID("e2b4948b-7d8a-4eec-875c-b1c11d7d8372")
PAGES = ("dashboard/", "unmet/", "unmet/?product=credit_card")
# Session, person, rights, the bar of what is unpublished, and each question once: see `dashboard` and `unmet`.
STATEMENTS = {"dashboard/": 16, "unmet/": 9}


@pytest.fixture
def reader(client: Client, db: None) -> Client:
    client.force_login(analyst())
    return client


def page(reader: Client, address: str, *, expect: int = 200) -> str:
    got = reader.get(f"{LIST}{address}")
    assert got.status_code == expect, got
    return got.content.decode()


def statements(reader: Client, address: str) -> list[str]:
    page(reader, address)  # what is kept in memory is fetched
    with CaptureQueriesContext(connection) as captured:
        page(reader, address)
    return [statement["sql"] for statement in captured]


def download(reader: Client, query: str = "", *, form: str = "csv", progress: UUID | None = None) -> bytes:
    got: Any = reader.post(f"{LIST}export/{query}", {"form": form, "progress": str(progress or uuid4())})
    assert got.status_code == 200
    content: bytes = got.getvalue()
    for close in got._resource_closers:  # not the answer itself, whose end closes the test's connection
        close()
    return content


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("person", [analyst, product_manager])
def test_analysts_and_product_managers_see_them(address: str, person: type, client: Client, filled: Filled) -> None:
    client.force_login(person())

    assert "loan-small" in page(client, address) or "card" in page(client, address)


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PAGES, f"enquiry/{UNKNOWN}/", f"{UNKNOWN}/evidence/", "export/"])
def test_nobody_else_does(address: str, client: Client) -> None:
    assert client.get(f"{LIST}{address}").status_code == 302
    client.force_login(UserFactory())
    assert client.get(f"{LIST}{address}").status_code == 403


@pytest.mark.parametrize("address", PAGES)
def test_an_empty_journal_is_no_failure(address: str, reader: Client) -> None:
    page(reader, address)


@pytest.mark.parametrize(
    "query",
    ["days=90", "days=9999", "from=nonsense", "from=2026-11-24&to=2026-11-23", "from=0001-01-01", "to=9999-12-31"],
)
@pytest.mark.parametrize("address", ["dashboard/", "unmet/"])
def test_any_period_may_be_asked(address: str, query: str, reader: Client) -> None:
    page(reader, f"{address}?{query}")


@pytest.mark.parametrize("address", STATEMENTS)
def test_they_ask_each_question_once(address: str, reader: Client, filled: Filled) -> None:
    said = statements(reader, f"{address}?days=30")

    assert len(said) <= STATEMENTS[address], "\n".join(said)


def test_the_dashboard_counts_what_the_journal_holds(reader: Client, filled: Filled) -> None:
    context = reader.get(f"{LIST}dashboard/?days=90").context

    exchanges = JournalEntry.objects.exclude(kind=Kind.INTAKE)
    totals = [count for _name, count in context["totals"]]
    assert totals == [
        exchanges.count(),
        exchanges.filter(decision="has_approve", repeated=False).count(),
        exchanges.filter(decision="rejected", repeated=False).count(),
        exchanges.filter(repeated=True, kind=Kind.APPROVAL).count(),
        exchanges.filter(kind=Kind.POLL).count(),
        exchanges.exclude(status=200).count(),
    ]
    assert context["left_open"] == exchanges.filter(kind=Kind.APPROVAL, decision=None).count()
    assert context["latency"].late == exchanges.filter(latency_us__gte=800_000).exclude(kind=Kind.UNREAD).count()
    assert sum(failure.count for failure in context["failures"]) == totals[-1]


def test_pictures_need_no_script_and_no_other_host(reader: Client, filled: Filled) -> None:
    shown = page(reader, "dashboard/?days=90")

    assert "<polyline" in shown
    assert "<title>" in shown
    assert 'src="http' not in shown
    assert "\N{NO-BREAK SPACE}" not in "".join(part.split(">")[0] for part in shown.split("<rect")[1:])


def test_an_enquiry_is_shown_whole(reader: Client, filled: Filled) -> None:
    polled = JournalEntry.objects.filter(kind=Kind.POLL, repeated=False, decision__isnull=False)[0]

    shown = page(reader, f"enquiry/{polled.search_id}/?again")

    for entry in JournalEntry.objects.filter(search_id=polled.search_id):
        assert str(entry.pk) in shown
    assert "vt-offered" in shown or polled.decision == "rejected"
    assert page(reader, f"enquiry/{uuid4()}/", expect=404)


def test_the_page_of_an_enquiry_asks_no_query_an_entry(reader: Client) -> None:
    one, many = JournalEntryFactory(), JournalEntryFactory()
    JournalEntryFactory.create_batch(10, search_id=many.search_id)

    assert len(statements(reader, f"enquiry/{many.search_id}/")) == len(statements(reader, f"enquiry/{one.search_id}/"))


def test_evidence_of_an_answer(reader: Client, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = JournalEntry.objects.filter(decision="has_approve", repeated=False)[0]
    before = page(reader, f"{entry.pk}/evidence/")
    # Nothing of a transaction that is still open is sealed.
    monkeypatch.setattr(proving, "prove", lambda entry_id: {"in_batch": str(entry_id)})

    shown = page(reader, f"{entry.pk}/evidence/")

    assert "in_batch" not in before
    assert "in_batch" in shown
    assert str(entry.search_id) in shown
    assert str(entry.phone_mask) in shown
    assert bytes(entry.phone_hash or b"").hex() not in shown
    assert page(reader, f"{uuid4()}/evidence/", expect=404)


def test_evidence_works_out_the_full_cost_of_what_was_shown(reader: Client, filled: Filled) -> None:
    shown = JournalEntry.objects.filter(decision="has_approve", product_type="loan", repeated=False)[0]
    refused = JournalEntry.objects.filter(decision="rejected", repeated=False)[0]

    told = page(reader, f"{shown.pk}/evidence/")

    context = reader.get(f"{LIST}{shown.pk}/evidence/").context
    offered = [line.code for line in context["step"].derived.lines if line.reason == 0]
    assert [cost.code for cost in context["costs"]] == offered
    for cost in context["costs"]:
        lowest, highest = cost.ends
        assert cost.computed == f"{lowest.full_cost} – {highest.full_cost}"
        assert lowest.lines[0].k == "0"
        assert lowest.lines[0].amount.startswith("-")
        assert {line.amount for line in lowest.lines} <= set(re.findall("<td>(.*?)</td>", told))
        assert all(fact in told for fact in (lowest.i, lowest.total, *(total for _, total in lowest.borders)))
    assert "353-ФЗ" in told
    assert "ЧБП" not in page(reader, f"{refused.pk}/evidence/")


def test_every_entry_has_its_evidence(reader: Client) -> None:
    event = journal.record(Kind.PURGED, entries=0)
    lost = JournalEntryFactory(release=77, reasons=[0])

    page(reader, f"{event}/evidence/")
    page(reader, f"{lost.pk}/evidence/")
    page(reader, f"enquiry/{lost.search_id}/?again")


def test_what_is_filtered_is_exported_and_journalled(reader: Client, filled: Filled) -> None:
    refused = JournalEntry.objects.filter(decision="rejected", product_type="loan")

    found = rows(download(reader, "?decision__exact=rejected&product_type__exact=loan"))

    assert [row[-1] for row in found[1:]] == [str(entry.id) for entry in refused]
    assert all(len(row) == len(found[0]) for row in found)
    assert any("loan-small: " in row[10] for row in found)
    entry = JournalEntry.objects.get(kind=Kind.EXPORTED)
    told = journal.details(bytes(entry.answer))
    assert told["rows"] == len(found) - 1
    assert told["finished"]
    assert told["filters"] == {"decision__exact": "rejected", "product_type__exact": "loan"}
    assert told["by"].startswith("person-")


def test_a_spreadsheet_holds_the_same(reader: Client, filled: Filled) -> None:
    query = "?decision__exact=rejected&product_type__exact=credit_card"

    (sheet,) = load_workbook(io.BytesIO(download(reader, query, form="xlsx"))).worksheets

    assert [line[-1] for line in sheet.values] == [line[-1] for line in rows(download(reader, query))]


def test_no_phone_leaves_nor_stays_in_the_entry(reader: Client) -> None:
    entry = JournalEntryFactory()
    found = reader.post(f"{LIST}find/", {"wanted": PHONE}).headers["Location"].removeprefix(LIST)

    content = download(reader, found).decode()

    assert str(entry.id) in content
    kept = bytes(JournalEntry.objects.get(kind=Kind.EXPORTED).answer).decode()
    for secret in (PHONE, str(entry.phone_mask), bytes(entry.phone_hash).hex(), str(entry.remote_addr)):
        assert secret not in content
        assert secret not in kept


@pytest.mark.parametrize("start", export.FORMULA)
def test_a_spreadsheet_runs_nothing(start: str) -> None:
    assert export.safe(f"{start}1+1") == f"'{start}1+1"
    assert export.safe("1+1") == "1+1"
    assert export.safe(-1) == -1


def test_there_is_a_cap(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "CAP", 3)
    JournalEntryFactory.create_batch(5)

    assert len(rows(download(reader))) == 1 + 3


def test_the_progress_is_seen_while_it_lasts(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export._Counter, "EVERY", 2)
    JournalEntryFactory.create_batch(5)
    progress, seen = uuid4(), set()

    def look(cell: export.Cell) -> export.Cell:
        seen.add(export.done(progress))
        assert export.settle() == 0
        return cell

    monkeypatch.setattr(export, "safe", look)

    download(reader, progress=progress)

    assert {export.Progress(rows, is_alive=True) for rows in (0, 2, 4)} <= seen
    assert reader.get(f"{LIST}export/{progress}/").json() == {"rows": None, "cut_off": False}


def test_what_fails_leaves_nothing_half(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    JournalEntryFactory()
    monkeypatch.setattr(export, "safe", lambda _cell: 1 / 0)
    progress = uuid4()

    with pytest.raises(ZeroDivisionError):
        reader.post(f"{LIST}export/", {"form": "csv", "progress": str(progress)})

    assert reader.get(f"{LIST}export/{progress}/").json() == {"rows": 0, "cut_off": True}
    assert export.settle() == 1
    told = journal.details(bytes(JournalEntry.objects.get(kind=Kind.EXPORTED).answer))
    assert (told["rows"], told["finished"]) == (0, False)
    assert export.done(progress) is None


@pytest.mark.parametrize("sent", [{"form": "exe", "progress": str(UNKNOWN)}, {"form": "csv", "progress": "x"}, {}])
def test_only_known_files_are_made(sent: dict[str, str], reader: Client) -> None:
    assert reader.post(f"{LIST}export/", sent).status_code == 404


def test_what_is_rare_is_searched_for_step_by_step(
    reader: Client, monkeypatch: pytest.MonkeyPatch, filled: Filled
) -> None:
    monkeypatch.setattr("integrations.analytics.walk.SEARCHED", 400)
    wanted = set(JournalEntry.objects.filter(client="crm", product_type="credit_card").values_list("id", flat=True))
    seen, address, told = set(), "?client=crm&product_type__exact=credit_card", 0

    while address:
        changes = reader.get(f"{LIST}{address}").context["cl"]
        seen |= {entry.pk for entry in changes.result_list}
        told += changes.searched_to is not None
        address = changes.older

    assert seen == wanted
    assert told >= 2
