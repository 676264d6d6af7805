"""How applications end: with their time, or with the person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from integrations import journal, people, retention
from integrations.applications import conversions, direct
from integrations.applications.models import Application, ApplicationEvent, Conversion, ConversionBatch, Lead
from integrations.applications.states import State
from integrations.ids import uuid7
from integrations.models import JournalEntry, Kind
from integrations.proof import sealing
from integrations.proof.sealing import Position
from integrations.roles import Role
from tests.integrations.applications.conftest import Bank, item
from tests.integrations.applications.factories import ApplicationFactory
from tests.integrations.factories import PHONE, JournalEntryFactory
from tests.integrations.test_roles import become, execute, refused
from tests.integrations.yandex.conftest import Api

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LONG_AGO = datetime(2021, 10, 31, 23, 59, tzinfo=UTC)  # the last month that is over
METRICA = "16321907141234567890"


@pytest.fixture(autouse=True)
def everything_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "position", lambda: Position(2**62))


def news(application: Application, received_at: datetime, metrica: str = METRICA) -> ApplicationEvent:
    return ApplicationEvent.objects.create(
        id=uuid7(received_at), application=application.id, entry=uuid7(received_at), received_at=received_at,
        client=application.client, application_id=application.application_id, state="filed",
        occurred_at=received_at, effect="accepted", digest=str(received_at).encode(), metrica_client_id=metrica,
    )  # fmt: skip


def everything() -> str:
    """Whatever is known of applications, as text."""
    with connection.cursor() as cursor:
        cursor.execute("""select string_agg(told::text, ' ') from (
            select to_jsonb(a) as told from integrations_application a
            union all select to_jsonb(e) from integrations_applicationevent e) as everything""")
        return str(cursor.fetchone()[0])


def test_who_is_forgotten_is_forgotten_in_applications(bank: Bank, ref: str) -> None:
    bank.tell(item(ref=ref, metrica_client_id=METRICA, occurred_at="2026-11-24T10:00:00+03:00"))
    bank.tell(item(state="declined", occurred_at="2026-11-24T11:00:00+03:00"))
    other = ApplicationFactory(application_id="B-2", metrica_client_id="1", ref="r")
    news(other, NOW, metrica="1")
    before = Application.objects.exclude(id=other.id).get()

    become(Role.ERASER)
    forgotten = people.forget(PHONE, by="", reason="")
    execute("reset role")

    assert forgotten.known.applications == 1
    assert [secret for secret in (METRICA, "A-1", ref) if secret in everything()] == []
    left = Application.objects.exclude(id=other.id).get()
    assert left.forgotten_at
    # What is counted stays.
    kept = ("state", "filed_at", "declined_at", "offer", "release", "asked_at", "asked_amount", "amount", "enquiry")
    assert [getattr(left, name) for name in kept] == [getattr(before, name) for name in kept]
    assert Application.objects.get(id=other.id).metrica_client_id == "1"
    assert ApplicationEvent.objects.get().application == other.id
    assert people.known(PHONE).applications == 0
    entry = JournalEntry.objects.get(kind=Kind.FORGOTTEN)
    assert journal.details(bytes(entry.answer))["applications"] == 1


def test_of_who_is_forgotten_yandex_learns_nothing_more(bank: Bank, ref: str) -> None:
    period = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), [State.FILED, State.DECLINED])
    bank.tell(item(ref=ref, metrica_client_id=METRICA))
    taken = conversions.export(direct.NAME, *period, author="")
    bank.tell(item(state="declined", occurred_at="2026-11-24T11:00:00+03:00"))
    assert taken.files

    people.forget(PHONE, by="", reason="")

    assert conversions.waiting(direct.NAME, *period) == []
    assert conversions.again(taken.batch).files == []


def test_the_service_takes_news_in_with_what_it_may(bank: Bank, yandex: Api, ref: str) -> None:
    become(Role.SERVICE)

    bank.tell(item(ref=ref, metrica_client_id=METRICA))
    bank.tell(item(state="approved", occurred_at="2026-11-24T11:00:00+03:00"), item(application_id="A-2", ref=ref))

    assert sorted(Application.objects.values_list("application_id", "state")) == [("A-1", "approved"), ("A-2", "filed")]
    assert ApplicationEvent.objects.count() == 3


@pytest.mark.parametrize("role", [Role.SERVICE, Role.ERASER, Role.ANALYST, Role.AUDITOR, Role.ADMIN])
@pytest.mark.parametrize("flag", ["on", "off"])
def test_nobody_else_ends_what_was_told(role: Role, flag: str, db: None) -> None:
    become(role)
    execute(f"set local vitrina.forgetting = '{flag}'")
    for statement in (
        "delete from integrations_applicationevent",
        "update integrations_applicationevent set metrica_client_id = null",
        "truncate integrations_applicationevent",
    ):
        may = role is Role.ERASER and statement.startswith("delete")
        assert may or refused(statement)


def old(**values: Any) -> Application:
    made: Application = ApplicationFactory(state_at=LONG_AGO, metrica_client_id=METRICA, **values)
    news(made, LONG_AGO)
    return made


def test_applications_go_when_they_have_been_quiet_for_as_long_as_entries_are_kept(db: None) -> None:
    gone, young, stirring = old(), ApplicationFactory(state_at=LONG_AGO + timedelta(minutes=1)), old()
    news(stirring, LONG_AGO + timedelta(minutes=1))
    batch = ConversionBatch.objects.create(
        id=uuid7(LONG_AGO), channel="direct", made_at=LONG_AGO, start=LONG_AGO, end=LONG_AGO, rows=1
    )
    Conversion.objects.create(batch=batch, channel="direct", application=gone, state="filed")

    assert retention.due(NOW).applications == 1
    assert retention.purge(NOW).applications == 1

    assert {row.id for row in Application.objects.all()} == {young.id, stirring.id}
    assert set(ApplicationEvent.objects.values_list("application", flat=True)) == {stirring.id}
    assert not ConversionBatch.objects.exists()
    told = [journal.details(bytes(entry.answer)) for entry in JournalEntry.objects.filter(kind=Kind.PURGED)]
    assert {"applications": 1} in told
    assert not retention.purge(NOW)


def test_who_is_held_keeps_applications(db: None) -> None:
    kept = old(search_id=JournalEntryFactory(received_at=LONG_AGO).search_id)
    people.hold(PHONE, "a case")

    assert retention.purge(NOW).applications == 0

    assert Application.objects.get() == kept
    people.lift(PHONE)
    assert retention.due(NOW).applications == 1


def test_deed_and_entry_are_one(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    old()
    monkeypatch.setattr(journal, "record", lambda *_arguments, **_details: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        retention.purge(NOW)
    assert Application.objects.count() == ApplicationEvent.objects.count() == 1


def test_leads_go_with_the_key_that_opens_their_request(db: None) -> None:
    old_one, young = datetime(2026, 10, 31, 23, 59, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    for received_at in (old_one, young):
        Lead.objects.create(id=uuid7(received_at), received_at=received_at, next_try_at=received_at)

    assert retention.due(NOW).leads == 1
    assert retention.purge(NOW).leads == 1

    assert Lead.objects.get().received_at == young
