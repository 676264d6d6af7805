from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from integrations.analytics.past import Filled
from integrations.analytics.tallies import MOSCOW
from integrations.models import JournalEntry
from tests.integrations.conftest import ROWS


def test_it_makes_as_many_as_were_asked_for(filled: Filled) -> None:
    entries = JournalEntry.objects.all()

    assert entries.count() == filled.rows == ROWS
    assert all(filled.start <= entry.received_at <= filled.end for entry in entries)
    assert set(entries.values_list("kind", flat=True)) == {"approval", "poll", "unread", "intake"}
    assert entries.filter(repeated=True).exists()
    assert entries.exclude(status=200).exists()
    assert {"yandex", "crm", None} == set(entries.values_list("client", flat=True))


def test_it_goes_into_partitions_of_its_months(filled: Filled) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from integrations_journalentry_default")
        assert cursor.fetchone() == (0,)


def test_days_are_busy_and_nights_quiet(filled: Filled) -> None:
    hours = [entry.received_at.astimezone(MOSCOW).hour for entry in JournalEntry.objects.all()]

    assert sum(10 <= hour < 14 for hour in hours) > 4 * sum(1 <= hour < 5 for hour in hours)


def test_the_command(filled: Filled) -> None:
    told = StringIO()

    call_command("fill_journal", "100", "--months=1", "--seed=2", stdout=told)

    assert "100 exchanges" in told.getvalue()
    assert JournalEntry.objects.count() == ROWS + 100


@pytest.mark.django_db
def test_it_needs_a_release() -> None:
    with pytest.raises(CommandError):
        call_command("fill_journal", "10")


@pytest.mark.parametrize("arguments", [["0"], ["10", "--months=0"]])
def test_it_refuses_nothing(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("fill_journal", *arguments)
