from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from integrations.ids import made_at, uuid7

moments = st.datetimes(datetime(2020, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments)
def test_it_is_a_uuid_of_version_7_that_holds_its_millisecond(now: datetime) -> None:
    made = uuid7(now)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made_at(made) == now.replace(microsecond=now.microsecond // 1000 * 1000)


@given(moments)
@example(datetime(4260, 5, 10, 4, 59, 46, 54989, tzinfo=UTC))  # whose next millisecond is the same one in floats
def test_it_sorts_by_time(now: datetime) -> None:
    assert uuid7(now) < uuid7(now + timedelta(milliseconds=1))


def test_no_two_are_alike() -> None:
    now = datetime.now(UTC)
    assert len({uuid7(now) for _ in range(1000)}) == 1000
