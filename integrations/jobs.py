"""What has to be done again and again, by one process at a time however many there are.

The leader holds a lock of its session in the database. Whoever loses the connection has lost the lock with it, and
applies for it again. Each job can be killed at any moment and goes on the next time.

What may take minutes has turns, a leader and a thread of its own, so that nothing waits for it.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Final

import psycopg
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection

from integrations import partitions, retention
from integrations.analytics import derive, export, tallies
from integrations.applications import leads, matching
from integrations.lists import loading as lists
from integrations.proof import sealing

logger = logging.getLogger(__name__)

LEADER_LOCK: Final = 0x6A6F_6273
LONG_LOCK: Final = 0x6C6F_6E67
# After so many seconds who does not lead applies again, and who lost the database tries it again.
PATIENCE: Final = 5.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
LEADS_EVERY: Final = 5.0
LISTS_EVERY: Final = 5.0
LOOK_EVERY: Final = 0.2  # at whether to stop, while the database works
SAMPLE, SAMPLE_DAYS = 20, 30  # answers derived again in an hour, of so many days


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every: float  # seconds
    work: Callable[[Event], None]


def seal(stop: Event) -> None:
    with closing(sealing.seal()) as batches:
        for _batch in batches:
            if stop.is_set():
                break


def tally(_stop: Event) -> None:
    tallies.roll()


def check(_stop: Event) -> None:
    derive.check_sample(SAMPLE, days=SAMPLE_DAYS)


def purge(_stop: Event) -> None:
    partitions.gather_strays()
    call_command("clearsessions")
    if purged := retention.purge(datetime.now(UTC)):
        logger.info(
            "purged: %d answers to recall, %d leads, %d applications, %d lines of lists, %d keys, %d months",
            purged.enquiries,
            purged.leads,
            purged.applications,
            purged.listed,
            len(purged.keys),
            len(purged.months),
        )


def settle_exports(_stop: Event) -> None:
    if cut_off := export.settle():
        logger.warning("exports of the journal that were cut off: %d", cut_off)


def settle_lists(_stop: Event) -> None:
    if cut_off := lists.settle():
        logger.warning("lists of people whose loading was cut off: %d", cut_off)


def check_lists(stop: Event) -> None:
    with _cut_short(stop):
        lists.check_waiting()


def match(_stop: Event) -> None:
    if matched := matching.match_again(datetime.now(UTC)):
        logger.info("applications matched to their proposals: %d", matched)


JOBS: Final = (
    Job("seal", MINUTE, seal),
    Job("tally", 10 * MINUTE, tally),
    Job("check", HOUR, check),
    Job("purge", DAY, purge),
    Job("exports", MINUTE, settle_exports),
    Job("match", MINUTE, match),
    Job("lists", LISTS_EVERY, settle_lists),
    Job("leads", LEADS_EVERY, leads.work),
)
LONG: Final = (Job("check of lists", LISTS_EVERY, check_lists),)


def run_long(stop: Event) -> None:
    run(stop, LONG, LONG_LOCK)


def run(stop: Event, jobs: tuple[Job, ...] = JOBS, lock: int = LEADER_LOCK) -> None:
    """Until told to stop. A job that fails is logged, and done again when its time comes."""
    while not stop.is_set():
        try:
            if _leads(lock):
                logger.info("leading: %s", ", ".join(job.name for job in jobs))
                _take_turns(stop, jobs)
        except (OperationalError, InterfaceError) as error:
            logger.warning("jobs wait for the database: %s", type(error).__name__)
        connection.close()
        stop.wait(PATIENCE)


def _leads(lock: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [lock])
        return bool(cursor.fetchone()[0])


def _take_turns(stop: Event, jobs: tuple[Job, ...]) -> None:
    """Each job at once and then at its intervals, for as long as the session lives that holds the lock."""
    session = connection.connection
    due = dict.fromkeys(jobs, time.monotonic())
    while connection.connection is session:
        job = min(due, key=lambda job: due[job])
        if stop.wait(max(0.0, due[job] - time.monotonic())):
            return
        due[job] = time.monotonic() + job.every
        try:
            job.work(stop)
        except Exception:
            logger.exception("a job failed: %s", job.name)
            with connection.cursor() as cursor:  # Does the session live?
                cursor.execute("select 1")


@contextmanager
def _cut_short(stop: Event) -> Iterator[None]:
    """Told to stop, what the database does for this thread meanwhile is given up: that is for the next time."""
    session, over = connection.connection, Event()

    def watch() -> None:
        while not over.wait(LOOK_EVERY):
            if stop.is_set():  # again and again: between two statements there is nothing to give up
                with suppress(psycopg.Error):
                    session.cancel_safe()

    watcher = Thread(target=watch, name="jobs-stop")
    watcher.start()
    try:
        yield
    except OperationalError:
        if not stop.is_set():
            raise
    finally:
        over.set()
        watcher.join()
