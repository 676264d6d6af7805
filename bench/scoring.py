"""Whether a scoring service that takes its time holds up those who need none.

Cards are decided on by the catalogue, loans by a scoring service that takes 300 ms. Cards are asked for at a steady
rate, alone and then while 200 people wait for loans and ask again every two seconds. What is compared is the p99 of the
cards' answers, round by round, so that whatever else the machine does falls on both.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.harness import cluster, machine, seed
from bench.harness.cluster import Cluster
from bench.harness.people import Told
from bench.harness.services import COMPETITORS, ROOT, Service, free_port, serving
from config.children import child
from config.local_postgres import NAME

OFFERS = 50
TAKES = 0.3  # seconds of the scoring service
PEOPLE, CARDS_A_SECOND = 200, 50
SECONDS, ROUNDS = 12.0, 5
ARRIVING = 3.0  # until all of them are under way
PROMISED = 1.5
PATIENCE = 120.0
SIGNING_KEY = "bench.example/journal:c2lnbmluZyBrZXkgb2YgdGhlIGJlbmNoLCAzMiBieXQ="


@dataclass(frozen=True, slots=True)
class Round:
    alone: Told
    beside: Told
    loans: Told
    pending: int  # in the midst of it

    @property
    def ratio(self) -> float:
        return quantile(self.beside, 0.99) / quantile(self.alone, 0.99)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench scoring", description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    given = parser.parse_args()
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrina-bench-")))
        server = stack.enter_context(cluster.durable())
        service = _start(stack, server, state)
        run_for(service, 2.0, "--cards-a-second=50")  # warm
        rounds = [_round(server, service, given.people) for _ in range(given.rounds)]
    wrong = [what for each in rounds for told in (each.alone, each.beside, each.loans) for what in told.wrong]
    if wrong:
        sys.exit(f"{len(wrong)} answers are wrong, such as {wrong[0]}")
    figures = {
        "p99_ms_alone": [round(quantile(each.alone, 0.99), 1) for each in rounds],
        "p99_ms_beside": [round(quantile(each.beside, 0.99), 1) for each in rounds],
        "p50_ms_alone": [round(quantile(each.alone, 0.5), 1) for each in rounds],
        "p50_ms_beside": [round(quantile(each.beside, 0.5), 1) for each in rounds],
        "ratio": round(statistics.median(each.ratio for each in rounds), 2),
        "undecided": [each.pending for each in rounds],
        "loans_decided_a_second": [round(each.loans.done / (ARRIVING + SECONDS), 1) for each in rounds],
        "loans_first_p99_ms": [round(quantile(each.loans, 0.99)) for each in rounds],
    }
    print(json.dumps(figures, indent=2) if given.json else _told(figures, given.people))
    return 0 if float(str(figures["ratio"])) <= PROMISED else 1


def quantile(told: Told, share: float) -> float:
    waits = sorted(told.waits_ms)
    return waits[min(int(len(waits) * share), len(waits) - 1)]


def _start(stack: ExitStack, server: Cluster, state: Path) -> Service:
    seed.start(server.url(), state)
    token = seed.issue_token()
    seed.publish(OFFERS)
    _let_scoring_decide()
    facts = state / "facts.json"
    seed.write_facts(facts, token)
    seed.stop()
    port = free_port()
    settings = {"SCORING_URL": f"http://127.0.0.1:{port}/score", "SIGNING_KEY": SIGNING_KEY, "LOG_LEVEL": "WARNING"}
    scorer = f"from integrations.scoring.demo import *; Scorer({port}, Behaviour(delay={TAKES})).serve_forever()"
    jobs = {"DATABASE_URL": server.url(), **settings}
    stack.enter_context(_running(["-c", scorer], state / "scorer.log", {}))
    stack.enter_context(_running(["manage.py", "run_jobs"], state / "jobs.log", jobs))
    return stack.enter_context(serving(COMPETITORS[0], server, token, facts, settings=settings))


def _let_scoring_decide() -> None:
    from offers import releases
    from offers.models import Policy

    Policy.objects.update_or_create(product_type="loan", defaults={"basis": "scoring_required"})
    releases.publish(author="bench", comment="loans by scoring")


@contextmanager
def _running(arguments: list[str], log: Path, settings: dict[str, str]) -> Iterator[None]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    with (
        log.open("wb") as output,
        child(
            [sys.executable, *arguments],
            stop=signal.SIGTERM, patience=20, cwd=ROOT, env=environment, stdout=output, stderr=output,
        ),
    ):  # fmt: skip
        yield


def _round(server: Cluster, service: Service, people: int) -> Round:
    alone = run_for(service, SECONDS, f"--cards-a-second={CARDS_A_SECOND}")
    with _asking(service, SECONDS + ARRIVING, f"--loans-at-a-time={people}") as loans:
        time.sleep(ARRIVING)
        beside = run_for(service, SECONDS, f"--cards-a-second={CARDS_A_SECOND}")
        pending = undecided(server)
        told = _heard(loans)
    deadline = time.monotonic() + PATIENCE
    while undecided(server):  # the next round begins alone
        if time.monotonic() > deadline:
            sys.exit(f"{undecided(server)} enquiries are still undecided after {PATIENCE:.0f} s.")
        time.sleep(0.2)
    found = Round(alone, beside, told, pending)
    print(f"{quantile(alone, 0.99):.0f} ms alone, {quantile(beside, 0.99):.0f} ms beside", file=sys.stderr, flush=True)
    return found


def undecided(server: Cluster) -> int:
    with server.connect(NAME) as connection:
        row = connection.execute("select count(*) from integrations_enquiry where answer is null").fetchone()
    return int(row[0]) if row else 0


def run_for(service: Service, seconds: float, how: str) -> Told:
    with _asking(service, seconds, how) as asking:
        return _heard(asking)


@contextmanager
def _asking(service: Service, seconds: float, how: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "bench.harness.people", f"--port={service.port}", f"--token={service.token}"]
    command += [f"--seconds={seconds}", how]
    with child(command, stop=signal.SIGTERM, patience=5, cwd=ROOT, stdout=subprocess.PIPE) as process:
        yield process


def _heard(asking: "subprocess.Popen[bytes]") -> Told:
    output, _ = asking.communicate(timeout=PATIENCE)
    return Told(**json.loads(output))


def _told(figures: dict[str, object], people: int) -> str:
    kept = (
        f"With {people} enquiries in flight and a scoring of {TAKES * 1000:.0f} ms the p99 of answers that need none is"
        f" {figures['ratio']} of what it is alone (promised: {PROMISED} at most)."
    )
    return "\n".join([*(f"{name:24}{value}" for name, value in figures.items()), kept, machine.describe()])


if __name__ == "__main__":
    sys.exit(main())
