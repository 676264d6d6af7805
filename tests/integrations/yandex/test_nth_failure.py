"""Of one approval, the first statement fails, the second, the third, until none is left; then each touch of the disk.

Each time the answer is right or a 503, whose entry is on disk or, where the disk fails, named in the log.
"""

import json
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

from integrations import clients, database, keys, spool
from integrations.models import Enquiry, JournalEntry
from offers import catalogue
from tests.api_client import ApiClient
from tests.factories import LoanFactory, publish
from tests.integrations.yandex.conftest import PATH, Api, question

# At least so many there are; should one be missed, the test would prove nothing.
STATEMENTS_FRESH, TOUCHES = 4, 5


class Countdown:
    """Lets the n-th call of what it wraps fail, alone or with all that follow."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.nth, self.and_on = 0, False
        self.calls: Iterator[int] = count(1)
        self.failed = False

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **keywords: Any) -> Any:
            call = next(self.calls)
            if self.nth and (call == self.nth or (self.and_on and call > self.nth)):
                self.failed = True
                raise self.error
            return function(*arguments, **keywords)

        return counted

    def fail(self, nth: int, *, and_on: bool = False) -> None:
        self.nth, self.and_on, self.calls, self.failed = nth, and_on, count(1), False


@pytest.fixture(autouse=True)
def published(yandex: Api, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SPOOL_DIR = tmp_path
    monkeypatch.setattr(spool, "replay_later", lambda: None)
    LoanFactory()
    publish()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Countdown:
    countdown = Countdown(psycopg.OperationalError("gone"))
    monkeypatch.setattr(psycopg.Cursor, "execute", countdown.wrap(psycopg.Cursor.execute))
    return countdown


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Countdown:
    countdown = Countdown(OSError(28, "No space left on device"))
    for owner, name in ((os, "open"), (os, "fdopen"), (os, "fsync"), (Path, "rename")):
        monkeypatch.setattr(owner, name, countdown.wrap(getattr(owner, name)))
    return countdown


def ask(yandex: Api, asked: dict[str, Any]) -> Any:
    """The answer, whatever its status."""
    headers = {"Authorization": f"Bearer {yandex.secret}"}
    return ApiClient().generic("POST", PATH, json.dumps(asked), headers=headers)


def forget_everything() -> None:
    """As after a start: clients, key and release are asked for anew."""
    for module in (catalogue, clients, database, keys):
        module.forget()


def check_in_order(yandex: Api, asked: dict[str, Any], answered: Any) -> None:
    """Once all is well again, the spool is written, and the same question gets its one answer."""
    spool.replay()
    assert not spool.waiting()
    entry = JournalEntry.objects.get(id=answered["X-Request-Id"])
    assert (entry.status, bytes(entry.answer)) == (answered.status_code, answered.content)
    again = ask(yandex, asked)
    assert again.status_code == 200
    assert Enquiry.objects.filter(search_id=asked["search_id"]).count() == 1
    assert answered.status_code == 503 or answered.content == again.content


@pytest.mark.parametrize("and_on", [False, True], ids=["alone", "and all that follow"])
@pytest.mark.parametrize("fresh", [True, False], ids=["of a fresh process", "of a warm one"])
@pytest.mark.parametrize("repeated", [False, True], ids=["asked first", "asked again"])
def test_every_statement_fails_once(
    repeated: bool,  # noqa: FBT001
    fresh: bool,  # noqa: FBT001
    and_on: bool,  # noqa: FBT001
    yandex: Api,
    statements: Countdown,
) -> None:
    for nth in count(1):
        asked = question(search_id=str(uuid4()))
        ask(yandex, asked if repeated else question(search_id=str(uuid4())))
        if fresh:
            forget_everything()

        statements.fail(nth, and_on=and_on)
        answered = ask(yandex, asked)
        failed = statements.failed
        statements.fail(0)

        assert answered.status_code == (503 if failed else 200)
        assert len(spool.waiting()) == failed
        check_in_order(yandex, asked, answered)
        if not failed:
            assert nth > (STATEMENTS_FRESH if fresh else 1 + repeated)
            return


@pytest.mark.parametrize("and_on", [False, True], ids=["alone", "and all that follow"])
def test_every_touch_of_the_disk_fails_once(
    and_on: bool,  # noqa: FBT001
    yandex: Api,
    statements: Countdown,
    disk: Countdown,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask(yandex, question(search_id=str(uuid4())))
    for nth in count(1):
        asked = question(search_id=str(uuid4()))
        caplog.clear()

        statements.fail(1, and_on=True)
        disk.fail(nth, and_on=and_on)
        answered = ask(yandex, asked)
        failed = disk.failed
        statements.fail(0)
        disk.fail(0)

        assert answered.status_code == 503
        assert (f"an entry is lost, the spool does not take it: {answered['X-Request-Id']}" in caplog.text) == failed
        left = list(Path(settings.SPOOL_DIR).iterdir())
        assert all(path.suffix == ".entry" for path in left), "nothing half"
        assert failed or len(left) == 1
        spool.replay()
        assert ask(yandex, asked).status_code == 200
        if not failed:
            assert nth > TOUCHES
            return
