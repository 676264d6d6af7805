"""What is pending outlives whoever works on it: the web's worker, the jobs, the database. Each is decided once."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import pytest

from config import local_postgres
from integrations.scoring.demo import Behaviour, Manner, Scorer
from offers.models import Policy
from tests import factories
from tests.server import service as services
from tests.server import serving
from tests.server.service import Service
from tests.server.waiting import wait_until

WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Bank:
    """Its loans are decided on by the scoring alone. The scoring is in the test's own process."""

    service: Service
    scorer: Scorer
    environment: dict[str, str]
    log: Path

    def jobs(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return serving.jobs(self.log, **self.environment)

    def sql(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        with self.service.postgres.as_superuser() as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def attempts(self, search_id: str) -> int:
        return sum(row["attempts"] for row in self.sql(ATTEMPTS, UUID(search_id)))

    def end_lease(self, search_id: str) -> None:
        """As if the time had passed for which its taker has it."""
        self.sql("update integrations_enquiry set due_at = now() where search_id = %s", UUID(search_id))


ATTEMPTS = "select attempts from integrations_enquiry where search_id = %s"
DECIDED = """
select kind, decision from integrations_journalentry where search_id = %s and decision is not null and not repeated"""


@pytest.fixture(scope="module")
def bank(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("pending")
    scorer = Scorer(0, Behaviour())
    thread = Thread(target=scorer.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    scoring = {"SCORING_URL": scorer.address, "SCORING_PHONE": "clear", "SCORING_DEADLINE_MS": "300"}
    try:
        with services.running(folder, django_db_blocker.unblock, environment=scoring) as service:
            with (
                django_db_blocker.unblock(),
                serving.orm_on(local_postgres.NAME, HOST=str(service.postgres.address)),
            ):
                Policy.objects.update_or_create(product_type="loan", defaults={"basis": "scoring_required"})
                factories.publish()
            environment = scoring | {"DATABASE_URL": service.postgres.uri, "SPOOL_DIR": str(service.spool)}
            yield Bank(service, scorer, environment, folder / "jobs.log")
    finally:
        scorer.shutdown()
        thread.join()
        scorer.server_close()


@pytest.fixture
def caller(bank: Bank) -> Iterator[httpx.Client]:
    with bank.service.client() as client:
        yield client


@pytest.fixture
def asked() -> dict[str, Any]:
    return serving.question()


@pytest.fixture(autouse=True)
def decided_once(bank: Bank, asked: dict[str, Any]) -> Iterator[None]:
    """Whatever happened, there is one decision in the end."""
    yield
    [decision] = bank.sql(DECIDED, UUID(asked["search_id"]))
    assert decision["decision"] == "has_approve"


def pending(caller: httpx.Client, question: dict[str, Any]) -> None:
    answer = caller.post(serving.PATH, json=question)
    assert answer.json() == {"search_id": question["search_id"], "status": "pending"}


def is_done(caller: httpx.Client, question: dict[str, Any]) -> bool:
    answer = caller.get(serving.PATH, params={"search_id": question["search_id"]})
    return answer.status_code == 200 and answer.json()["status"] == "done"


def done(caller: httpx.Client, question: dict[str, Any]) -> Callable[[], bool]:
    return lambda: is_done(caller, question)


def test_jobs_killed_while_they_ask(bank: Bank, caller: httpx.Client, asked: dict[str, Any]) -> None:
    bank.scorer.behaviour = Behaviour(Manner.SCORE, delay=60)
    pending(caller, asked)
    with bank.jobs() as jobs:
        wait_until(lambda: bank.attempts(asked["search_id"]) > 1, within=WITHIN)
        jobs.kill()
        jobs.wait()
    bank.scorer.behaviour = Behaviour()
    bank.end_lease(asked["search_id"])
    with bank.jobs():
        wait_until(done(caller, asked), within=WITHIN)


def test_a_worker_of_the_web_killed_while_it_asks(bank: Bank, caller: httpx.Client, asked: dict[str, Any]) -> None:
    """Nobody was told anything, and yet the question is decided: who asks again gets the answer."""
    bank.scorer.behaviour = Behaviour(Manner.SCORE, delay=60)

    def kill_both(_entry: object = None) -> None:
        wait_until(lambda: bool(bank.sql(ATTEMPTS, UUID(asked["search_id"]))), within=WITHIN)
        for worker in bank.service.workers():
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    with ThreadPoolExecutor(1) as threads:
        killing = threads.submit(kill_both)
        with suppress(httpx.TransportError):  # or it was quicker, and said that it is pending
            caller.post(serving.PATH, json=asked)
        killing.result()
    bank.scorer.behaviour = Behaviour()
    bank.end_lease(asked["search_id"])
    with bank.jobs():
        wait_until(done(caller, asked), within=WITHIN)


def test_the_database_restarted_meanwhile(bank: Bank, caller: httpx.Client, asked: dict[str, Any]) -> None:
    bank.scorer.behaviour = Behaviour(Manner.LATER)
    pending(caller, asked)
    with bank.jobs():
        wait_until(lambda: bank.attempts(asked["search_id"]) > 1, within=WITHIN)
        with bank.service.postgres.stopped():
            assert caller.get(serving.PATH, params={"search_id": asked["search_id"]}).status_code == 503
        bank.scorer.behaviour = Behaviour()
        wait_until(done(caller, asked), within=WITHIN)


def test_twenty_ask_and_twenty_poll_at_once(bank: Bank, caller: httpx.Client, asked: dict[str, Any]) -> None:
    bank.scorer.behaviour = Behaviour(Manner.SCORE, delay=0.6)
    poll = {"search_id": asked["search_id"]}
    with ThreadPoolExecutor(20) as threads:

        def at_once(message: dict[str, Any]) -> list[httpx.Response]:
            return list(threads.map(lambda _: caller.post(serving.PATH, json=message), range(20)))

        assert {answer.json()["status"] for answer in at_once(asked)} == {"pending"}
        with bank.jobs():
            told = at_once(poll)
            wait_until(done(caller, asked), within=WITHIN)
            told += at_once(poll) + at_once(asked)
    assert {answer.status_code for answer in told} == {200}
    assert len({answer.content for answer in told if answer.json()["status"] == "done"}) == 1
