from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.applications import news
from integrations.applications.news import News, Refused
from integrations.applications.states import State
from integrations.yandex.errors import Problem
from tests.integrations.applications.conftest import item

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def read(**changes: Any) -> News | Refused:
    numbers = {n: Decimal(str(v)) for n, v in changes.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    usual = {"amount": Decimal(500000), "term": Decimal(36), "rate": Decimal("24.3")}
    return news.read(item(**usual | changes | numbers), NOW)


def test_it_works() -> None:
    told = read(metrica_client_id="1234567890", reason="income", search_id="E2B4948B-7d8a-4eec-875c-b1c11d7d8372")

    assert isinstance(told, News)
    assert (told.application_id, told.state, told.reason) == ("A-1", State.FILED, "income")
    assert told.occurred_at == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert (told.amount, told.term, told.rate) == (Decimal("500000.00"), 36, Decimal("24.300"))


BAD: dict[str, tuple[Any, ...]] = {
    "application_id": (5, "", "-1", "А-1", "a b", "a" * 65, "a\n", [], None),
    "ref": (5, "", "a b", "a" * 65, "é"),
    "search_id": (5, "", "abc", "e2b4948b7d8a4eec875cb1c11d7d8372"),
    "offer": (5, "", "Cash", "a" * 41),
    "state": (5, "", "FILED", "refused", [], {}, None),
    "occurred_at": (
        5, "", "2026-11-24", "2026-11-24T10:00:00", "2026-11-24 10:00:00+03:00", "2026-02-30T10:00:00Z",
        "1999-12-31T23:59:59Z", "2026-11-24T25:00:00Z", "٢٠٢٦-11-24T10:00:00Z", "2026-11-24T10:00:00+99:00",
        "2026-11-24T12:06:00Z", "9999-12-31T23:59:59-23:59", None,
    ),
    "amount": ("500000", 0, -1, 10_000_000_001, 1.001, True),
    "term": (0, 601, 1.5, "0", "x", True),
    "rate": ("24.3", -1, 1000, 1.0001, True, float("1e999")),
    "reason": (5, "", "Нет дохода", "a b", "a" * 41),
    "metrica_client_id": ("", "abc", "1" * 21, 1.5, -1, 10**21, "٣", True),
}  # fmt: skip


@pytest.mark.parametrize(("field", "bad"), [(field, bad) for field, values in BAD.items() for bad in values])
def test_it_names_the_bad_field(field: str, bad: Any) -> None:
    told = read(**{field: bad})

    assert isinstance(told, Refused)
    assert tuple(told.sentences) == (field,)
    assert told.sentences[field].startswith(f"поле {field} должно ")


def test_it_names_all_of_them_at_once() -> None:
    told = read(application_id=5, state="x", amount="x")

    assert isinstance(told, Refused)
    assert told.problem.properties == ("application_id", "state", "amount")
    assert told.problem.message.startswith("Поле application_id")
    assert told.application_id is None


@pytest.mark.parametrize("bad", [None, 5, "x", [], [[]]])
def test_an_item_is_an_object(bad: Any) -> None:
    assert isinstance(news.read(bad, NOW), Refused)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"{}", b'{"applications": null}', b'{"applications": {}}', b'{"applications": []}',
        b'{"applications": [' + b",".join([b"{}"] * 1001) + b"]}", b'{"applications": [], "applications": []}',
        b'{"applications": [NaN]}', b'{"applications": ["\\u0000"]}', b"\xff",
    ],
)  # fmt: skip
def test_it_refuses_a_body_in_which_nothing_is_told(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        news.read_body(body, NOW)
    assert refused.value.status == 400


def test_the_same_news_have_the_same_digest_however_they_are_spelt() -> None:
    first, second = read(), read(occurred_at="2026-11-24T07:00:00Z", amount=500000.00)
    third = read(amount=500001)

    assert isinstance(first, News)
    assert isinstance(second, News)
    assert isinstance(third, News)
    assert first.digest == second.digest != third.digest
