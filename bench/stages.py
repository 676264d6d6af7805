"""Where the time of an approval goes: ours and the floor, called without sockets, one question after the other.

Each waits for Postgres in between, so processors have forgotten by then what they knew of the code, as they do when
many questions are under way. A function called again and again by itself takes a half to a fifth of the time.
"""

import argparse
import gc
import io
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Final

import psycopg

from bench.harness import cluster, load, machine, seed

OFFERS = 50
WARM_UP, ROUNDS, QUESTIONS = 300, 10, 300
WAIT: Final = "waiting for Postgres, through psycopg"

Application = Callable[..., Iterable[bytes]]


class Stages:
    """Microseconds within the functions that make up a stage; what one stage calls of another counts for the latter."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._nested = [0.0]

    def watch(self, owner: Any, name: str, stage: str) -> None:
        function = getattr(owner, name)

        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            self._nested.append(0.0)
            begun = time.perf_counter_ns()
            try:
                return function(*arguments, **named)
            finally:
                took = (time.perf_counter_ns() - begun) / 1000
                self.spent[stage] += took - self._nested.pop()
                self._nested[-1] += took

        setattr(owner, name, timed)


def main() -> None:
    argparse.ArgumentParser(prog="bin/bench stages", description=__doc__).parse_args()
    with cluster.durable() as server, tempfile.TemporaryDirectory(prefix="vitrina-bench-") as directory:
        token, facts = seed.bank(OFFERS, server.url(), Path(directory))
        server.copy("floor")
        os.environ |= {"BENCH_FACTS": str(facts), "DATABASE_URL": server.url("floor")}
        stages = Stages()
        applications = {"ours": _ours(stages), "floor": _floor(stages)}
        _watch_psycopg(stages)
        found = _found(stages, applications, token)
        seed.stop()
    print(machine.describe())
    print(f"{ROUNDS} rounds of {QUESTIONS} questions one after the other; medians, microseconds.")
    for name, rounds in found.items():
        print(f"\n| {name} | µs |\n| --- | --- |")
        for stage in rounds[0]:
            print(f"| {stage} | {statistics.median(spent[stage] for spent in rounds):.1f} |")
        for what, left_out in (("all but the wait", WAIT), ("all", None)):
            sums = (sum(took for stage, took in spent.items() if stage != left_out) for spent in rounds)
            print(f"| {what} | {statistics.median(sums):.1f} |")


def _ours(stages: Stages) -> Application:
    from config import wsgi
    from integrations import database, enquiries, journal
    from integrations.yandex import deciding, exit, render, views  # noqa: A004  (a module of ours)
    from integrations.yandex.answers import Answer

    stages.watch(wsgi, "application", "the exit: the request, the bound on waiting, headers")
    stages.watch(exit, "receive", "what was received, and its id")
    stages.watch(exit, "_answered", "Django and DRF: from the path to the method")
    stages.watch(views.ApiView, "initial", "who calls, from where, how often")
    stages.watch(views, "_read", "reading strictly, every wrong field named")
    stages.watch(views, "approve", "the phone's hash, sameness")
    stages.watch(views, "decide_once", "choosing how to decide")
    stages.watch(deciding, "decide", "deciding")
    stages.watch(render, "done", "rendering")
    stages.watch(enquiries, "remember", "the statement, but for psycopg")
    stages.watch(database, "write", "the statement, but for psycopg")
    stages.watch(journal, "entry", "the entry: seal, commitment")
    stages.watch(Answer, "sent_headers", "the exit: the request, the bound on waiting, headers")
    return wsgi.application


def _floor(stages: Stages) -> Application:
    from bench.peers import floor, work

    stages.watch(floor, "application", "the callable itself, who calls")
    stages.watch(floor, "parse", "reading strictly")
    stages.watch(work, "answered", "id, hash, seal, commitment, sameness")
    stages.watch(work, "decide", "deciding and rendering")
    return floor.application


def _watch_psycopg(stages: Stages) -> None:
    stages.watch(psycopg.Cursor, "execute", "psycopg")
    stages.watch(psycopg.RawCursor, "execute", "psycopg")
    stages.watch(psycopg.Cursor, "_convert_query", "psycopg: parameters")
    stages.watch(psycopg.RawCursor, "_convert_query", "psycopg: parameters")
    stages.watch(psycopg.Connection, "wait", WAIT)


def _found(stages: Stages, applications: Mapping[str, Application], token: str) -> dict[str, list[dict[str, float]]]:
    """Of each round the microseconds a question by stage."""
    for application in applications.values():
        _ask(application, token, WARM_UP)
    gc.collect()
    gc.freeze()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in applications}
    for _round in range(ROUNDS):
        for name, application in applications.items():
            stages.spent.clear()
            _ask(application, token, QUESTIONS)
            found[name].append({stage: spent / QUESTIONS for stage, spent in stages.spent.items()})
    return found


def _ask(application: Application, token: str, count: int) -> None:
    statuses: list[str] = []
    environs = [_environ(asked.request, token) for asked in load.make(count, token, seed=time.monotonic_ns())]
    for environ in environs:
        application(environ, lambda status, _headers: statuses.append(status))
    if set(statuses) != {"200 OK"}:
        raise SystemExit(f"answers are wrong: {set(statuses)}")


def _environ(request: bytes, token: str) -> dict[str, Any]:
    """As gunicorn makes it."""
    _head, _, body = request.partition(b"\r\n\r\n")
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": load.PATH, "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1", "HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT": "*/*",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SCRIPT_NAME": "", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
    }  # fmt: skip


if __name__ == "__main__":
    main()
