import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from offers.once import once


def test_it_is_made_once_however_many_ask() -> None:
    made: list[int] = []
    everybody_asks = threading.Barrier(8)

    @once
    def square(number: int) -> int:
        made.append(number)
        return number * number

    def ask(_: int) -> int:
        everybody_asks.wait()
        return square(7)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {49}
    assert made == [7]


def test_the_oldest_is_forgotten_first() -> None:
    made: list[int] = []

    @once
    def square(number: int) -> int:
        made.append(number)
        return number * number

    for number in [*range(9), 8, 0]:
        square(number)
    assert made == [*range(9), 0]


def test_a_failure_is_not_kept() -> None:
    answers = iter([ValueError("first"), None])

    @once
    def moody(_: int) -> str:
        if error := next(answers):
            raise error
        return "second"

    with pytest.raises(ValueError, match="first"):
        moody(1)
    assert moody(1) == "second"


def test_what_can_not_be_hashed_is_told_apart_by_identity() -> None:
    made: list[list[int]] = []

    def length(items: list[int]) -> int:
        made.append(items)
        return len(items)

    lengths, one, alike = once(length, by=id), [1], [1]
    assert [lengths(one), lengths(alike), lengths(one)] == [1, 1, 1]
    assert [id(each) for each in made] == [id(one), id(alike)]
