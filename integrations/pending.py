"""What is pending is decided: by the scoring's word, or without it once the time is over.

Beside the jobs, and in any number of processes: an enquiry without an answer is itself the order to decide it. Each is
taken for a while by one thread; whoever dies with it leaves it to another, and whoever is second to settle it has no
effect. So nothing is lost and nothing is decided twice, whatever dies when.
"""

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from integrations import deadline, enquiries, keys, knowledge, privacy
from integrations.enquiries import Claimed
from integrations.ids import uuid7
from integrations.journal import Exchange
from integrations.models import Kind, MonthKey
from integrations.scoring import client as scoring
from integrations.scoring.question import Later
from integrations.yandex import deciding
from integrations.yandex.deciding import Asked
from offers import catalogue
from offers.domain.decide import awaits
from offers.domain.known import Known, Scored, Trial, Verdict

logger = logging.getLogger(__name__)

# Nobody waits at a screen for this call, but a person waits for its answer: so long one question may take.
PATIENCE: Final = 10.0
# It is taken for longer than that, so that nobody takes it from who still asks.
LEASE: Final = timedelta(seconds=PATIENCE + 5)
LOOK_EVERY: Final = 0.2
AFTER_A_FAILURE: Final = 1.0
LONGEST_PAUSE: Final = 10.0  # between two questions about one person


def serve(stop: Event) -> None:
    """As a thread of its own."""
    try:
        run(stop)
    finally:
        connection.close()


def run(stop: Event) -> None:
    """Until told to stop; then what is being asked is finished first."""
    at_once = settings.SCORING_JOBS_AT_ONCE
    scoring.begin(at_once)
    free = threading.BoundedSemaphore(at_once)
    with ThreadPoolExecutor(at_once, thread_name_prefix="pending") as threads:
        while not stop.is_set():
            free.acquire()
            claimed = None
            try:
                claimed = _take()
                if claimed is not None:
                    threads.submit(_go_on, claimed, free)
                else:
                    stop.wait(LOOK_EVERY)
            except (DatabaseError, InterfaceError) as error:
                connection.close()
                logger.warning("what is pending waits for the database: %s", type(error).__name__)
                stop.wait(AFTER_A_FAILURE)
            except Exception:  # Who waits must not wait for ever because of one row.
                logger.exception("what is pending could not be taken")
                stop.wait(AFTER_A_FAILURE)
            finally:
                if claimed is None:
                    free.release()


def utc_now() -> datetime:
    return datetime.now(UTC)


def go_on(claimed: Claimed, clock: Callable[[], datetime] = utc_now) -> None:
    """Ask the scoring once more about what was taken, and settle it if it can be."""
    now = clock()
    asked = Asked(_exchange(claimed, now), claimed.question, claimed.enquiry, _phone_number(claimed))
    known, content = knowledge.load(claimed.known), catalogue.refresh().content
    if known.trial is not Trial.WAIT and awaits(content.policy(claimed.enquiry.product), known):
        give_up_at = claimed.asked_at + timedelta(seconds=settings.SCORING_GIVE_UP_SECONDS)
        question = deciding.to_scoring(asked, claimed.id, content, claimed.phone_hash)
        within = min(PATIENCE, (give_up_at - now).total_seconds())
        said = scoring.ask(question, within=within) if within > 0 else Later("given_up")
        now = clock()
        is_over = now + timedelta(seconds=LOOK_EVERY) >= give_up_at
        if isinstance(said, Later) and not is_over:
            enquiries.put_off(claimed.id, due_at=min(give_up_at, now + _pause(said, claimed.attempts)))
            return
        known = _with(known, said, claimed, now)
        asked = replace(asked, exchange=_exchange(claimed, now))  # decided now, not when it was asked
    deciding.settle(asked, claimed.id, known)


def _take() -> Claimed | None:
    now = utc_now()
    with deadline.bounded():
        return enquiries.take(now, until=now + LEASE)


def _go_on(claimed: Claimed, free: threading.BoundedSemaphore) -> None:
    try:
        try:
            go_on(claimed)
        except (DatabaseError, InterfaceError):
            connection.close()  # it may have been dead since the last time, and the database back
            go_on(claimed)
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        logger.warning("what is pending waits for the database: %s", type(error).__name__)
    except Exception:
        logger.exception("what is pending could not be decided: %s", claimed.id)
    finally:
        free.release()


def _exchange(claimed: Claimed, now: datetime) -> Exchange:
    """The entry of a decision made later: nobody asks at that moment, so it has no method, path or address.

    Its latency is the whole wait.
    """
    exchange = Exchange(
        id=uuid7(now), received_at=now, method="", path="", remote_addr=None, body=b"", length=0, kind=Kind.DECIDED,
        client=claimed.question.client, latency_us=round((now - claimed.asked_at) / timedelta(microseconds=1)),
    )  # fmt: skip
    exchange.asked(claimed.question.search_id.value, claimed.enquiry, claimed.phone_hash, claimed.phone_mask)
    return exchange


def _phone_number(claimed: Claimed) -> str | None:
    """None where it was not kept, or can be opened no more: then the service is told the hash alone."""
    if claimed.phone_sealed is None or claimed.seal_key is None:
        return None
    try:
        cipher = keys.cipher_of(claimed.seal_key)
    except (MonthKey.DoesNotExist, keys.KeyDestroyed, keys.UnknownMasterKey):
        return None
    return privacy.unseal(cipher, claimed.phone_sealed, claimed.id.bytes).decode()


def _with(known: Known, said: Scored | Later, claimed: Claimed, now: datetime) -> Known:
    """And its word, or that there was none in time; with how long that took."""
    scored = Scored(Verdict.UNAVAILABLE, said.cause) if isinstance(said, Later) else said
    waited_ms = round((now - claimed.asked_at) / timedelta(milliseconds=1))
    return replace(known, scored=replace(scored, attempts=claimed.attempts, waited_ms=waited_ms))


def _pause(said: Later, attempts: int) -> timedelta:
    """As it said, else longer and longer; by chance, so that those who wait don't come all at once."""
    seconds = said.after or deciding.FIRST_PAUSE * 2 ** min(attempts, 10) * random.uniform(0.5, 1)  # noqa: S311
    return timedelta(seconds=min(seconds, LONGEST_PAUSE))
