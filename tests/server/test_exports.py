"""An export of the journal whose process is killed in the middle, by the real gunicorn."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from django.db import connection

from integrations import journal
from integrations.analytics import export
from integrations.models import Kind
from tests.databases import copied
from tests.factories import UserFactory
from tests.integrations.factories import JournalEntryFactory
from tests.server import serving
from tests.server.serving import Browsing
from tests.server.waiting import wait_until

PASSWORD = "for the tests only"
ROWS = 12_000
EXPORT = "/admin/integrations/journalentry/export/"
MULTIPLY = """
insert into integrations_journalentry ({columns})
select gen_random_uuid(), received_at - number * interval '1 second', {rest}
from integrations_journalentry, generate_series(2, {rows}) as number"""


@dataclass(frozen=True, slots=True)
class Exporting:
    """A gunicorn of one worker over a journal of many entries, and who exports there."""

    browser: Browsing
    sql: psycopg.Connection[dict[str, Any]]
    orm: Callable[[], AbstractContextManager[None]]
    master: subprocess.Popen[bytes]

    def download(self, progress: UUID, form: str) -> httpx.Response:
        return self.browser.post(EXPORT, form=form, progress=str(progress))

    def progress(self, export_id: UUID) -> export.Progress | None:
        with self.orm():
            return export.done(export_id)

    def settle(self) -> int:
        with self.orm():
            return export.settle()

    def told(self) -> dict[str, Any]:
        """What the journal says of the last export."""
        newest = "select answer from integrations_journalentry where kind = %s order by received_at desc limit 1"
        [entry] = self.sql.execute(newest, [Kind.EXPORTED]).fetchall()
        return journal.details(entry["answer"])

    def entries(self) -> int:
        [row] = self.sql.execute("select count(*) from integrations_journalentry").fetchall()
        return int(row["count"])

    def kill_the_worker(self) -> None:
        [worker] = serving.workers_of(self.master)
        os.kill(worker, signal.SIGKILL)


@pytest.fixture(scope="module")
def exporting(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exporting]:
    directory, template = tmp_path_factory.mktemp("exports"), connection.settings_dict["NAME"]
    with copied(template, f"{template}_exports") as name:

        @contextmanager
        def orm() -> Iterator[None]:
            with django_db_blocker.unblock(), serving.orm_on(name):
                yield

        with orm():
            username = fill()
        uri = serving.uri_of(name)
        with (
            serving.connect(uri) as sql,
            serving.listening() as listener,
            serving.gunicorn_on(listener, directory / "log", DATABASE_URL=uri, WEB_CONCURRENCY="1") as master,
            serving.browsing(serving.port_of(listener)) as browser,
        ):
            assert browser.log_in(username, PASSWORD).headers["Location"] == "/admin/"
            yield Exporting(browser, sql, orm, master)


def fill() -> str:
    """The name of who may export what is there now."""
    JournalEntryFactory()
    rest = ", ".join(journal.COLUMNS[2:])
    with connection.cursor() as cursor:
        cursor.execute(MULTIPLY.format(columns=", ".join(journal.COLUMNS), rest=rest, rows=ROWS))
    person = UserFactory(is_superuser=True)
    person.set_password(PASSWORD)
    person.save()
    return str(person.username)


@pytest.mark.parametrize("form", list(export.WRITERS))
def test_killed_in_the_middle_nothing_leaves_and_the_journal_says_so(form: str, exporting: Exporting) -> None:
    export_id, before = uuid4(), exporting.entries()
    with ThreadPoolExecutor(1) as pool:
        download = pool.submit(exporting.download, export_id, form)
        wait_until(lambda: is_under_way(exporting.progress(export_id)), within=serving.PATIENCE)
        exporting.kill_the_worker()
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):  # before the first byte of an answer
            download.result()
    wait_until(lambda: not is_under_way(exporting.progress(export_id)), within=serving.PATIENCE)

    seen = exporting.browser.get(f"{EXPORT}{export_id}/").json()
    assert seen["cut_off"]
    assert 0 < seen["rows"] < before
    assert exporting.settle() == 1
    told = exporting.told()
    assert (told["form"], told["rows"], told["finished"]) == (form, seen["rows"], False)
    assert exporting.entries() == before + 1
    assert exporting.browser.get(f"{EXPORT}{export_id}/").json() == {"rows": None, "cut_off": False}


def test_made_again_it_is_whole(exporting: Exporting) -> None:
    there = exporting.entries()

    answer = exporting.download(uuid4(), "csv")

    assert len(answer.content) == int(answer.headers["Content-Length"])  # so what breaks off on its way is noticed
    assert len(answer.text.splitlines()) == 1 + there
    assert (exporting.told()["rows"], exporting.told()["finished"]) == (there, True)
    assert exporting.settle() == 0


def is_under_way(progress: export.Progress | None) -> bool:
    return progress is not None and progress.rows > 0 and progress.is_alive
