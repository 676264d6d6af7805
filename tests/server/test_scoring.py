"""The real server, its jobs and a real scoring service, which is slow, dead, talks rubbish or flaps."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from django.db import connection

from config import logs
from config.children import child
from integrations.scoring.demo import Manner
from offers.domain.decide import Reason
from offers.models import Policy
from tests import databases, factories
from tests.server import serving
from tests.server.serving import HOST, ROOT
from tests.server.waiting import wait_until

# What is set, and what a busy machine needs on top of it; in seconds.
DEADLINE, GIVE_UP, CIRCUIT, BUSY = 0.4, 10, 1, 2.0
THREADS, AT_ONCE = 4, 1
SETTLED = 30.0
SCORERS_RATE, OWN_RATE = {"min": 24.9, "max": 24.9}, {"min": 19.9, "max": 38.5}


@dataclass(frozen=True, slots=True)
class Bank:
    """Its loans are decided on by scoring, or else by the catalogue; its cards by the catalogue alone."""

    port: int
    token: str
    sql: psycopg.Connection[dict[str, Any]]
    scorers_port: int

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://{HOST}:{self.port}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=serving.PATIENCE,
            trust_env=False,
        )

    @contextmanager
    def scorer(self, manner: Manner = Manner.SCORE, delay: float = 0.0) -> Iterator[subprocess.Popen[bytes]]:
        """As `demo_scorer`, which takes longer to start."""
        behaviour = f"Behaviour(Manner.{manner.name}, {delay})"
        script = f"from integrations.scoring.demo import *; Scorer({self.scorers_port}, {behaviour}).serve_forever()"
        command = [sys.executable, "-c", script]
        with child(command, stop=signal.SIGTERM, patience=5, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            wait_until(lambda: listens(self.scorers_port), within=serving.PATIENCE)
            yield process

    def decided_on(self, search_id: str) -> dict[str, Any]:
        """The last entry of that enquiry in which something was decided."""
        query = (
            "select reasons, known::jsonb from integrations_journalentry"
            " where search_id = %s and decision <> '' order by received_at desc, id desc limit 1"
        )
        [row] = self.sql.execute(query, [UUID(search_id)]).fetchall()
        return row


def listens(port: int) -> bool:
    with suppress(httpx.HTTPError):
        httpx.get(f"http://{HOST}:{port}/", trust_env=False)
        return True
    return False


@pytest.fixture(scope="module")
def bank(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("scoring")
    template = connection.settings_dict["NAME"]
    with ExitStack() as stack:
        database = stack.enter_context(databases.copied(template, f"{template}_scoring"))
        with django_db_blocker.unblock(), serving.orm_on(database):
            factories.LoanFactory(code="cash")
            factories.CreditCardFactory(code="card")
            Policy.objects.update_or_create(product_type="loan", defaults={"basis": "scoring_with_fallback"})
            factories.publish()
            token = serving.issue_token()
        scorers_port = serving.port_of(reserved := stack.enter_context(serving.listening()))
        reserved.close()
        own = {
            "DATABASE_URL": serving.uri_of(database),
            "SCORING_URL": f"http://{HOST}:{scorers_port}/score",
            "SCORING_PHONE": "clear",
            "SCORING_DEADLINE_MS": str(round(DEADLINE * 1000)),
            "SCORING_GIVE_UP_SECONDS": str(GIVE_UP),
            "SCORING_BREAKER_SECONDS": str(CIRCUIT),
            "SCORING_AT_ONCE": str(AT_ONCE),
            "SCORING_JOBS_AT_ONCE": "2",
            "WEB_CONCURRENCY": "2",
            "THREADS": str(THREADS),
            "SPOOL_DIR": str(folder / "spool"),
        }
        log, jobs_log = folder / "log", folder / "jobs.log"
        port = stack.enter_context(serving.gunicorn(log, **own))
        stack.enter_context(serving.jobs(jobs_log, **own))
        serving.wait_until_it_answers(port)
        sql = stack.enter_context(serving.connect(own["DATABASE_URL"]))
        yield Bank(port, token, sql, scorers_port)
    said = log.read_text() + jobs_log.read_text()
    assert "Traceback" not in said
    assert logs.mask(said) == said


@pytest.fixture
def caller(bank: Bank) -> Iterator[httpx.Client]:
    with bank.client() as client:
        yield client


def ask(caller: httpx.Client, **differs: Any) -> dict[str, Any]:
    """The first answer to a new question; nobody waits longer for it than is promised."""
    started = time.monotonic()
    response = caller.post(serving.PATH, json=serving.question(**differs))
    assert time.monotonic() - started < DEADLINE + BUSY
    assert response.status_code == 200
    return dict(response.json())


def ask_for_a_card(caller: httpx.Client) -> None:
    assert ask(caller, product_type="credit_card", amount=100000, term=None)["decision"] == "has_approve"


def settled(caller: httpx.Client, first: dict[str, Any]) -> dict[str, Any]:
    """The answer that comes of it in the end."""
    answer = first

    def is_done() -> bool:
        nonlocal answer
        if answer["status"] == "pending":
            answer = caller.post(serving.PATH, json={"search_id": first["search_id"]}).json()
        return bool(answer["status"] == "done")

    wait_until(is_done, within=SETTLED)
    return answer


def rates(answer: dict[str, Any]) -> list[Any]:
    return [offer["rate"] for offer in answer["data"]]


def test_a_quick_one_is_heard_at_once(bank: Bank, caller: httpx.Client) -> None:
    with bank.scorer():
        answer = settled(caller, ask(caller))

    assert rates(answer) == [SCORERS_RATE]
    assert bank.decided_on(answer["search_id"])["reasons"][0] == Reason.OFFERED


def test_a_slow_one_is_heard_later(bank: Bank, caller: httpx.Client) -> None:
    with bank.scorer(delay=1):
        first = ask(caller)
        assert first == {"search_id": first["search_id"], "status": "pending"}
        assert rates(settled(caller, first)) == [SCORERS_RATE]


def test_a_dead_one_leaves_it_to_the_catalogue_once_the_time_is_over(bank: Bank, caller: httpx.Client) -> None:
    started = time.monotonic()
    first = ask(caller)
    ask_for_a_card(caller)
    assert first["status"] == "pending"
    answer = settled(caller, first)

    assert rates(answer) == [OWN_RATE]
    assert time.monotonic() - started > GIVE_UP - 1
    entry = bank.decided_on(answer["search_id"])
    assert Reason.OFFERED_WITHOUT_SCORING in entry["reasons"]
    assert entry["known"]["scored"]["verdict"] == "unavailable"


def test_rubbish_is_no_decision(bank: Bank, caller: httpx.Client) -> None:
    with bank.scorer(Manner.GARBAGE):
        first = ask(caller)
        ask_for_a_card(caller)
        assert first["status"] == "pending"
    with bank.scorer():
        assert rates(settled(caller, first)) == [SCORERS_RATE]


def test_one_that_flaps_is_heard_in_the_end(bank: Bank, caller: httpx.Client) -> None:
    with bank.scorer(Manner.FLAP):
        firsts = [ask(caller) for _ in range(8)]
        answers = [settled(caller, first) for first in firsts]

    assert [SCORERS_RATE] in [rates(answer) for answer in answers]
    assert {answer["decision"] for answer in answers} == {"has_approve"}


def test_one_that_comes_back_is_heard_by_those_who_wait(bank: Bank, caller: httpx.Client) -> None:
    with bank.scorer(delay=60) as process:
        first = ask(caller)
        process.kill()
        process.wait()
    with bank.scorer():
        assert rates(settled(caller, first)) == [SCORERS_RATE]


def test_one_that_froze_holds_nobody_else_up(bank: Bank, caller: httpx.Client) -> None:
    """It takes connections, and never says anything. More ask for loans at once than there are threads."""
    with bank.scorer() as process, ThreadPoolExecutor(4 * THREADS) as threads:
        os.kill(process.pid, signal.SIGSTOP)
        try:
            asked = [threads.submit(ask, caller) for _ in range(4 * THREADS)]
            for _ in range(20):
                ask_for_a_card(caller)
            firsts = [each.result() for each in asked]
        finally:
            os.kill(process.pid, signal.SIGCONT)
        assert {first["status"] for first in firsts} == {"pending"}
        answers = [settled(caller, first) for first in firsts]

    assert {answer["decision"] for answer in answers} == {"has_approve"}
