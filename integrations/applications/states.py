"""The states of an application at the bank, and how one follows another."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    FILED = "filed"
    APPROVED = "approved"
    DECLINED = "declined"
    ISSUED = "issued"
    CANCELLED = "cancelled"


class Effect(StrEnum):
    """What became of a piece of news."""

    ACCEPTED = "accepted"  # the application is in that state now
    LATE = "late"  # it has passed that state already: kept, and the moment with it
    REPEATED = "repeated"  # that state was told before
    CONFLICT = "conflict"  # no way leads there from where it is: kept, and nothing else


FOLLOWING: Final[Mapping[State, frozenset[State]]] = {
    State.FILED: frozenset({State.APPROVED, State.DECLINED, State.CANCELLED}),
    State.APPROVED: frozenset({State.ISSUED, State.DECLINED, State.CANCELLED}),
    State.DECLINED: frozenset(),
    State.ISSUED: frozenset(),
    State.CANCELLED: frozenset(),
}


def leads(start: State, end: State) -> bool:
    """Whether a way leads from one to the other; states on the way may be told later, or never."""
    return end in FOLLOWING[start] or any(leads(step, end) for step in FOLLOWING[start])


def effect(current: State | None, told: State) -> Effect:
    """What news of a state does to an application in the current one; None: nothing is known of it yet."""
    if current is None or leads(current, told):
        return Effect.ACCEPTED
    if current is told:
        return Effect.REPEATED
    return Effect.LATE if leads(told, current) else Effect.CONFLICT
