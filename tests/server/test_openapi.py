"""Whatever the description of `loan_approval` allows or forbids is answered as it says, and journalled."""

import json
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import CHECKS

from integrations import openapi
from integrations.yandex.openapi import PATH
from tests import factories
from tests.server.serving import Server

SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi.description())).include(path=PATH)
SCHEMA.config.generation.allow_x00 = False  # which no description can say: see tests/hostile
FEW, MANY = 40, 10_000


def settings(cases: int) -> hypothesis.settings:
    slow = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return hypothesis.settings(max_examples=cases, suppress_health_check=slow)


@pytest.fixture(scope="module", autouse=True)
def _published(server: Server) -> None:
    server.publish(factories.LoanFactory.build(), factories.CreditCardFactory.build())


def call(case: Any, server: Server, headers: dict[str, str], *excluded: str) -> int:
    """The status of the answer, which is as described, and of its entry."""
    response = case.call_and_validate(
        base_url=server.url, headers=headers, excluded_checks=CHECKS.get_by_names(excluded)
    )
    [request_id] = response.headers["x-request-id"]
    [entry] = server.entries(request_id=request_id)
    assert entry["status"] == response.status_code
    return int(response.status_code)


def with_a_token(case: Any, server: Server) -> None:
    call(case, server, server.authorization)


def without(case: Any, server: Server) -> None:
    assert call(case, server, {}, "positive_data_acceptance") in (403, 429)


@SCHEMA.parametrize()
@settings(FEW)
def test_with_a_token(case: Any, server: Server) -> None:
    with_a_token(case, server)


@SCHEMA.parametrize()
@settings(FEW)
def test_without(case: Any, server: Server) -> None:
    without(case, server)


@pytest.mark.faults
@SCHEMA.parametrize()
@settings(MANY)
def test_often_with_a_token(case: Any, server: Server) -> None:
    with_a_token(case, server)


@pytest.mark.faults
@SCHEMA.parametrize()
@settings(MANY)
def test_often_without(case: Any, server: Server) -> None:
    without(case, server)
