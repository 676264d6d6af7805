"""A person is found, held and forgotten; what was decided of them stays, and so does the proof."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from integrations import journal, people, privacy, trials
from integrations.lists.models import ListedPerson, PersonList
from integrations.models import Enquiry, Hold, JournalEntry, Kind, TrialPhone
from integrations.roles import Role
from tests.factories import BankFactory, LoanFactory, publish
from tests.integrations.factories import PHONE, ClientFactory, JournalEntryFactory
from tests.integrations.lists.factories import PersonListFactory, live, version_of
from tests.integrations.yandex.conftest import SEARCH_ID, Api, yandex  # noqa: F401  (a fixture)

OTHER = "9330445041"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PERSONAL = ("phone_hash", "phone_mask", "remote_addr", "request_sealed", "salt")

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def columns(*, personal: bool) -> dict[Any, dict[str, Any]]:
    """Every column of every exchange but the personal ones, or these alone."""
    with connection.cursor() as cursor:
        cursor.execute("select * from integrations_journalentry where kind <> 'forgotten' order by id")
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["id"]: {name: row[name] for name in names if (name in PERSONAL) is personal} for row in rows}


def test_enquiries_are_found_one_a_line_oldest_first() -> None:
    first, second = uuid4(), uuid4()
    for search_id, minutes in ((second, 5), (first, 0), (second, 9)):
        JournalEntryFactory(search_id=search_id, received_at=NOON + timedelta(minutes=minutes))
    JournalEntryFactory(phone=OTHER)

    assert run("find_person", PHONE).splitlines() == [str(first), str(second)]
    assert run("find_person", "+7 933 044-50-40") == run("find_person", f"8{PHONE}") == run("find_person", PHONE)
    assert run("find_person", "9330445049") == ""


def test_a_phone_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = JournalEntryFactory()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PHONE}\n"))
    assert run("find_person", "-") == f"{entry.search_id}\n"


@pytest.mark.parametrize("command", ["find_person", "forget_person"])
@pytest.mark.parametrize("typed", ["", "123", "nonsense", "9330445040 9330445041"])
def test_what_is_no_phone_is_refused_and_not_repeated(command: str, typed: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(command, typed)
    assert not typed or typed not in str(refused.value)


def test_a_person_is_forgotten_and_nothing_else_changes(yandex: Api) -> None:  # noqa: F811
    publish(LoanFactory())
    yandex.ask()
    yandex.get(f"search_id={SEARCH_ID}")
    yandex.post({"search_id": SEARCH_ID, "phone_number": PHONE, "amount": "much"}, expect=400)
    other = "a2b4948b-7d8a-4eec-875c-b1c11d7d8372"
    yandex.ask(phone_number=OTHER, search_id=other)
    before, persons = columns(personal=False), columns(personal=True)
    assert len(before) == 4

    forgotten = people.forget(PHONE, by="somebody", reason="they asked")

    assert (forgotten.known.entries, forgotten.known.enquiries) == (3, 1)
    assert columns(personal=False) == before
    for entry_id, parts in columns(personal=True).items():
        theirs = str(before[entry_id]["search_id"]) != other
        assert parts == (dict.fromkeys(PERSONAL) if theirs else persons[entry_id])
    assert [enquiry.phone_mask for enquiry in Enquiry.objects.all()] == [privacy.mask_phone(OTHER)]
    assert people.find(PHONE) == []
    assert people.known(PHONE) == people.Known(0, 0, 0, 0, 0, None, None)
    yandex.get(f"search_id={SEARCH_ID}", expect=404)
    yandex.get(f"search_id={other}")


def test_the_journal_says_so_without_saying_who() -> None:
    JournalEntryFactory()
    forgotten = people.forget(PHONE, by="somebody", reason=f"asked from {PHONE}")
    entry = JournalEntry.objects.get(kind=Kind.FORGOTTEN)
    assert entry.id == forgotten.entry
    assert journal.details(bytes(entry.answer)) == {
        "entries": 1,
        "enquiries": 0,
        "applications": 0,
        "listed": 0,
        "trial_phones": 0,
        "by": "somebody",
        "reason": "asked from **********",
    }
    assert (entry.phone_hash, entry.phone_mask, entry.remote_addr, entry.request_sealed) == (None,) * 4
    assert bytes(entry.commitment) == privacy.commit(bytes(entry.salt or b""), None, None, None, None)


def test_the_change_is_forbidden_again_at_once() -> None:
    JournalEntryFactory()
    people.forget(PHONE, by="", reason="")
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('vitrina.forgetting')")
        assert cursor.fetchone() == ("off",)


def test_the_command_prints_the_act() -> None:
    BankFactory()
    JournalEntryFactory(received_at=NOON)
    JournalEntryFactory(received_at=NOON + timedelta(days=1))

    assert "2" in run("forget_person", PHONE, dry_run=True)
    assert people.known(PHONE).entries == 2
    act = run("forget_person", PHONE, by="И. И. Иванов")

    assert people.known(PHONE).entries == 0
    entry = JournalEntry.objects.get(kind=Kind.FORGOTTEN)
    for told in (
        "Оператор: АО Супер-банк", "№ 179", "********40", "И. И. Иванов", "Записей журнала: 2;",
        "24.11.2026 — 25.11.2026", "152-ФЗ", str(entry.id), "Способ уничтожения", "Дата уничтожения",
    ):  # fmt: skip
        assert told in act
    assert PHONE not in act


def test_who_is_unknown_is_said_to_be() -> None:
    run("forget_person", PHONE)
    assert not JournalEntry.objects.exists()


def test_who_is_held_is_not_forgotten() -> None:
    JournalEntryFactory()
    run("hold", PHONE, reason="дело № А40-1/2026")
    with pytest.raises(CommandError, match="А40-1/2026"):
        run("forget_person", PHONE)
    with pytest.raises(people.MustBeKept, match="А40-1/2026"):
        people.forget(PHONE, by="", reason="")
    assert people.known(PHONE).entries == 1
    assert not JournalEntry.objects.filter(kind=Kind.FORGOTTEN).exists()

    run("hold", PHONE, lift=True)
    run("forget_person", PHONE)
    assert people.known(PHONE).entries == 0
    with pytest.raises(CommandError):
        run("hold", PHONE, lift=True)


def test_a_hold_does_not_hold_the_phone() -> None:
    run("hold", PHONE, reason=f"says {PHONE}")
    run("hold", PHONE, reason=f"says {PHONE} again")
    hold = Hold.objects.get()
    assert bytes(hold.phone_hash) == people._hash(PHONE)
    assert not re.search("[0-9]{3}", hold.reason)


def test_the_lists_that_name_a_person_are_found_the_live_version_first() -> None:
    salary = PersonListFactory(code="salary")
    version_of(salary, {"phone": PHONE})
    live(salary, {"phone": PHONE}, {"phone": OTHER})
    version_of(PersonListFactory(code="other"), {"phone": OTHER})
    said = run("find_person", PHONE).splitlines()
    assert [("salary" in line, "2" in line, "действует" in line) for line in said] == [
        (True, True, True), (True, False, False),
    ]  # fmt: skip


def test_who_is_forgotten_is_taken_off_every_version_of_lists_but_stop_lists() -> None:
    """By the role that may do no more than that."""
    salary, stop = PersonListFactory(), PersonListFactory(code="fraud", purpose=PersonList.Purpose.STOP)
    live(salary, {"phone": PHONE}, {"phone": OTHER})
    version_of(salary, {"phone": PHONE})
    live(stop, {"phone": PHONE})
    assert "2" in run("forget_person", PHONE, dry_run=True)

    with connection.cursor() as cursor:
        cursor.execute(f"set local role {Role.ERASER.full_name}")
        said = run("forget_person", PHONE)
        cursor.execute("reset role")

    assert "строк в списках: 2" in said
    assert "стоп-листах: fraud" in said
    assert [bytes(line.phone_hash) for line in ListedPerson.objects.order_by("version")] == [
        people._hash(OTHER), people._hash(PHONE),
    ]  # fmt: skip
    entry = JournalEntry.objects.get(kind=Kind.FORGOTTEN)
    assert journal.details(bytes(entry.answer))["listed"] == 2


def test_who_is_forgotten_tests_no_more_for_any_client() -> None:
    """By the role that may do no more than that. That their number was named is known of them, if nothing else is."""
    for client in (ClientFactory(on_trial=True), ClientFactory(on_trial=True)):
        trials.name_phone(client.id, PHONE, TrialPhone.Answer.REFUSE)
    trials.name_phone(client.id, OTHER, TrialPhone.Answer.REFUSE)
    assert "номера для проверки (2)" in run("forget_person", PHONE, dry_run=True)

    with connection.cursor() as cursor:
        cursor.execute(f"set local role {Role.ERASER.full_name}")
        act = run("forget_person", PHONE)
        cursor.execute("reset role")

    assert "номеров для проверки: 2." in act
    assert [phone.phone_mask for phone in TrialPhone.objects.all()] == [privacy.mask_phone(OTHER)]
    entry = JournalEntry.objects.get(kind=Kind.FORGOTTEN)
    assert journal.details(bytes(entry.answer))["trial_phones"] == 2
