"""Nothing is lost without a word where a disk is really full: the spool's, and Postgres's own."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.server import disks, history, serving
from tests.server import service as services
from tests.server.service import Service
from tests.server.waiting import wait_until

SPOOL_KB, POSTGRES_KB = 64, 300 * 1024
REPLAYED_WITHIN = 10.0


def test_a_full_spool_keeps_what_fits_and_names_the_rest(service: Service) -> None:
    with service.spool_on_a_disk(SPOOL_KB), history.callers(service.port, service.token) as heard:
        heard.wait_for(20)
        with service.postgres.stopped():
            heard.wait_for(60)
        heard.wait_for(20)
        wait_until(service.is_drained, within=REPLAYED_WITHIN)

    assert not heard.unheard
    with serving.connect(service.postgres.uri) as sql:
        said = service.log.read_text()
        lost = history.check_lost_are_named(heard, sql, service.spool, said, "No space left on device")
    assert 0 < len(lost) < len(heard.of(503))


@pytest.fixture(scope="module")
def cramped(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose Postgres has a small disk, where Postgres can reach it."""
    with tempfile.TemporaryDirectory(prefix="vitrina-", dir="/tmp", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        directory.chmod(0o755)
        with (
            disks.small(directory, POSTGRES_KB),
            services.running(tmp_path_factory.mktemp("cramped"), django_db_blocker.unblock, data=directory) as running,
        ):
            yield running


@pytest.mark.faults
def test_postgres_has_no_room_for_a_row(cramped: Service) -> None:
    """It refuses what does not fit, and goes on by itself once there is room."""
    with history.callers(cramped.port, cramped.token) as heard:
        heard.wait_for(50)
        with disks.filled(cramped.postgres.data.parent):
            wait_until(lambda: len(heard.of(503)) > 50, within=serving.PATIENCE)
        heard.wait_for(50)

    _check(heard, cramped)


@pytest.mark.faults
def test_postgres_has_no_room_for_its_log(cramped: Service) -> None:
    """It gives up, and is started again once there is room."""
    with history.callers(cramped.port, cramped.token) as heard:
        heard.wait_for(50)
        with disks.filled(cramped.postgres.data.parent):
            with suppress(psycopg.OperationalError), cramped.postgres.as_superuser() as superuser:
                while True:
                    superuser.execute("select pg_logical_emit_message(false, '', 'full')")
                    superuser.execute("select pg_switch_wal()")
            heard.wait_for(50)
        cramped.postgres.stop()
        cramped.postgres.start()
        heard.wait_for(50)

    _check(heard, cramped)


def _check(heard: history.History, cramped: Service) -> None:
    wait_until(cramped.is_drained, within=REPLAYED_WITHIN)
    assert heard.of(503)
    assert not heard.unheard
    assert {each.status for each in heard.heard} <= {200, 400, 403, 404, 503}
    with serving.connect(cramped.postgres.uri) as sql:
        history.check(heard, sql, cramped.spool)
