"""What the bank's own systems send, and links as people get them."""

import json
from typing import Any

import pytest

from integrations import clients, deadline
from integrations.models import Scope
from integrations.yandex import exit as api_exit
from tests.api_client import ApiClient
from tests.factories import LoanFactory, publish
from tests.integrations.yandex.conftest import Api

PATH = "/integrations/api/banking/applications"
BANK_PAGE = "https://bank.example/cash?ref={ref}"
COUNTED = "https://credits.bank.example/go/{ref}"


def item(**changes: Any) -> dict[str, Any]:
    """News as the documentation shows it; None takes a member away."""
    told = {
        "application_id": "A-1",
        "ref": "unknown",
        "state": "filed",
        "occurred_at": "2026-11-24T10:00:00+03:00",
        "amount": 500000,
        "term": 36,
        "rate": 24.3,
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


class Bank(Api):
    """The bank's own system, as it tells of applications."""

    def tell(self, *items: Any, expect: int = 200) -> Any:
        answer = self.post({"applications": list(items)}, path=PATH, expect=expect)
        return answer["results"] if expect == 200 else answer


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is cut on a busy machine would take the test's transaction with it."""
    monkeypatch.setattr(deadline, "SECONDS", 60.0)
    monkeypatch.setattr(api_exit, "NEWS_PATIENCE", 60.0)


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank(clients.issue("crm", scopes=[Scope.APPLICATIONS]).secret)


@pytest.fixture
def yandex(db: None) -> Api:
    return Api(clients.issue("yandex").secret)


@pytest.fixture
def ref(yandex: Api) -> str:
    """Of the one offer that a person was shown; its clicks are counted."""
    publish(LoanFactory(code="cash", link=BANK_PAGE, counted_link=COUNTED))
    return asked_again(yandex)


def asked_again(yandex: Api, **changes: Any) -> str:
    (shown,) = json.loads(yandex.ask(**changes))["data"]
    return str(shown["propousal_link"]["link"]).rpartition("/")[2]


def click(ref: str, *, method: str = "get", expect: int = 302) -> Any:
    response = getattr(ApiClient(), method)(f"/go/{ref}")
    assert response.status_code == expect, response.content
    return response
