"""Whatever the description allows is answered as it says."""

import json
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import CHECKS

from config.wsgi import application
from integrations import openapi
from integrations.applications import news
from integrations.applications.openapi import EXAMPLE
from integrations.applications.states import State
from tests.api_client import ApiClient
from tests.integrations.applications.conftest import PATH, Bank

DESCRIPTION = json.loads(openapi.description())
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION).include(path=PATH)
SCHEMA.app = application


@SCHEMA.parametrize()
@hypothesis.settings(
    max_examples=25,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
def test_it_works(case: Any, bank: Bank) -> None:
    """But that a bad item is no bad call: its result says so."""
    excluded = CHECKS.get_by_names(["negative_data_rejection", "ignored_auth"])
    case.call_and_validate(headers={"Authorization": f"Bearer {bank.secret}"}, excluded_checks=excluded)


@pytest.mark.django_db
def test_it_is_served_to_everybody() -> None:
    response = ApiClient().get("/docs/openapi.json")

    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(response.content) == DESCRIPTION


def test_it_describes_every_member() -> None:
    members = DESCRIPTION["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    described = members["properties"]["applications"]["items"]["properties"]

    assert list(described) == list(news.READERS)
    assert described["state"]["enum"] == list(State)


@pytest.mark.django_db
def test_its_example_is_taken(bank: Bank) -> None:
    (result,) = bank.tell(EXAMPLE)

    assert result == {"application_id": "A-1", "result": "accepted", "state": "filed", "matched": False}
