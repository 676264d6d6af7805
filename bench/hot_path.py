"""Ours beside peers that do the same durable work: requests a second, CPU a request, waits, memory.

The work: authenticate, parse strictly, decide over 50 offers with two annuities a match, hash the phone, seal the
bytes, write enquiry and journal entry durably, answer a good kilobyte. Rounds alternate between the competitors, so
that whatever else the machine does falls on all of them. On a machine that does other things, CPU is the figure to
trust: the processor time of the service and of Postgres together, divided by the answers.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness import cluster, machine, seed
from bench.harness.cluster import Cluster
from bench.harness.load import Result
from bench.harness.services import COMPETITORS, Service, serving
from bench.peers.pgbench import Pgbench

OFFERS = 50
LEVELS = (1, 16, 64)
MAIN_LEVEL = 16  # whose CPU a request is the one figure given
SECONDS = 1.5  # of one round at one level
TIME, QUICK_TIME = 100.0, 20.0  # for all rounds, beside what starting takes
ROUNDS_MIN, ROUNDS_MAX = 1, 15
WARM_UP = 300  # questions, over more connections than the service has threads
WARM_UP_CONNECTIONS = 32
TINY = 1e-9
SAME_BYTES = 0.05  # rows of peers take as many bytes as ours, but for this


@dataclass(slots=True)
class Figures:
    """What the rounds of one competitor at one level gave."""

    rps: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)

    def add(self, result: Result, cpu_seconds: float) -> None:
        self.rps.append(result.answers / result.seconds)
        self.cpu_ms.append(cpu_seconds * 1000 / result.answers)
        self.p50_ms.append(result.latencies_ms["p50"])
        self.p99_ms.append(result.latencies_ms["p99"])


@dataclass(slots=True)
class Competition:
    """One that takes part, and its figures by level."""

    service: Service | Pgbench
    levels: dict[int, Figures] = field(default_factory=dict)
    memory_mb: float = 0.0
    start_seconds: float = 0.0
    row_bytes: float = 0.0

    @property
    def name(self) -> str:
        return self.service.competitor.name

    def plain(self) -> dict[str, object]:
        main = self.levels.get(MAIN_LEVEL) or next(iter(self.levels.values()))
        return {
            "cpu_ms": round(statistics.median(main.cpu_ms), 3),
            "rps": {str(level): round(statistics.median(of.rps)) for level, of in self.levels.items()},
            "p99_ms": {str(level): round(statistics.median(of.p99_ms), 2) for level, of in self.levels.items()},
        }


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    given = _arguments()
    with ExitStack() as stack:
        say("Starting Postgres and the competitors.")
        server = stack.enter_context(cluster.durable())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrina-bench-")))
        taking_part = _start(stack, server, state, given.only)
        _compete(taking_part, server, given.connections, QUICK_TIME if given.quick else TIME)
        for one in taking_part:
            one.row_bytes = _count(one.service)
            one.memory_mb = one.service.resident_mb()
        _require_same_rows(taking_part)
    if given.json:
        print(json.dumps({one.name: one.plain() for one in taking_part}, indent=2))
    else:
        print(tables(taking_part, given.connections))


def _arguments() -> argparse.Namespace:
    names = [competitor.name for competitor in COMPETITORS] + [Pgbench.competitor.name]
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute instead of two")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--only", type=lambda text: text.split(","), default=names, help=f"of {','.join(names)}")
    parser.add_argument(
        "--connections", type=lambda text: tuple(map(int, text.split(","))), default=LEVELS, help="levels: 1,16,64"
    )
    given = parser.parse_args()
    if unknown := set(given.only) - set(names):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return given


def _start(stack: ExitStack, server: Cluster, state: Path, names: Sequence[str]) -> list[Competition]:
    token, facts = seed.bank(OFFERS, server.url(), state)
    chosen = [competitor for competitor in COMPETITORS if competitor.name in names]
    for competitor in (*chosen, Pgbench.competitor):
        if competitor.database != server.url() and competitor.name != "ours":
            server.copy(competitor.database)
    taking_part = []
    for competitor in chosen:
        service = stack.enter_context(serving(competitor, server, token, facts))
        taking_part.append(Competition(service, start_seconds=service.start_seconds))
    if Pgbench.competitor.name in names:
        taking_part.append(Competition(Pgbench(server, state)))
    return taking_part


def _compete(taking_part: list[Competition], server: Cluster, levels: Sequence[int], seconds: float) -> None:
    for one in taking_part:
        result, _ = one.service.ask(WARM_UP_CONNECTIONS, SECONDS, count=WARM_UP)
        _require_right(one, result)
    rounds = int(seconds / SECONDS / len(levels) / len(taking_part))
    rounds = min(max(rounds, ROUNDS_MIN), ROUNDS_MAX)
    for number in range(rounds):
        start = time.monotonic()
        for level in levels:
            server.settle()
            first = number % len(taking_part)  # Nobody always comes right after the checkpoint.
            for one in taking_part[first:] + taking_part[:first]:
                result, used = one.service.ask(level, SECONDS, seed=number)
                _require_right(one, result)
                one.levels.setdefault(level, Figures()).add(result, used)
        say(f"Round {number + 1} of {rounds}: {time.monotonic() - start:.0f} s.")


def _require_right(one: Competition, result: Result) -> None:
    if result.wrong_count or not result.answers:
        if isinstance(one.service, Service):
            say(one.service.log.read_text(errors="replace")[-5000:])
        raise SystemExit(f"{one.name}: {result.wrong_count} of {result.answers} answers are wrong: {result.wrong}")


def _count(service: Service | Pgbench) -> float:
    """Bytes of rows a request, having made sure that every request left its two."""
    enquiries, entries, row_bytes = service.rows()
    # gunicorn's readiness question is refused, and journalled by ours.
    refused = entries - enquiries
    if enquiries != service.asked or refused not in (0, 1):
        raise SystemExit(
            f"{service.competitor.name}: {service.asked} questions, {enquiries} enquiries, {entries} entries"
        )
    return row_bytes


def _require_same_rows(taking_part: list[Competition]) -> None:
    sizes = {one.name: one.row_bytes for one in taking_part}
    if max(sizes.values()) > min(sizes.values()) * (1 + SAME_BYTES):
        raise SystemExit(f"rows differ in size, so the work is not the same: {sizes}")


def tables(taking_part: list[Competition], levels: Sequence[int]) -> str:
    """Markdown: medians, and in brackets the least and the most of the rounds."""
    rounds = len(next(iter(taking_part[0].levels.values())).rps)
    work = [["", *(f"CPU ms, {level}" for level in levels), *(f"requests/s, {level}" for level in levels)]]
    waits = [["", *(f"p50 ms, {level}" for level in levels), *(f"p99 ms, {level}" for level in levels)]]
    waits[0] += ["a worker's MB", "ready, s"]
    for one in taking_part:
        of = [one.levels[level] for level in levels]
        title = one.service.competitor.title
        work.append([title, *(spread(level.cpu_ms, 2) for level in of), *(spread(level.rps, 0) for level in of)])
        waits.append([title, *(spread(level.p50_ms, 1) for level in of), *(spread(level.p99_ms, 1) for level in of)])
        started = isinstance(one.service, Service)
        waits[-1] += [f"{one.memory_mb:.0f}", f"{one.start_seconds:.1f}"] if started else ["", ""]
    about = f"{rounds} rounds of {SECONDS} s; {taking_part[0].row_bytes:.0f} bytes of rows a request."
    return "\n".join(
        [machine.describe(), about, "", *_table(work), "", *_table(waits), "", *ratios(taking_part, levels)]
    )


def _table(rows: list[list[str]]) -> list[str]:
    return [_line(rows[0]), _line(["---"] * len(rows[0])), *map(_line, rows[1:])]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def spread(values: Sequence[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def ratios(taking_part: list[Competition], levels: Sequence[int]) -> list[str]:
    """Ours against each other, round by round: the figures that a machine changes least."""
    ours = next((one for one in taking_part if one.name == "ours"), None)
    if ours is None:
        return []
    rows = [["ours / …", *(f"{what}, {level}" for what in ("CPU", "requests/s", "p99") for level in levels)]]
    for one in taking_part:
        if one is not ours:
            cells = [
                statistics.median(
                    mine / max(theirs, TINY)
                    for mine, theirs in zip(
                        getattr(ours.levels[level], name), getattr(one.levels[level], name), strict=True
                    )
                )
                for name in ("cpu_ms", "rps", "p99_ms")
                for level in levels
            ]
            rows.append([one.name, *(f"{cell:.2f}" for cell in cells)])
    return _table(rows)


if __name__ == "__main__":
    main()
