"""Who is answered by a list: on the person's own terms, and for no longer than these hold."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.analytics import derive
from integrations.yandex import exit as api_exit
from tests.factories import LoanFactory
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory, live
from tests.integrations.scoring import conftest
from tests.integrations.scoring.conftest import Scorer, http
from tests.integrations.yandex.conftest import SEARCH_ID, Api, entries
from tests.integrations.yandex.test_scoring import fresh, set_policy  # noqa: F401  (a fixture)

scorer = conftest.scorer  # a fixture

HOUR = timedelta(hours=1)
POLL = f"search_id={SEARCH_ID}"
Clock = Callable[[timedelta], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let so much time go by, for callers."""

    def go(by: timedelta) -> None:
        class Later(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + by

        monkeypatch.setattr(api_exit, "datetime", Later)

    return go


@pytest.fixture
def listed(db: None) -> None:
    """Granted a rate for an hour."""
    LoanFactory(code="cash")
    set_policy("lists_first")
    live(PersonListFactory(code="a"), {"phone": PHONE, "rate": 25, "valid_until": datetime.now(UTC) + HOUR})


def rate(answer: bytes) -> Any:
    [proposal] = json.loads(answer)["data"]
    return proposal["rate"]["max"]


@pytest.mark.parametrize("poll", [False, True])
def test_terms_are_given_again_for_as_long_as_they_are_granted(
    yandex: Api, listed: None, later: Clock, *, poll: bool
) -> None:
    def again() -> bytes:
        return json.dumps(yandex.get(POLL)).encode() if poll else yandex.ask()

    first = yandex.ask()
    later(HOUR / 2)
    assert json.loads(again()) == json.loads(first)
    later(2 * HOUR)
    anew = again()
    assert (rate(first), rate(anew)) == (25, 38.5)
    assert json.loads(yandex.ask()) == json.loads(anew)

    assert [entry.repeated for entry in entries()] == [False, True, False, True]
    assert [derive.derive(entry).same for entry in entries()] == [True] * 4


def test_what_another_list_grants_still_is_offered_then(yandex: Api, listed: None, later: Clock) -> None:
    live(PersonListFactory(code="b"), {"phone": PHONE, "rate": 30})
    assert rate(yandex.ask()) == 25
    later(2 * HOUR)
    assert yandex.get(POLL)["data"][0]["rate"]["max"] == 30
    later(3 * HOUR)
    assert rate(yandex.ask()) == 30
    assert entries()[-1].repeated


def test_terms_without_an_end_are_given_again_all_day(yandex: Api, listed: None, later: Clock) -> None:
    live(PersonListFactory(code="a2"), {"phone": "9330445041", "rate": 25})
    first = yandex.ask(phone_number="9330445041")
    later(23 * HOUR)
    assert yandex.ask(phone_number="9330445041") == first


def test_the_scoring_is_asked_once_its_turn_has_come(yandex: Api, listed: None, later: Clock, scorer: Scorer) -> None:
    """Also by a poll, which has no number to tell."""
    set_policy("scoring_required")
    scorer.answers = [http({"decision": "refused", "reason": "low_score"})]
    assert rate(yandex.ask()) == 25
    assert scorer.asked == []
    later(2 * HOUR)
    assert yandex.get(POLL)["decision"] == "rejected"
    assert json.loads(yandex.ask())["decision"] == "rejected"
    assert len(scorer.asked) == 1
