"""Whatever goes wrong with a statement, it is one of Django's errors: callers know no others."""

from typing import Any

import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)

from integrations import database

pytestmark = pytest.mark.django_db

NEVER = "select 'infinity'::timestamptz"


@pytest.mark.parametrize(
    ("statement", "parameters", "error", "suspect"),
    [
        ("select 1 / 0", {}, DataError, False),
        ("select %(text)s::text", {"text": "\0"}, DataError, False),
        (NEVER, {}, DataError, False),
        ("insert into integrations_client (id) values (null)", {}, IntegrityError, False),
        ("select unheard_of", {}, ProgrammingError, True),
        ("select %(left_out)s", {}, ProgrammingError, True),
        ("set local work_mem = '1MB'", {}, ProgrammingError, True),  # it has no rows to give
        ("do $$ begin raise exception using errcode = 'query_canceled'; end $$", {}, OperationalError, True),
    ],
)
def test_every_error_is_djangos(
    statement: str, parameters: dict[str, Any], error: type[DatabaseError], *, suspect: bool
) -> None:
    """And Django knows after which of them it should look whether the connection can still be used."""
    connection.errors_occurred = False
    with pytest.raises(error), transaction.atomic():
        database.execute(statement, parameters)
    assert connection.errors_occurred is suspect


def test_rows_that_can_t_be_read_spoil_nothing() -> None:
    with pytest.raises(DataError):
        database.execute(NEVER, {})
    assert database.execute("select 1", {}) == [(1,)]
