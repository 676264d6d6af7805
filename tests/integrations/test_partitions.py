from datetime import date

import pytest
from django.db import connection

from integrations import partitions


def names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select relid::regclass::text from pg_partition_tree('integrations_journalentry') where isleaf")
        return {name for (name,) in cursor.fetchall()}


def test_months_go_over_the_new_year() -> None:
    assert list(partitions.months(date(2026, 11, 24), 3)) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


@pytest.mark.django_db
def test_two_years_are_made_ahead_and_only_once() -> None:
    partitions.make_ahead(date(2040, 2, 10))
    made = names()
    assert {f"integrations_journalentry_{month}" for month in ("2040_02", "2041_01", "2042_02")} <= made
    assert "integrations_journalentry_2042_03" not in made
    partitions.make_ahead(date(2040, 2, 10))
    assert names() == made
