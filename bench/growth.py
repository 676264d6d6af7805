"""How the cost of an answer grows: with offers, connections and the journal's past, and while a release is published.

Then how soon the service is ready, what a worker's memory is, and whether it grows with the requests answered.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.harness import cluster, machine, seed, services
from bench.harness.cluster import Cluster
from bench.harness.load import Result
from bench.harness.services import COMPETITORS, Service, serving

OURS = COMPETITORS[0]
OFFERS = (10, 100, 1_000)
LEVELS = (1, 16, 64, 256)
MAIN_LEVEL = 16
SECONDS = 3.0
ROUNDS = 3
WARM_UP = 500
# A publication comes in the middle of so many seconds; no answer may be slower than this times the p99.
PUBLICATION_SECONDS, PUBLISHED_OFFERS, SLOWER = 8.0, 1_000, 3
PAST, PAST_MONTHS = 1_000_000, 12
REQUESTS = 100_000
STARTS = 3


@dataclass(slots=True)
class Row:
    """What was varied, and the medians of the rounds."""

    what: str
    cpu_ms: float
    rps: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"| {self.what} | {self.cpu_ms:.2f} | {self.rps:.0f} | {self.p50_ms:.1f} | {self.p99_ms:.1f} |"


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/bench growth", description=__doc__)
    parser.add_argument("--past", type=int, default=PAST, help=f"exchanges of a filled journal, {PAST} by default")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"for the memory, {REQUESTS} by default")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    with cluster.durable() as server, tempfile.TemporaryDirectory(prefix="vitrina-bench-") as directory:
        state = Path(directory)
        seed.start(server.url(), state)
        token = seed.issue_token()
        seed.publish(50)
        say("Starting.")
        starts, memory = _starts(server, token, state)
        with serving(OURS, server, token, state / "facts.json") as service:
            rows = list(_varied(service, given.rounds, given.past))
            published = _publication(service)
        seed.publish(50)
        with serving(OURS, server, token, state / "facts.json") as service:
            grown = _memory(service, given.requests)
    print(machine.describe())
    print("\n| varied | CPU ms a request | requests/s | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- |")
    print("\n".join(map(str, rows)))
    print(
        f"\n- {published}\n- Ready {starts} after the start of the process. A fresh worker: {memory:.0f} MB.\n- {grown}"
    )


def _starts(server: Cluster, token: str, state: Path) -> tuple[str, float]:
    """Seconds until /readyz says so, with Postgres up."""
    times, memory = [], 0.0
    for _ in range(STARTS):
        begun = time.monotonic()
        with serving(OURS, server, token, state / "facts.json") as service:
            while not _is_ready(service.port):
                time.sleep(0.02)
            times.append(time.monotonic() - begun)
            memory = service.resident_mb()
    return f"{min(times):.2f} to {max(times):.2f} s", memory


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200  # noqa: PLR2004
    except (ConnectionError, TimeoutError):
        return False
    finally:
        connection.close()


def _varied(service: Service, rounds: int, past: int) -> Iterator[Row]:
    for count in OFFERS:
        seed.publish(count)
        yield _measured(service, f"{count} offers live", MAIN_LEVEL, rounds)
    seed.publish(50)
    for level in LEVELS:
        yield _measured(service, f"50 offers, {level} connections", level, rounds)
    yield _measured(service, "journal: as filled by the above", MAIN_LEVEL, rounds)
    with _said(f"Filling the journal with {past} exchanges"):
        seed.fill_journal(past, PAST_MONTHS)
        service.cluster.settle()
    yield _measured(service, f"journal: {past} more exchanges, of {PAST_MONTHS} months", MAIN_LEVEL, rounds)


def _measured(service: Service, what: str, connections: int, rounds: int) -> Row:
    first, _ = service.ask(32, SECONDS, count=WARM_UP)
    if first.wrong_count:
        say(f"{what}: the first {WARM_UP} questions had {first.wrong_count} wrong answers: {first.wrong}")
    service.cluster.settle()
    results = []
    for number in range(rounds):
        result, used = service.ask(connections, SECONDS, seed=number)
        results.append((_right(result), used))
    say(f"{what}: done")
    return Row(
        what,
        cpu_ms=statistics.median(used * 1000 / result.answers for result, used in results),
        rps=statistics.median(result.answers / result.seconds for result, _ in results),
        p50_ms=statistics.median(result.latencies_ms["p50"] for result, _ in results),
        p99_ms=statistics.median(result.latencies_ms["p99"] for result, _ in results),
    )


def _publication(service: Service) -> str:
    """A release of many offers while questions come: the slowest answer, beside that of a quiet time."""
    seed.publish(PUBLISHED_OFFERS)
    service.ask(32, SECONDS, count=WARM_UP)
    quiet = _right(service.ask(MAIN_LEVEL, PUBLICATION_SECONDS)[0])
    with ThreadPoolExecutor(1) as background:
        asking = background.submit(services.ask, service.port, service.token, MAIN_LEVEL, PUBLICATION_SECONDS, seed=2)
        time.sleep(PUBLICATION_SECONDS / 2)
        begun = time.monotonic()
        seed.republish()
        took = time.monotonic() - begun
        busy = asking.result()
    wrong = f"{busy.wrong_count} of {busy.answers} answers were no approvals{f': {busy.wrong}' if busy.wrong else ''}"
    slowest, limit = busy.latencies_ms["max"], quiet.latencies_ms["p99"] * SLOWER
    held = slowest <= limit and not busy.wrong_count
    quiet_ms = quiet.latencies_ms
    return (
        f"{PUBLISHED_OFFERS} offers published under load, in {took:.1f} s: slowest answer {slowest:.0f} ms, {wrong}. "
        f"In a quiet time: p99 {quiet_ms['p99']:.0f} ms, slowest {quiet_ms['max']:.0f} ms. "
        f"{SLOWER} times that p99 is {limit:.0f} ms: {'held' if held else 'NOT HELD'}."
    )


def _memory(service: Service, requests: int) -> str:
    """The largest worker's resident memory, after a tenth of the requests and after each further three tenths."""
    sizes, done = [], 0
    for share in (0.1, 0.4, 0.7, 1.0):
        while done < requests * share:
            count = min(10_000, int(requests * share) - done)
            done += _right(service.ask(MAIN_LEVEL, 60, count=count)[0]).answers
        sizes.append((done, service.resident_mb()))
        say(f"{done} requests: {sizes[-1][1]:.1f} MB")
    return "Memory of the largest worker: " + "; ".join(f"{size:.1f} MB after {done}" for done, size in sizes) + "."


def _right(result: Result) -> Result:
    if result.wrong_count or not result.answers:
        raise SystemExit(f"{result.wrong_count} of {result.answers} answers are wrong: {result.wrong}")
    return result


@contextmanager
def _said(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
