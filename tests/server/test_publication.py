"""Promise 4 on publications: one shows in every new question that starts after it, while requests stream in."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from threading import Condition, Event
from typing import Any

import httpx

from tests import factories
from tests.server import contract, serving
from tests.server.serving import Server

STREAMS = 6
PUBLICATIONS = 8
BETWEEN = 15  # answers


@dataclass(frozen=True, slots=True)
class Asked:
    began_at: float
    response: httpx.Response


class Stream:
    """Questions, each new, one after the other on several connections, until it is stopped."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.answered: list[Asked] = []
        self.more = Condition()
        self.stopped = Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            began_at = time.monotonic()
            response = self.client.post(serving.PATH, json=serving.question())
            with self.more:
                self.answered.append(Asked(began_at, response))
                self.more.notify_all()

    def wait_for_more(self, count: int) -> None:
        with self.more:
            goal = len(self.answered) + count
            assert self.more.wait_for(lambda: len(self.answered) >= goal, serving.PATIENCE)


@contextmanager
def streaming(server: Server) -> Iterator[Stream]:
    with server.client() as client, ThreadPoolExecutor(STREAMS) as threads:
        stream = Stream(client)
        running: list[Future[None]] = [threads.submit(stream.run) for _ in range(STREAMS)]
        try:
            yield stream
        finally:
            stream.stopped.set()
        for each in running:
            each.result()


def test_a_publication_shows_in_every_question_that_starts_after_it(server: Server) -> None:
    loan = factories.LoanFactory.build()
    rates: dict[int, Decimal] = {server.publish(loan): loan.rate_max}
    committed: list[tuple[float, int]] = []

    with streaming(server) as stream:
        for step in range(1, PUBLICATIONS + 1):
            stream.wait_for_more(BETWEEN)
            loan.rate_max = Decimal(40 + step)
            number = server.publish(loan)
            committed.append((time.monotonic(), number))
            rates[number] = loan.rate_max
        stream.wait_for_more(BETWEEN)

    assert len(rates) == PUBLICATIONS + 1
    for asked in stream.answered:
        assert asked.response.status_code == 200
        release = server.entry_of(asked.response.headers)["release"]
        assert release >= max([number for moment, number in committed if moment < asked.began_at], default=0)
        assert _rate(asked.response) == rates[release]
    assert _rate(stream.answered[-1].response) == loan.rate_max


def _rate(response: httpx.Response) -> Any:
    [offer] = contract.loads(response.content)["data"]
    return offer["rate"]["max"]
