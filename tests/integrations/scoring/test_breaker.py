from integrations.scoring.breaker import Breaker


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(most=3, pause=10, clock=clock)
    assert [breaker.failed() for _ in range(3)] == [False, False, True]
    return breaker


def test_failures_in_a_row_open_it_for_a_while() -> None:
    clock = Clock()
    breaker = opened(clock)

    assert breaker.is_open
    assert breaker.wait() == 10
    clock.now += 9
    assert breaker.wait() == 1


def test_a_success_in_between_is_a_new_beginning() -> None:
    breaker = Breaker(most=3, pause=10, clock=Clock())

    for _ in range(5):
        breaker.failed()
        breaker.failed()
        assert breaker.succeeded() is False

    assert breaker.wait() == 0


def test_after_the_pause_one_tries_and_its_success_lets_all_through() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10

    assert [breaker.wait() for _ in range(3)] == [0, 10, 10]
    assert breaker.succeeded() is True
    assert [breaker.wait() for _ in range(3)] == [0, 0, 0]


def test_after_the_pause_one_failure_is_enough_for_another() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    breaker.wait()
    clock.now += 2

    assert breaker.failed() is False
    assert breaker.wait() == 10


def test_who_tried_and_never_said_what_came_of_it_blocks_nothing() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    breaker.wait()
    clock.now += 10

    assert breaker.wait() == 0
