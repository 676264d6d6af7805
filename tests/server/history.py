"""Callers who ask and ask, whatever happens meanwhile; what they heard, held against what is remembered."""

import http.client
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event
from typing import Any
from uuid import UUID

import psycopg

from tests.server import serving

CALLERS = 8
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, when it was asked for and how long it took; `search_id` where a question or a poll got through."""

    request_id: UUID
    search_id: str | None
    status: int
    body: bytes
    began_at: float
    seconds: float


@dataclass(slots=True)
class History:
    heard: list[Heard] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)  # how the connection ended instead
    more: Condition = field(default_factory=Condition)

    def note(self, heard: Heard | str) -> None:
        with self.more:
            (self.unheard if isinstance(heard, str) else self.heard).append(heard)  # type: ignore[arg-type]
            self.more.notify_all()

    @property
    def count(self) -> int:
        return len(self.heard) + len(self.unheard)

    def wait_for(self, count: int) -> None:
        """So many more."""
        with self.more:
            goal = self.count + count
            assert self.more.wait_for(lambda: self.count >= goal, PATIENCE), "nobody answers"

    def of(self, status: int) -> list[Heard]:
        return [each for each in self.heard if each.status == status]


@contextmanager
def callers(port: int, token: str, seed: int = 0) -> Iterator[History]:
    history, stop = History(), Event()
    with ThreadPoolExecutor(CALLERS) as threads:
        running = [
            threads.submit(_Caller(port, token, random.Random(f"{seed} {n}"), history).run, stop)
            for n in range(CALLERS)
        ]
        try:
            yield history
        finally:
            stop.set()
    for each in running:
        each.result()


class _Caller:
    def __init__(self, port: int, token: str, chance: random.Random, history: History) -> None:
        self.connection = http.client.HTTPConnection(serving.HOST, port, timeout=PATIENCE)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.chance = chance
        self.history = history
        self.asked: list[dict[str, Any]] = []

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            self.history.note(self._ask())
        self.connection.close()

    def _ask(self) -> Heard | str:
        search_id, request = self._request()
        start = time.monotonic()
        try:
            self.connection.request(*request)
            response = self.connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            return type(error).__name__
        request_id = UUID(response.headers["X-Request-Id"])
        return Heard(request_id, search_id, response.status, body, start, time.monotonic() - start)

    def _request(self) -> tuple[str | None, tuple[str, str, bytes | None, dict[str, str]]]:
        """Most ask anew; some again, some poll, some err, some are strangers."""
        dice = self.chance.random()
        if dice < 0.1:
            return None, ("POST", serving.PATH, b"{", self.headers if dice < 0.05 else {})
        if dice < 0.6 or not self.asked:
            self.asked.append(serving.question())
            asked = self.asked[-1]
        else:
            asked = self.chance.choice(self.asked)
        search_id = asked["search_id"]
        if dice > 0.9:
            return search_id, ("GET", f"{serving.PATH}?search_id={search_id}", None, self.headers)
        return search_id, ("POST", serving.PATH, json.dumps(asked).encode(), self.headers)


def check(history: History, sql: psycopg.Connection[dict[str, Any]], spool: Path) -> None:
    """Nothing that was answered is missing, nothing stands there twice, nobody heard two answers to one question."""
    assert not list(spool.glob("*.entry"))
    assert not list(spool.glob("*.unreadable"))
    _check_entries(history, sql)
    _check_enquiries(history, sql)


def check_lost_are_named(
    history: History, sql: psycopg.Connection[dict[str, Any]], spool: Path, log: str, why: str = ""
) -> list[Heard]:
    """The same, but of what neither the database nor the disk took; each of these is named in the log."""
    lost = [each for each in history.of(503) if not entries(sql, [each])]
    check(without(history, lost), sql, spool)
    for each in lost:
        assert f"an entry is lost, the spool does not take it: {each.request_id}, {why}" in log
    return lost


def without(history: History, some: list[Heard]) -> History:
    return History([each for each in history.heard if each not in some], history.unheard)


def entries(sql: psycopg.Connection[dict[str, Any]], heard: list[Heard]) -> dict[UUID, dict[str, Any]]:
    query = "select id, status, answer from integrations_journalentry where id = any(%s)"
    return {row["id"]: row for row in sql.execute(query, [[each.request_id for each in heard]])}


def _check_entries(history: History, sql: psycopg.Connection[dict[str, Any]]) -> None:
    ids = [each.request_id for each in history.heard]
    assert len(set(ids)) == len(ids)
    kept = entries(sql, history.heard)
    assert len(kept) == len(ids), f"{len(ids) - len(kept)} answers have no entry"
    for each in history.heard:
        entry = kept[each.request_id]
        # What Postgres had committed before it could say so is an answer that nobody heard.
        assert each.status == 503 or (entry["status"], entry["answer"]) == (each.status, each.body)
    twice = "select id from integrations_journalentry group by id having count(*) > 1"
    assert not sql.execute(twice).fetchall()


def _check_enquiries(history: History, sql: psycopg.Connection[dict[str, Any]]) -> None:
    answers: defaultdict[str, set[bytes]] = defaultdict(set)
    for each in history.of(200):
        assert each.search_id
        answers[each.search_id].add(each.body)
    query = "select search_id, answer from integrations_enquiry where search_id = any(%s::uuid[])"
    kept: defaultdict[str, list[bytes]] = defaultdict(list)
    for row in sql.execute(query, [list(answers)]):
        kept[str(row["search_id"])].append(row["answer"])
    assert {search_id: list(heard) for search_id, heard in answers.items()} == kept
