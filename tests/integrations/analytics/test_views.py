"""The schema `analysis`: what analysts may lean on, and what they must never find there."""

import importlib
import re
from pathlib import Path

import pytest
from django.db import connection

from integrations import roles
from integrations.analytics.past import Filled
from integrations.roles import Role
from offers.domain.decide import Reason

migration = importlib.import_module("integrations.migrations.0003_analysis")
newest_reasons = importlib.import_module("integrations.migrations.0011_known").REASONS
RECIPES = re.findall(
    r"^### (\d+)\..*?^```sql\n(.*?)^```", Path("docs/analysts.md").read_text(), re.DOTALL | re.MULTILINE
)
PERSONAL = ("phone", "addr", "sealed", "salt", "commitment", "secret", "answer")


@pytest.mark.parametrize(("number", "query"), RECIPES, ids=[number for number, _query in RECIPES])
def test_every_recipe_runs_and_finds_something(number: str, query: str, filled: Filled) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchall(), number


def test_there_are_twelve() -> None:
    assert [number for number, _query in RECIPES] == [str(number) for number in range(1, 13)]


@pytest.mark.django_db
def test_every_view_and_column_is_described() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """select relname, attname, obj_description(pg_class.oid), col_description(pg_class.oid, attnum)
            from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0
            where relnamespace = 'analysis'::regnamespace"""
        )
        columns = cursor.fetchall()

    assert {view for view, *_rest in columns} >= set(migration.VIEWS)
    assert [column for column in columns if not (column[2] and column[3])] == []
    assert [column for _view, column, *_rest in columns if any(word in column for word in PERSONAL)] == []


def test_the_reasons_have_the_names_of_the_program() -> None:
    assert {number: code for number, (code, _meaning) in newest_reasons.items()} == {
        int(reason): reason.code for reason in Reason
    }


@pytest.mark.django_db
def test_the_analyst_reads_the_views_and_nothing_else() -> None:
    roles.grant()
    with connection.cursor() as cursor:
        for table, allowed in (
            ("analysis.exchanges", True),
            ("analysis.requests", True),
            ("integrations_journalentry", False),
            ("integrations_tally_refused", False),
            ("offers_release", False),
        ):
            cursor.execute("select has_table_privilege(%s, %s, 'select')", [Role.ANALYST.full_name, table])
            assert cursor.fetchone() == (allowed,), table
