"""Nothing is lost, whatever happens to the database and to our own processes while requests stream in."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeAlias

import httpx
import pytest

from tests.server import history, serving
from tests.server.history import History
from tests.server.service import Service
from tests.server.waiting import wait_until

# Promised, and what a busy machine needs on top of it; in seconds.
DOWN, FROZEN, BUSY = 0.1, 2.5, 2.0
REPLAYED_WITHIN = 10.0
AT_ONCE, ATTEMPTS = 20, 10
CYCLES, REQUESTS = 200, 250  # of the long run, and in each


Fault: TypeAlias = Callable[[Service], AbstractContextManager[None]]


@contextmanager
def worker_killed(service: Service) -> Iterator[None]:
    victim, *_ = service.workers()
    os.kill(victim, signal.SIGKILL)
    yield
    wait_until(lambda: len(service.workers()) == 2, within=serving.PATIENCE)


@contextmanager
def reloaded(service: Service) -> Iterator[None]:
    before = set(service.workers())
    service.reload()
    yield
    wait_until(lambda: not before & set(service.workers()), within=serving.PATIENCE)


@contextmanager
def worker_told_to_stop(service: Service) -> Iterator[None]:
    victim, *_ = service.workers()
    with suppress(ProcessLookupError):
        os.kill(victim, signal.SIGTERM)
    yield
    wait_until(lambda: victim not in service.workers(), within=serving.PATIENCE)


@contextmanager
def started_anew(service: Service) -> Iterator[None]:
    """All of it is told to stop, and started again once it has; its socket stays, as systemd would keep it."""
    service.restart()
    yield


# How long an answer may take meanwhile.
FAULTS: dict[str, tuple[Fault, float]] = {
    "stopped": (lambda service: service.postgres.stopped(), DOWN),
    "stopped at once": (lambda service: service.postgres.stopped_at_once(), DOWN),
    "crashed": (lambda service: service.postgres.crashed(), DOWN),
    "a session killed": (lambda service: service.postgres.a_session_killed(), DOWN),
    "frozen": (lambda service: service.postgres.frozen(), FROZEN),
    "read-only": (lambda service: service.postgres.read_only(), DOWN),
    "out of connections": (lambda service: service.postgres.out_of_connections(), DOWN),
    "journal locked": (lambda service: service.postgres.journal_locked(), FROZEN),
    "worker killed": (worker_killed, DOWN),
    "worker told to stop": (worker_told_to_stop, DOWN),
    "reloaded": (reloaded, DOWN),
    "started anew": (started_anew, DOWN),
}
# A connection may end without an answer only then.
MAY_END = ("worker killed",)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_loses_nothing(name: str, service: Service) -> None:
    cycle(service, name, requests=40, seed=0)


@pytest.mark.parametrize(
    ("times", "requests"), [(2, 100), pytest.param(10, 500, marks=pytest.mark.faults)], ids=["twice", "ten times"]
)
def test_no_request_fails_for_a_reload(times: int, requests: int, service: Service) -> None:
    with history.callers(service.port, service.token) as heard:
        for _ in range(times):
            with reloaded(service):
                heard.wait_for(requests)

    assert not heard.unheard
    assert {each.status for each in heard.heard} <= {200, 400, 403, 404}
    with serving.connect(service.postgres.uri) as sql:
        history.check(heard, sql, service.spool)


@pytest.mark.parametrize(
    ("questions", "deaths"), [(20, 2), pytest.param(1000, 40, marks=pytest.mark.faults)], ids=["few", "many"]
)
def test_one_answer_while_workers_die(questions: int, deaths: int, service: Service) -> None:
    """Twenty ask the same at once, and ask again where their worker died."""
    asked = [serving.question() for _ in range(questions)]
    with ThreadPoolExecutor(AT_ONCE) as threads, service.client() as client:
        for number, question in enumerate(asked):
            if number % (questions // deaths) == 0:
                _kill_a_worker(service)
            answers = {each.content for each in threads.map(lambda _: _insist(client, question), range(AT_ONCE))}  # noqa: B023
            assert len(answers) == 1
            question["answer"] = answers.pop()

    with serving.connect(service.postgres.uri) as sql:
        query = "select search_id, answer from integrations_enquiry where search_id = any(%s::uuid[])"
        kept = sql.execute(query, [[question["search_id"] for question in asked]]).fetchall()
    assert len(kept) == questions
    assert {str(row["search_id"]): row["answer"] for row in kept} == {
        question["search_id"]: question["answer"] for question in asked
    }


def _kill_a_worker(service: Service) -> None:
    for victim in service.workers()[:1]:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


def _insist(client: httpx.Client, question: dict[str, Any]) -> httpx.Response:
    for _ in range(ATTEMPTS):
        with suppress(httpx.TransportError):
            response = client.post(serving.PATH, json=question)
            assert response.status_code == 200
            return response
    raise AssertionError("nobody answers")


def test_a_spool_that_takes_nothing_changes_no_answer(service: Service) -> None:
    """The disk and the database are away at once: nothing can be kept, and the caller is still told to come again."""
    with history.callers(service.port, service.token) as heard:
        heard.wait_for(20)
        with service.spool_unusable(), service.postgres.stopped():
            heard.wait_for(20)
        heard.wait_for(20)

    assert not heard.unheard
    assert {each.status for each in heard.heard} <= {200, 400, 403, 404, 503}
    with serving.connect(service.postgres.uri) as sql:
        wait_until(service.is_drained, within=REPLAYED_WITHIN)
        assert history.check_lost_are_named(heard, sql, service.spool, service.log.read_text())


@pytest.mark.faults
def test_many_faults_lose_nothing(service: Service) -> None:
    chance = random.Random(1)
    for number in range(CYCLES):
        cycle(service, chance.choice(list(FAULTS)), requests=REQUESTS // 3, seed=number)


def cycle(service: Service, name: str, *, requests: int, seed: int) -> History:
    """Before it, while it lasts and after it so many requests are made."""
    fault, longest = FAULTS[name]
    with history.callers(service.port, service.token, seed) as heard:
        heard.wait_for(requests)
        with fault(service):
            heard.wait_for(requests)
        over_at = time.monotonic()
        heard.wait_for(requests)
    wait_until(service.is_drained, within=REPLAYED_WITHIN)

    assert {each.status for each in heard.heard} <= {200, 400, 403, 404, 503}
    assert not heard.unheard or name in MAY_END, heard.unheard
    slow = [each for each in heard.of(503) if each.seconds > longest + BUSY]
    assert not slow, f"{len(slow)} were told to come again after up to {max(each.seconds for each in slow):.1f} s"
    late = [each.began_at - over_at for each in heard.of(503) if each.began_at > over_at]
    assert not late, f"{len(late)} were told to come again after it was over, the last {max(late):.1f} s later"
    with serving.connect(service.postgres.uri) as sql:
        history.check(heard, sql, service.spool)
    return heard
