"""docs/scoring.openapi.yaml says what our client asks and reads, and what the reference scorer takes and answers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal, localcontext
from pathlib import Path
from threading import Thread
from typing import Any

import hypothesis
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from integrations.scoring import client, wire
from integrations.scoring.demo import Behaviour, Manner, Scorer
from integrations.scoring.question import Later, ScoringQuestion
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry
from offers.domain.known import Scored, Verdict
from tests.integrations.scoring.conftest import QUESTION
from tests.integrations.scoring.test_wire import NEARLY, OFFERS

DESCRIPTION = yaml.safe_load((Path(__file__).resolve().parents[3] / "docs" / "scoring.openapi.yaml").read_text())
# With numbers as they are written: 19.9 is no multiple of 0.001 in binary.
EXACT = json.loads(json.dumps(DESCRIPTION), parse_float=Decimal)
SCHEMAS = EXACT["components"]["schemas"]
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)


def allows(name: str, value: Any) -> bool:
    validator = Draft202012Validator(EXACT | {"$ref": f"#/components/schemas/{name}"})
    with localcontext(prec=700):  # for multiples in the largest of numbers
        return bool(validator.is_valid(json.loads(json.dumps(value, default=float), parse_float=Decimal)))


@pytest.mark.parametrize("name", ["Question", "Approved", "Refused", "Later"])
def test_its_examples_follow_it(name: str) -> None:
    assert SCHEMAS[name]["examples"]
    for example in SCHEMAS[name]["examples"]:
        assert allows("Question" if name == "Question" else "Answer", example)
        if name != "Question":
            wire.read(json.dumps(example, default=float).encode(), OFFERS)


QUESTIONS = st.builds(
    ScoringQuestion,
    id=st.uuids(),
    enquiry=st.builds(
        Enquiry,
        st.sampled_from(Product),
        st.none() | st.decimals("0.01", 10**10, places=2),
        st.none() | st.integers(1, 600),
    ),
    offers=st.lists(st.text(max_size=40).filter(lambda text: "\0" not in text), max_size=3).map(tuple),
    phone_hash=st.binary(min_size=32, max_size=32),
    phone_number=st.none() | st.from_regex(r"[0-9]{10}", fullmatch=True),
)


@given(QUESTIONS, st.booleans())
def test_what_we_ask_is_described(question: ScoringQuestion, clear: bool) -> None:  # noqa: FBT001
    assert allows("Question", json.loads(wire.write(question, key_id="1", clear=clear)))


@given(NEARLY)
def test_what_is_described_we_read_and_nothing_else(answer: Any) -> None:
    content = json.dumps(answer, default=float)
    hypothesis.assume(not re.search(r"\\u(0000|d[89a-f])", content))  # no text in UTF-8 that Postgres would keep
    try:
        told = wire.read(content.encode(), OFFERS)
    except wire.Unreadable:
        assert not allows("Answer", answer)
    else:
        assert allows("Answer", answer) or (isinstance(told, Scored) and told.reason == wire.UNNAMED)


@contextmanager
def serving_reference(behaviour: Behaviour) -> Iterator[Scorer]:
    with Scorer(0, behaviour) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


@pytest.fixture
def reference(request: pytest.FixtureRequest, settings: Any) -> Iterator[Scorer]:
    with serving_reference(getattr(request, "param", Behaviour())) as running:
        settings.SCORING_URL = running.address
        yield running
    client.forget()


def behaving(manner: Manner, **options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("reference", [Behaviour(manner, **options)], indirect=True)


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_reference_answers_whatever_may_be_asked_as_described(case: Any, reference: Scorer) -> None:
    case.call_and_validate(base_url=reference.address.removesuffix("/score"))


def ask(**differs: Any) -> Scored | Later:
    return client.ask(replace(QUESTION, **differs), within=5)


def test_by_default_it_approves_what_was_asked_for(reference: Scorer) -> None:
    answer = ask()

    assert isinstance(answer, Scored)
    [grant] = answer.grants
    assert (grant.offer, grant.limit, grant.rate) == (None, Decimal(500000), Decimal("24.9"))


@behaving(Manner.APPROVE)
def test_it_approves_on_the_offers_own_terms(reference: Scorer) -> None:
    answer = ask()

    assert isinstance(answer, Scored)
    assert (answer.verdict, answer.grants) == (Verdict.APPROVED, ())


@behaving(Manner.APPROVE, limit=Decimal(100_000), rate=Decimal("19.9"))
def test_or_on_those_it_was_told(reference: Scorer) -> None:
    answer = ask()

    assert isinstance(answer, Scored)
    [grant] = answer.grants
    assert (grant.limit, grant.rate) == (Decimal(100_000), Decimal("19.9"))


@behaving(Manner.REFUSE)
def test_it_refuses(reference: Scorer) -> None:
    answer = ask()

    assert isinstance(answer, Scored)
    assert (answer.verdict, answer.reason) == (Verdict.REFUSED, "low_score")


@behaving(Manner.LATER, delay=60)
def test_it_puts_off_until_its_delay_is_over(reference: Scorer) -> None:
    assert ask() == Later("later", 60.0)
    reference.behaviour = replace(reference.behaviour, delay=1e-9)
    assert isinstance(ask(), Scored)


@behaving(Manner.SCORE, delay=1)
def test_a_question_that_comes_again_waits_no_longer_than_the_first_time(reference: Scorer) -> None:
    assert client.ask(QUESTION, within=0.5) == Later("timeout")
    answer = ask()

    assert isinstance(answer, Scored)
    assert answer.waited_ms < 1000


@behaving(Manner.ERROR)
def test_it_fails(reference: Scorer) -> None:
    assert ask() == Later("failed")


@behaving(Manner.GARBAGE)
def test_it_answers_rubbish(reference: Scorer, settings: Any) -> None:
    settings.SCORING_BREAKER_FAILURES = 100

    assert {ask() for _ in range(12)} == {Later("unreadable")}


@behaving(Manner.FLAP)
def test_it_is_well_by_turns(reference: Scorer) -> None:
    answers = [ask() for _ in range(4)]

    assert {type(answer) for answer in answers} == {Scored, Later}


@behaving(Manner.TRICKLE)
def test_it_takes_its_time_over_each_byte(reference: Scorer) -> None:
    assert client.ask(QUESTION, within=0.3) == Later("timeout")


@behaving(Manner.SCORE, token="the right one")
def test_it_knows_who_calls(reference: Scorer, settings: Any) -> None:
    assert ask() == Later("refused_request")
    client.forget()
    settings.SCORING_TOKEN = "the right one"
    assert isinstance(ask(), Scored)
