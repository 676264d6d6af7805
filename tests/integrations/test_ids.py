from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from integrations.ids import uuid7

moments = st.datetimes(datetime(2020, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments)
def test_it_is_a_uuid_of_version_7_that_holds_its_millisecond(now: datetime) -> None:
    made = uuid7(now)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(now.timestamp() * 1000)


@given(moments)
def test_it_sorts_by_time(now: datetime) -> None:
    assert uuid7(now) < uuid7(now + timedelta(milliseconds=1))


def test_no_two_are_alike() -> None:
    now = datetime.now(UTC)
    assert len({uuid7(now) for _ in range(1000)}) == 1000
