"""The API as Yandex calls it: the status is asserted, the JSON handed back."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from integrations import clients
from integrations.models import JournalEntry
from tests.api_client import ApiClient

PATH = "/integrations/api/banking/loan_approval"
SEARCH_ID = "e2b4948b-7d8a-4eec-875c-b1c11d7d8372"


def question(**changes: Any) -> dict[str, Any]:
    """The contract's example question, with some fields changed; None takes a field away."""
    message = {
        "phone_number": "9330445040",
        "amount": 500000.0,
        "term": 36,
        "product_type": "loan",
        "search_id": SEARCH_ID,
        **changes,
    }
    return {name: value for name, value in message.items() if value is not None}


@dataclass
class Api:
    secret: str

    def post(self, message: Any, *, expect: int = 200, path: str = PATH, **headers: str) -> Any:
        body = message if isinstance(message, bytes) else json.dumps(message)
        return json.loads(self.raw("POST", path, body, expect=expect, **headers).content)

    def get(self, query: str, *, expect: int = 200) -> Any:
        return json.loads(self.raw("GET", f"{PATH}?{query}", expect=expect).content)

    def ask(self, **changes: Any) -> bytes:
        """The bytes of the answer to a good question."""
        return bytes(self.raw("POST", PATH, json.dumps(question(**changes)), expect=200).content)

    def raw(self, method: str, path: str, body: bytes | str = b"", *, expect: int, **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}", **headers}
        response = ApiClient().generic(
            method, path, body, content_type=headers.pop("content_type", "application/json"), headers=headers
        )
        assert response.status_code == expect, response.content.decode()
        return response


@pytest.fixture
def yandex(db: None) -> Api:
    return Api(clients.issue("yandex").secret)


@pytest.fixture
def crm(db: None) -> Api:
    return Api(clients.issue("crm").secret)


def entries() -> list[JournalEntry]:
    """The journal, oldest first."""
    return list(JournalEntry.objects.order_by("received_at", "id"))


def entry() -> JournalEntry:
    """The only entry of the journal."""
    (only,) = entries()
    return only
