"""Migrations run while the code of the release before serves, and then beside it: so they only expand.

What takes something away waits for a later release, and says so: `contracts = "what no code reads since when"`.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

OURS = ("entrance", "integrations", "offers")
# Whoever has one of these has all: nothing was served before.
FIRST = {"integrations": "0009_connection", "offers": "0006_link_policy"}
TAKES_AWAY = (
    operations.RemoveField, operations.RenameField, operations.DeleteModel, operations.RenameModel,
    operations.AlterModelTable,
)  # fmt: skip
SQL_TAKES_AWAY = re.compile(r"\bdrop\s+(column|table|view|schema)|\brename\b|\bset\s+not\s+null", re.IGNORECASE)
# In the order in which a request's statement locks them.
LOCKED = ("journalentry", "enquiry")


def later() -> Iterator[tuple[str, Any, ProjectState]]:
    """Each migration since the first release, with what it is applied to."""
    loader = MigrationLoader(None)
    for key in sorted(loader.disk_migrations):
        app, name = key
        if app in OURS and name > FIRST.get(app, ""):
            yield f"{app}.{name}", loader.disk_migrations[key], loader.project_state(key, at_end=False)


LATER = {name: (migration, state) for name, migration, state in later()}


def surprises(migration: Any, state: ProjectState) -> Iterator[str]:
    app, made = migration.app_label, set[str]()
    for operation in migration.operations:
        model = getattr(operation, "model_name", getattr(operation, "name", "")).lower()
        if isinstance(operation, operations.CreateModel):
            made.add(model)
        elif isinstance(operation, TAKES_AWAY) or (
            isinstance(operation, operations.RunSQL) and SQL_TAKES_AWAY.search(str(operation.sql))
        ):
            yield f"takes away: {operation.describe()}"
        elif model in made:
            pass
        elif isinstance(operation, operations.AddConstraint):
            yield f"refuses what the code before may write: {operation.describe()}"
        elif isinstance(operation, operations.AddField) and not can_be_left_out(operation.field):
            yield f"wants what the code before does not write: {operation.describe()}"
        elif isinstance(operation, operations.AlterField) and not operation.field.null:
            before = state.models[app, model].fields[operation.name_lower]
            if before.null:
                yield f"wants what the code before may leave out: {operation.describe()}"
        operation.state_forwards(app, state)


def can_be_left_out(field: Any) -> bool:
    return bool(field.null or field.has_db_default() or field.many_to_many)


@pytest.mark.parametrize("name", LATER)
def test_the_code_before_goes_on(name: str) -> None:
    migration, state = LATER[name]
    assert hasattr(migration, "contracts") or not list(surprises(migration, state.clone()))


@pytest.mark.parametrize("name", LATER)
def test_tables_are_locked_as_requests_lock_them(name: str) -> None:
    """The other way round, migration and request wait for each other, and the request is ended."""
    touched = [getattr(operation, "model_name", "").lower() for operation in LATER[name][0].operations]
    firsts = [touched.index(table) for table in LOCKED if table in touched]
    assert firsts == sorted(firsts)


def seen(operation: Any) -> bool:
    migration: Any = migrations.Migration("9999", "integrations")
    migration.operations = [operation]
    return bool(list(surprises(migration, MigrationLoader(None).project_state())))


@pytest.mark.parametrize(
    "operation",
    [
        operations.RemoveField("enquiry", "answer"),
        operations.RenameField("enquiry", "answer", "answered"),
        operations.RunSQL("alter table integrations_enquiry\n  drop column answer"),
        operations.AddField("enquiry", "new", models.TextField(default="")),
        operations.AddConstraint("enquiry", models.CheckConstraint(condition=models.Q(term__gt=1), name="longer")),
        operations.AlterField("enquiry", "answer", models.BinaryField()),
    ],
)
def test_it_sees_a_surprise(operation: Any) -> None:
    assert seen(operation)


def test_it_sees_none_in_what_may_be_left_out() -> None:
    assert not seen(operations.AddField("enquiry", "new", models.TextField(db_default="")))
