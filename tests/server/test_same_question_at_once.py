"""Promise 4 under load: equal questions that come at once get one answer, byte for byte."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any, TypeAlias

import httpx
import pytest

from tests import factories
from tests.server import serving
from tests.server.serving import Server

AT_ONCE = 20
QUESTIONS = 24

AskAtOnce: TypeAlias = Callable[[dict[str, Any]], list[httpx.Response]]


@pytest.fixture
def ask_at_once(server: Server) -> Iterator[AskAtOnce]:
    """Sends one question on twenty connections at the same moment."""
    start = Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as threads, server.client() as client:

        def ask(question: dict[str, Any]) -> httpx.Response:
            start.wait(serving.PATIENCE)
            return client.post(serving.PATH, json=question)

        yield lambda question: list(threads.map(ask, [question] * AT_ONCE))


def check_one_answer(server: Server, question: dict[str, Any], responses: list[httpx.Response]) -> bytes:
    """The answer that all have, of which the journal says that one was given and the others repeated it."""
    assert {response.status_code for response in responses} == {200}
    [answer] = {response.content for response in responses}
    own = {response.headers["X-Request-Id"] for response in responses}
    assert len(own) == AT_ONCE
    entries = [entry for entry in server.entries(search_id=question["search_id"]) if str(entry["request_id"]) in own]
    assert sorted(entry["repeated"] for entry in entries) == [False] + [True] * (AT_ONCE - 1)
    assert {entry["answer"] for entry in entries} == {answer}
    assert len({(entry["release"], entry["decided_at"], str(entry["reasons"])) for entry in entries}) == 1
    return answer


def enquiries(server: Server, question: dict[str, Any]) -> list[dict[str, Any]]:
    query = "select * from integrations_enquiry where search_id = %s"
    return server.sql.execute(query, [question["search_id"]]).fetchall()


def test_one_answer(server: Server, ask_at_once: AskAtOnce) -> None:
    server.publish(factories.LoanFactory.build(), factories.LoanFactory.build())

    for _ in range(QUESTIONS):
        question = serving.question()
        answer = check_one_answer(server, question, ask_at_once(question))

        [enquiry] = enquiries(server, question)
        assert enquiry["answer"] == answer
        [first] = server.entries(search_id=question["search_id"], repeated=False)
        assert enquiry["id"] == first["id"]


def test_one_new_answer_once_an_offer_has_ended(server: Server, ask_at_once: AskAtOnce) -> None:
    stays, ends = factories.LoanFactory.build(), factories.LoanFactory.build()
    server.publish(stays, ends)
    questions = [serving.question() for _ in range(4)]
    before = [check_one_answer(server, question, ask_at_once(question)) for question in questions]
    ends.valid_until = datetime.now(UTC)
    number = server.publish(stays, ends)

    for question, old in zip(questions, before, strict=True):
        new = check_one_answer(server, question, ask_at_once(question))

        assert new != old
        [enquiry] = enquiries(server, question)
        assert (enquiry["answer"], enquiry["release"], enquiry["offered"]) == (new, number, [stays.code])


def test_one_revision_for_each_set_of_fields(server: Server, ask_at_once: AskAtOnce) -> None:
    """A, B, A: what is asked the third time gets the bytes of the first."""
    server.publish(factories.LoanFactory.build())
    first = serving.question()
    second = first | {"amount": 300000}

    answers = [ask_at_once(question)[0].content for question in (first, second, first)]

    assert answers[0] == answers[2] != answers[1]
    assert {enquiry["answer"] for enquiry in enquiries(server, first)} == set(answers)
    assert len(server.entries(search_id=first["search_id"], repeated=False)) == 2
