"""The bank's own system, as it brings lists."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from integrations import clients, deadline
from integrations.models import Scope
from integrations.yandex import exit as api_exit
from tests.integrations.yandex.conftest import Api

PATH = "/integrations/api/banking/lists"


@dataclass
class Bank(Api):
    def show(self, path: str, *, expect: int = 200) -> Any:
        return json.loads(self.raw("GET", f"{PATH}/{path}", expect=expect).content)

    def call(self, path: str, message: Any = b"", *, expect: int = 200) -> Any:
        return self.post(message, path=f"{PATH}/{path}", expect=expect)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is cut on a busy machine would take the test's transaction with it."""
    monkeypatch.setattr(deadline, "SECONDS", 60.0)
    monkeypatch.setattr(api_exit, "NEWS_PATIENCE", 60.0)


@pytest.fixture
def bank(db: None) -> Bank:
    return Bank(clients.issue("warehouse", scopes=[Scope.LISTS]).secret)
