"""The physical limit: Postgres' own load generator inserting the same rows, with nobody to work them out.

What pgbench itself uses is not counted: it stands for the caller, too.
"""

import re
import subprocess
import time
from pathlib import Path

from bench.harness import processes
from bench.harness.cluster import Cluster
from bench.harness.load import Result
from bench.harness.services import ASKING_PATIENCE, Competitor, Rows, rows
from config import local_postgres
from config.local_postgres import NAME, PORT

ANSWER_BYTES, SEALED_BYTES = 1120, 200
REASONS = 50

SCRIPT = f"""
with live as (
    select number from offers_release where holds_from <= statement_timestamp() order by number desc limit 1
), q as materialized (
    select uuidv7() as id, gen_random_uuid() as search_id, sha256(uuid_send(gen_random_uuid())) as h1,
        sha256(uuid_send(gen_random_uuid())) as h2, statement_timestamp() as at
), e as (
    insert into integrations_enquiry (id, client, search_id, fields_digest, asked_at, product_type, amount, term,
        phone_hash, phone_mask, decided_at, release, decision, reasons, offered, answer)
    select id, 'yandex', search_id, h1, at, 'loan', 600000.00, 36, h2, '********40', at, live.number, 'has_approve',
        '{{{",".join(["1"] * REASONS)}}}'::smallint[], '{{cash-004,cash-005}}'::varchar[],
        '\\x{"41" * ANSWER_BYTES}'::bytea
    from live, q
    on conflict (client, search_id, fields_digest) do nothing
    returning *)
insert into integrations_journalentry (id, received_at, kind, client, remote_addr, request_id, method, path, status,
    latency_us, search_id, product_type, amount, term, phone_hash, phone_mask, phone_key, decision, release, reasons,
    decided_at, repeated, request_sealed, request_length, seal_key, answer, salt, commitment)
select id, asked_at, 'approval', client, '127.0.0.1'::inet, id, 'POST', '/integrations/api/banking/loan_approval', 200,
    1000, search_id, product_type, amount, term, phone_hash, phone_mask, '1', decision, release, reasons, decided_at,
    false, '\\x{"42" * SEALED_BYTES}'::bytea, {SEALED_BYTES - 28}, '2026-11-12345678', answer,
    uuid_send(search_id), fields_digest
from e on conflict do nothing;
"""


class Pgbench:
    """Behaves as a service does towards the rounds."""

    competitor = Competitor("pgbench", "pgbench: the rows alone", (), "pgbench")
    start_seconds = 0.0

    def __init__(self, cluster: Cluster, state: Path) -> None:
        self.cluster = cluster
        self.script = state / "pgbench.sql"
        self.script.write_text(SCRIPT.replace("\n", " ").strip())
        self.log = state / "pgbench"
        self.asked = 0

    def ask(self, connections: int, seconds: float, *, count: int | None = None, seed: int = 1) -> tuple[Result, float]:
        account = local_postgres._account()  # noqa: SLF001  (the one place that knows whether the wheel is reachable)
        command = [local_postgres._binary("pgbench", account), "--no-vacuum", "--protocol=prepared"]  # noqa: SLF001
        command += [f"--client={connections}", "--jobs=1", f"--file={self.script}", f"--random-seed={seed}"]
        command += ["--log", f"--log-prefix={self.log}", "--host", str(self.cluster.sockets), f"--port={PORT}"]
        command += [f"--transactions={count // connections}"] if count else [f"--time={max(round(seconds), 1)}"]
        before = processes.cpu_seconds(self.cluster.pid)
        done = subprocess.run(
            [*command, f"--username={NAME}", self.competitor.database],
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + ASKING_PATIENCE,
        )
        self._wait_until_gone()
        used = processes.cpu_seconds(self.cluster.pid) - before
        return self._result(done.stdout), used

    def _wait_until_gone(self) -> None:
        """Until the processes that served it have ended, and count as their parent's."""
        with self.cluster.connect("postgres") as connection:
            query = "select count(*) from pg_stat_activity where datname = %s"
            while connection.execute(query, [self.competitor.database]).fetchone() != (0,):
                time.sleep(0.01)
        time.sleep(0.1)

    def _result(self, output: str) -> Result:
        rate = re.search(r"^tps = ([0-9.]+)", output, re.MULTILINE)
        if rate is None:
            raise RuntimeError(f"pgbench gave no rate: {output}")
        times = []
        for log in self.log.parent.glob(f"{self.log.name}.[0-9]*"):
            times += [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]
            log.unlink()
        times.sort()
        self.asked += len(times)
        latencies = {"p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)], "max": times[-1]}
        return Result(answers=len(times), seconds=len(times) / float(rate[1]), latencies_ms=latencies)

    def rows(self) -> Rows:
        return rows(self.cluster, self.competitor.database)

    def resident_mb(self) -> float:
        return 0.0
