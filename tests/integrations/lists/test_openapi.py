"""Whatever the description of lists allows is answered as it says."""

import json
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import CHECKS

from config.wsgi import application
from integrations import openapi
from integrations.lists.lines import Column
from integrations.lists.openapi import PATHS, PERSON
from tests.integrations.lists.conftest import Bank
from tests.integrations.lists.factories import PersonListFactory

DESCRIPTION = json.loads(openapi.description())
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION).include(tag="lists")
SCHEMA.app = application


@SCHEMA.parametrize()
@hypothesis.settings(
    max_examples=10,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
def test_it_works(case: Any, bank: Bank) -> None:
    """But what a list may be told depends on the list, and on what was told of it before."""
    PersonListFactory._meta.model.objects.get_or_create(code="a", defaults={"purpose": "prequalified", "name": "a"})
    excluded = CHECKS.get_by_names(["negative_data_rejection", "positive_data_acceptance", "ignored_auth"])
    case.call_and_validate(headers={"Authorization": f"Bearer {bank.secret}"}, excluded_checks=excluded)


def test_it_describes_every_member() -> None:
    assert list(PERSON["properties"]) == list(Column)


@pytest.mark.parametrize("path", PATHS)
def test_it_is_part_of_the_whole(path: str) -> None:
    assert DESCRIPTION["paths"][path] == json.loads(json.dumps(PATHS[path]))
