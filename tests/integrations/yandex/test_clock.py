"""A clock that is set, in either direction, changes nothing for callers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from integrations.yandex import exit as api_exit
from tests.factories import LoanFactory, publish
from tests.integrations.yandex.conftest import SEARCH_ID, Api, entries

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


@pytest.mark.parametrize("step", [-YEAR, -HOUR, timedelta(0), HOUR, YEAR])
def test_a_step(step: timedelta, yandex: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    LoanFactory()
    publish()
    before = yandex.ask()
    there = datetime.now(UTC) + step

    class Stepped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # noqa: ARG003  (datetime's signature)
            return there

    monkeypatch.setattr(api_exit, "datetime", Stepped)

    yandex.ask(search_id=str(uuid4()))
    assert yandex.ask() == before
    assert yandex.get(f"search_id={SEARCH_ID}")["status"] == "done"
    assert [entry.status for entry in entries()] == [200] * 4
