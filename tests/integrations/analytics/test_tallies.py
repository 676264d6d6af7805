from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from integrations.analytics import tallies
from integrations.analytics.past import Filled
from integrations.analytics.tallies import ALL, MOSCOW, Grain, Tally, Window
from integrations.models import JournalEntry
from tests.integrations.factories import JournalEntryFactory

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 10, 12, tzinfo=MOSCOW)


def counted(window: Window, tally: Tally, grain: Grain = "month") -> Counter[Any]:
    source = window.source(tally, grain)
    with connection.cursor() as cursor:
        cursor.execute(f"select {tally.listed}, n from ({source.sql}) as told", source.parameters)
        counts: Counter[Any] = Counter()
        for *key, n in cursor.fetchall():
            counts[tuple(key)] += int(n)
    return counts


@pytest.mark.parametrize("tally", ALL, ids=lambda tally: tally.name)
@pytest.mark.parametrize("grain", ["hour", "day", "month"])
def test_tallies_and_the_journal_say_the_same(tally: Tally, grain: Grain, filled: Filled) -> None:
    start, end = filled.start + timedelta(days=1, minutes=17), filled.end - timedelta(minutes=3)
    tallied = tallies.window(start, end)

    assert tallied.tallied_until is not None
    found = counted(tallied, tally, grain)

    assert found == counted(Window(start, end, None), tally)
    assert sum(found.values()) > 10


@given(
    st.integers(0, 60 * 24 * 500),
    st.integers(1, 60 * 24 * 100),
    st.integers(-500, 24 * 110),
    st.sampled_from(["hour", "day", "month"]),
)
def test_parts_cover_the_period_once(start: int, minutes: int, hours: int, coarsest: Grain) -> None:
    first = NOON + timedelta(minutes=start)
    beyond = first + timedelta(minutes=minutes)
    until = first.replace(minute=0, second=0, microsecond=0) + hours * HOUR

    parts = sorted(tallies.parts(first, beyond, until, coarsest), key=lambda part: part.start)

    assert parts[0].start == first
    assert parts[-1].end == beyond
    assert all(earlier.end == later.start for earlier, later in pairwise(parts))
    assert all(part.end <= until for part in parts if part.grain)
    assert len([part for part in parts if part.grain is None]) <= 2


@pytest.mark.django_db
def test_roll_counts_each_hour_once_and_late_entries_too() -> None:
    JournalEntryFactory(release=1, received_at=NOON - 3 * HOUR)
    JournalEntryFactory(release=1, received_at=NOON - HOUR / 2)

    assert tallies.roll(NOON + HOUR) == 3
    assert tallies.roll(NOON + HOUR) == 0
    JournalEntryFactory(release=1, received_at=NOON - 2.5 * HOUR)
    JournalEntryFactory(release=1, received_at=NOON + HOUR * 1.5)
    assert tallies.roll(NOON + 3 * HOUR) == 1 + 2

    window = tallies.window(NOON - 24 * HOUR, NOON + 24 * HOUR)
    assert sum(counted(window, tallies.EXCHANGES).values()) == JournalEntry.objects.count() == 4


@pytest.mark.django_db
def test_an_hour_is_tallied_when_its_entries_have_settled() -> None:
    JournalEntryFactory(release=1, received_at=NOON)

    assert tallies.roll(NOON + HOUR) == 0
    assert tallies.watermark() is None
    assert tallies.roll(NOON + HOUR + tallies.SETTLED) == 1
    assert tallies.watermark() == NOON + HOUR


@pytest.mark.django_db
def test_what_is_no_exchange_is_not_counted() -> None:
    JournalEntryFactory(release=1, received_at=NOON, kind="opened", status=0, decision=None)

    tallies.roll(NOON + 2 * HOUR)

    assert counted(tallies.window(NOON - HOUR, NOON + HOUR), tallies.EXCHANGES) == Counter()


@pytest.mark.django_db
def test_latencies_keep_two_digits() -> None:
    for latency in (7, 99, 100, 1234, 12_999, 800_000, 1_999_999):
        JournalEntryFactory(release=1, received_at=NOON, latency_us=latency)

    bins = counted(Window(NOON, NOON + HOUR, None), tallies.LATENCY)

    assert sorted(start for _measure, start in bins) == [7, 99, 100, 1200, 12_000, 800_000, 1_900_000]


@pytest.mark.django_db
def test_the_journal_is_tallied_in_moscow_days() -> None:
    JournalEntryFactory(
        release=1, received_at=datetime(2026, 3, 31, 21, 30, tzinfo=UTC)
    )  # April's first half-hour in Moscow

    tallies.roll(datetime(2026, 4, 2, tzinfo=UTC))

    with connection.cursor() as cursor:
        cursor.execute("select at from integrations_tally_exchanges where grain = 'month'")
        assert cursor.fetchall() == [(datetime(2026, 4, 1, tzinfo=MOSCOW),)]


def test_what_the_jobs_of_an_earlier_release_left_out_is_made_up_for(filled: Filled) -> None:
    window = tallies.window(filled.start, filled.end)
    before = counted(window, tallies.HOURS)
    with connection.cursor() as cursor:
        cursor.execute("delete from integrations_tally_hours where at >= %s", [filled.end - timedelta(days=3)])

    assert counted(tallies.window(filled.start, filled.end), tallies.HOURS) == before
    tallies.roll()
    assert counted(tallies.window(filled.start, filled.end), tallies.HOURS) == before
