"""Promise 3: never a 5xx for what a caller sends, whoever it is; and promises 1 and 2 for whatever is sent."""

import http.client
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from tests import factories
from tests.hostile.catalogue import Hostile, catalogue, short
from tests.server import contract, wire
from tests.server.lines import Line
from tests.server.serving import Server
from tests.server.waiting import wait_until
from tests.server.wire import Answer

LONGEST, BUSY = 3.0, 5.0  # promised, and what a busy machine needs on top of it, in seconds
AT_ONCE = 8
REPLAYED_WITHIN = 10.0

EVERYTHING = catalogue()


@dataclass(frozen=True, slots=True)
class Answered:
    case: Hostile
    answer: Answer | None
    seconds: float

    @property
    def request_id(self) -> UUID:
        assert self.answer
        return UUID(self.answer.headers["X-Request-Id"])


@pytest.fixture(params=[pytest.param(EVERYTHING, marks=pytest.mark.faults, id="all"), short(EVERYTHING, 9)])
def cases(request: pytest.FixtureRequest, server: Server) -> list[Hostile]:
    server.publish(factories.LoanFactory.build(code="a-loan"), factories.CreditCardFactory.build(code="a-card"))
    chosen: list[Hostile] = request.param
    return chosen


def test_there_are_many() -> None:
    assert len(EVERYTHING) > 500


@pytest.mark.parametrize("known", [True, False], ids=["with a token", "without"])
def test_the_answer_that_it_deserves(known: bool, cases: list[Hostile], server: Server) -> None:  # noqa: FBT001
    answered = ask(server, cases, server.token if known else None)

    wrong = [fault for each in answered for fault in faults(each, status_of(each.case, known=known))]
    assert not wrong, "\n".join(wrong)
    check_journalled(server, answered)


@pytest.mark.parametrize("known", [True, False], ids=["with a token", "without"])
def test_while_the_database_is_away(
    known: bool,  # noqa: FBT001
    cases: list[Hostile],
    server: Server,
    line: Line,
) -> None:
    spool = server.log.with_suffix(".spool")
    with line.cut():
        answered = ask(server, cases, server.token if known else None)
        kept = {UUID(path.stem) for path in spool.glob("*.entry")}

    wrong = [fault for each in answered for fault in faults(each, status_while_away(each.case))]
    wrong += [f"{each.case.name}: not on disk" for each in answered if each.answer and each.request_id not in kept]
    assert not wrong, "\n".join(wrong)
    wait_until(lambda: not any(spool.glob("*.entry")), within=REPLAYED_WITHIN)
    check_journalled(server, answered)


def status_of(case: Hostile, *, known: bool) -> int | None:
    return 403 if case.status and not (known or case.refused_by_server) else case.status


def status_while_away(case: Hostile) -> int | None:
    return 503 if case.status and not case.refused_by_server else case.status


def ask(server: Server, cases: Iterable[Hostile], token: str | None) -> list[Answered]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda case: _asked(server, case, case.sent(token)), cases))


def _asked(server: Server, case: Hostile, sent: bytes) -> Answered:
    """The caller says no more than that, and waits."""
    start, answer = time.monotonic(), None
    with wire.connected(server) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            connection.send(sent)
            connection.end_of_request()
        with suppress(http.client.RemoteDisconnected):
            answer = connection.receive(case.method)
    return Answered(case, answer, time.monotonic() - start)


def faults(each: Answered, status: int | None) -> Iterable[str]:
    if each.seconds > LONGEST + BUSY:
        yield f"{each.case.name}: took {each.seconds:.1f} s"
    found = each.answer and each.answer.status
    if found != status:
        yield f"{each.case.name}: {found} instead of {status}: {each.answer and each.answer.body.decode()}"
    elif each.answer:
        try:
            check_documented(each.case, each.answer)
        except AssertionError as failure:
            yield f"{each.case.name}: {failure}"


def check_documented(case: Hostile, answer: Answer) -> None:
    assert answer.headers["Content-Type"] == "application/json"
    assert ("Retry-After" in answer.headers) == (answer.status == 503)
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    if case.method == "HEAD":
        assert answer.body == b""
    elif answer.status == 200:
        contract.check_answer(contract.loads(answer.body))
    else:
        required: contract.Members = {"search_id": contract.nullable(contract.string), "message": contract.string}
        optional: contract.Members = {"properties": contract.array(contract.string)}
        contract.check_object(contract.loads(answer.body), required=required, optional=optional)


def check_journalled(server: Server, answered: Iterable[Answered]) -> None:
    """Each answer has its one entry, which holds it."""
    given = {each.request_id: (each.answer.status, each.answer.body) for each in answered if each.answer}
    query = "select request_id, status, answer from integrations_journalentry where request_id = any(%s)"
    rows: list[dict[str, Any]] = server.sql.execute(query, [list(given)]).fetchall()
    assert len(rows) == len(given)
    assert {row["request_id"]: (row["status"], row["answer"]) for row in rows} == given
