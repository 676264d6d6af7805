import pytest

from integrations.applications.states import Effect, State, effect

ACCEPTED, LATE, REPEATED, CONFLICT = Effect
# What news of each state does to an application in each state; columns in the order of `State`.
TABLE = {
    None: (ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED),
    State.FILED: (REPEATED, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED),
    State.APPROVED: (LATE, REPEATED, ACCEPTED, ACCEPTED, ACCEPTED),
    State.DECLINED: (LATE, LATE, REPEATED, CONFLICT, CONFLICT),
    State.ISSUED: (LATE, LATE, CONFLICT, REPEATED, CONFLICT),
    State.CANCELLED: (LATE, LATE, CONFLICT, CONFLICT, REPEATED),
}


@pytest.mark.parametrize("current", TABLE)
def test_it_works(current: State | None) -> None:
    assert tuple(effect(current, told) for told in State) == TABLE[current]
