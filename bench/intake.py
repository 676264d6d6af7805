"""What it costs to take in news of applications, and to send a person on: a click beside an approval.

Against the real server and a durable Postgres. CPU is the processor time of the service and of Postgres together: on a
machine that does other things, the figure to trust.
"""

import argparse
import http.client
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.harness import cluster, machine, processes, seed
from bench.harness.services import COMPETITORS, Service, serving
from config.local_postgres import NAME

OFFERS = 50
APPROVALS_SECONDS = 3.0
CLICKS, CALLS, ITEMS = 2_000, 20, 1_000
ITEMS_A_SECOND, CLICK_RATIO = 1_000, 1.0  # what is promised: at least, of a processor, and at most
CRM = "crm"
PATH = "/integrations/api/banking/applications"


@dataclass(frozen=True, slots=True)
class Cost:
    what: str
    count: int
    seconds: float
    cpu_seconds: float

    @property
    def each_ms(self) -> float:
        return self.cpu_seconds * 1000 / self.count

    @property
    def a_second(self) -> float:
        return self.count / self.seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench intake", description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrina-bench-") as state, cluster.durable() as server:
        costs = _measure(server, Path(state))
    approval, click, news = costs
    figures = {
        "items_a_second": round(news.a_second),
        "items_a_processor_second": round(1000 / news.each_ms),
        "item_cpu_ms": round(news.each_ms, 3),
        "approval_cpu_ms": round(approval.each_ms, 3),
        "click_cpu_ms": round(click.each_ms, 3),
        "click_of_approval": round(click.each_ms / approval.each_ms, 2),
    }
    print(json.dumps(figures, indent=2) if given.json else _table(costs, figures))
    kept = figures["items_a_processor_second"] >= ITEMS_A_SECOND and figures["click_of_approval"] <= CLICK_RATIO
    return 0 if kept else 1


def _measure(server: cluster.Cluster, state: Path) -> tuple[Cost, Cost, Cost]:
    seed.start(server.url(), state)
    token = seed.issue_token()
    seed.publish(OFFERS)
    facts = state / "facts.json"
    seed.write_facts(facts, token)
    crm = _issue_crm()
    seed.stop()
    with serving(COMPETITORS[0], server, token, facts) as service:
        service.ask(1, 1.0)  # all on one connection: what is compared must wait alike
        start = time.perf_counter()
        result, cpu = service.ask(1, APPROVALS_SECONDS)
        approval = Cost("approval", result.answers, time.perf_counter() - start, cpu)
        refs = _references(server)
        click = _timed("click", service, CLICKS, lambda line: _click_all(line, refs))
        news = _timed("item", service, CALLS * ITEMS, lambda line: _tell_all(line, crm, refs))
    return approval, click, news


def _issue_crm() -> str:
    from integrations import clients
    from integrations.models import Scope

    return clients.issue(CRM, scopes=[Scope.APPLICATIONS]).secret


def _references(server: cluster.Cluster) -> list[str]:
    """Of as many enquiries as there are, each of an offer that was shown."""
    from django.conf import settings

    from integrations import references

    with server.connect(NAME) as connection:
        found = connection.execute(
            "select id, release, array_position(reasons, 0::smallint) - 1 from integrations_journalentry "
            "where decision = 'has_approve' limit %s",
            [CLICKS],
        ).fetchall()
    return [references.write(settings.REF_KEY.secret, *each) for each in found]


def _timed(what: str, service: Service, count: int, work: Callable[[http.client.HTTPConnection], None]) -> Cost:
    line = http.client.HTTPConnection("127.0.0.1", service.port)
    line.connect()
    roots = service.pid, service.cluster.pid
    before, start = processes.cpu_seconds(*roots), time.perf_counter()
    work(line)
    seconds = time.perf_counter() - start
    line.close()
    return Cost(what, count, seconds, processes.cpu_seconds(*roots) - before)


def _click_all(line: http.client.HTTPConnection, refs: list[str]) -> None:
    for number in range(CLICKS):
        _expect(302, line, "GET", f"/go/{refs[number % len(refs)]}")


def _tell_all(line: http.client.HTTPConnection, token: str, refs: list[str]) -> None:
    now = datetime.now(UTC).isoformat()
    for call in range(CALLS):
        items = [
            {
                "application_id": str(uuid.uuid4()), "ref": refs[(call * ITEMS + number) % len(refs)], "state": "filed",
                "occurred_at": now, "amount": 500000, "term": 36, "rate": 24.3, "reason": None,
                "metrica_client_id": "1234567890123",
            }
            for number in range(ITEMS)
        ]  # fmt: skip
        body = json.dumps({"applications": items})
        answer = _expect(200, line, "POST", PATH, body=body, headers={"Authorization": f"Bearer {token}"})
        wrong = [result for result in json.loads(answer)["results"] if not result.get("matched")]
        if wrong:
            sys.exit(f"Not taken in: {wrong[0]}")


def _expect(status: int, line: http.client.HTTPConnection, method: str, path: str, **sent: Any) -> bytes:
    line.request(method, path, **sent)
    response = line.getresponse()
    content = response.read()
    if response.status != status:
        sys.exit(f"{method} {path} was answered {response.status}: {content[:200]!r}")
    return content


def _table(costs: tuple[Cost, ...], figures: dict[str, float]) -> str:
    a_second, of_processor = figures["items_a_second"], figures["items_a_processor_second"]
    return "\n".join(
        [
            f"{'':10}{'count':>8}{'a second':>12}{'CPU ms each':>14}",
            *(f"{cost.what:10}{cost.count:8}{cost.a_second:12.0f}{cost.each_ms:14.3f}" for cost in costs),
            f"A click costs {figures['click_of_approval']} of an approval (promised: {CLICK_RATIO} at most).",
            f"Items a second over one connection: {a_second}.",
            f"Items a processor's second: {of_processor} (promised: {ITEMS_A_SECOND} at least).",
            machine.describe(),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
