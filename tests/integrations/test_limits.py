import pytest

from integrations import limits
from integrations.limits import Buckets


def take(buckets: Buckets, now: float, key: str = "yandex", *, rate: float = 2, burst: float = 3) -> float:
    return buckets.take(key, rate=rate, burst=burst, now=now)


def test_it_holds_a_burst_and_is_filled_at_the_rate() -> None:
    buckets = Buckets()
    assert [take(buckets, 10.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert take(buckets, 10.25) == 0.25
    assert [take(buckets, 10.5) for _ in range(2)] == [0.0, 0.5]


def test_it_never_holds_more_than_a_burst() -> None:
    buckets = Buckets()
    take(buckets, 10.0)
    assert [take(buckets, 1000.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_asking_too_often_does_not_make_it_worse() -> None:
    buckets = Buckets()
    for _ in range(100):
        take(buckets, 10.0)
    assert take(buckets, 10.5) == 0.0


def test_in_the_long_run_it_lets_through_the_rate() -> None:
    buckets = Buckets()
    let_through = sum(take(buckets, moment / 1000) == 0.0 for moment in range(10_000))
    assert let_through == pytest.approx(2 * 10 + 3, abs=1)


def test_each_has_a_bucket_of_its_own() -> None:
    buckets = Buckets()
    for _ in range(4):
        take(buckets, 10.0)
    assert take(buckets, 10.0, "crm") == 0.0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 10)
    buckets = Buckets()
    for number in range(1000):
        take(buckets, 10.0, str(number))
        assert len(buckets._full_at) <= 10


def test_who_is_too_quick_is_remembered_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those whose buckets are full again make room."""
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 10)
    buckets = Buckets()
    for number in range(8):
        take(buckets, 10.0, str(number))
    for _ in range(3):
        take(buckets, 11.0)
    for number in range(4):
        take(buckets, 11.0, f"another {number}")
    assert take(buckets, 11.0) == 0.5
