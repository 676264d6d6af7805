"""The threads that answer whoever speaks, and go on whatever happens to them."""

import math
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest

from config.threads import Next, Threads

WITHIN = 10.0  # seconds, for what takes none


@dataclass(slots=True)
class Line:
    """A connection, with both its ends."""

    ours: socket.socket
    theirs: socket.socket
    until: float = math.inf
    heard: list[bytes] = field(default_factory=list)

    def fileno(self) -> int:
        return self.ours.fileno()

    def is_over(self, now: float) -> bool:
        return self.until <= now

    def say(self) -> None:
        self.theirs.sendall(b"?")

    def hear(self) -> bytes:
        self.heard.append(self.ours.recv(1))
        return self.heard[-1]


Make = Callable[..., Threads[Line]]


def never(_connection: Line) -> Next:
    raise AssertionError("nobody has spoken")


def hearing(served: SimpleQueue[Line]) -> Callable[[Line], Next]:
    """Whoever speaks is heard, noted, and waited for again."""

    def serve(connection: Line) -> Next:
        connection.hear()
        served.put(connection)
        return Next.MORE

    return serve


@pytest.fixture
def line() -> Iterator[Callable[..., Line]]:
    with ExitStack() as stack:

        def make(until: float = math.inf) -> Line:
            ours, theirs = map(stack.enter_context, socket.socketpair())
            return Line(ours, theirs, until)

        yield make


@pytest.fixture
def threads_for() -> Iterator[Make]:
    made: list[Threads[Line]] = []

    def make(serve: Callable[[Line], Next], count: int = 2) -> Threads[Line]:
        made.append(Threads(count, serve))
        made[-1].start()
        return made[-1]

    yield make
    for threads in made:
        threads.shutdown(wait=True)


def test_whoever_speaks_is_served_and_nobody_else(threads_for: Make, line: Callable[..., Line]) -> None:
    served: SimpleQueue[Line] = SimpleQueue()
    threads = threads_for(hearing(served))
    silent, speaking = line(), line()
    threads.add(silent)
    threads.add(speaking)
    for _ in range(3):
        speaking.say()
        assert served.get(timeout=WITHIN) is speaking
    silent.say()
    assert served.get(timeout=WITHIN) is silent
    assert speaking.heard == [b"?"] * 3


def test_of_many_lines_every_word_is_heard_once(threads_for: Make, line: Callable[..., Line]) -> None:
    """One thread is told of a connection, and no other while it is at it."""
    at_it: set[int] = set()
    heard: SimpleQueue[bool] = SimpleQueue()

    def serve(connection: Line) -> Next:
        alone = connection.fileno() not in at_it
        at_it.add(connection.fileno())
        said = connection.hear()
        connection.ours.sendall(b"!")
        at_it.discard(connection.fileno())
        heard.put(alone and said == b"?")
        return Next.MORE

    threads = threads_for(serve, count=4)
    lines = [line() for _ in range(20)]
    for one in lines:
        threads.add(one)
    for _ in range(25):
        for one in lines:
            one.say()
        for one in lines:
            assert one.theirs.recv(1) == b"!"
    assert [heard.get(timeout=WITHIN) for _ in range(500)] == [True] * 500
    assert all(len(one.heard) == 25 for one in lines)


def test_as_many_at_once_as_there_are_threads(threads_for: Make, line: Callable[..., Line]) -> None:
    both = threading.Barrier(3)

    def meet(_connection: Line) -> Next:
        both.wait(WITHIN)
        return Next.END

    threads = threads_for(meet)
    for one in (line(), line()):
        threads.add(one)
        one.say()
    both.wait(WITHIN)
    assert not both.broken


def test_what_is_not_kept_is_not_served_again(threads_for: Make, line: Callable[..., Line]) -> None:
    served: SimpleQueue[Line] = SimpleQueue()

    def serve(connection: Line) -> Next:
        served.put(connection)
        return Next.END

    threads = threads_for(serve)
    first, second = line(), line()
    threads.add(first)
    first.say()
    assert served.get(timeout=WITHIN) is first
    first.say()
    threads.add(second)
    second.say()
    assert served.get(timeout=WITHIN) is second
    assert served.empty()


def test_who_hangs_up_is_served(threads_for: Make, line: Callable[..., Line]) -> None:
    heard: SimpleQueue[bytes] = SimpleQueue()

    def serve(connection: Line) -> Next:
        heard.put(connection.hear())
        return Next.END

    threads = threads_for(serve)
    one = line()
    threads.add(one)
    one.theirs.close()
    assert heard.get(timeout=WITHIN) == b""


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_failure_ends_no_thread(error: type[BaseException], threads_for: Make, line: Callable[..., Line]) -> None:
    failed: SimpleQueue[None] = SimpleQueue()
    served: SimpleQueue[Line] = SimpleQueue()

    def serve(connection: Line) -> Next:
        if connection is not last:
            failed.put(None)
            raise error
        served.put(connection)
        return Next.END

    threads = threads_for(serve)
    last = line()
    for _ in range(10):
        failing = line()
        threads.add(failing)
        failing.say()
        failed.get(timeout=WITHIN)
    threads.add(last)
    last.say()
    assert served.get(timeout=WITHIN) is last


def test_those_whose_time_is_over_are_taken_and_not_served(threads_for: Make, line: Callable[..., Line]) -> None:
    served: SimpleQueue[Line] = SimpleQueue()
    threads = threads_for(hearing(served))
    over, young = line(until=10), line(until=11)
    threads.add(over)
    threads.add(young)
    assert len(threads) == 2
    assert threads.take_expired(now=10.5) == [over]
    assert threads.take_expired(now=10.5) == []
    assert len(threads) == 1
    over.say()
    young.say()
    assert served.get(timeout=WITHIN) is young
    assert over.heard == []


def test_half_of_the_threads_may_wait_for_callers(threads_for: Make) -> None:
    threads = threads_for(never, count=4)
    with threads.turn() as first, threads.turn() as second, threads.turn() as third:
        assert (first, second, third) == (True, True, False)
    with threads.turn() as first, threads.turn() as second:
        assert (first, second) == (True, True)


def test_of_one_thread_it_is_that() -> None:
    with Threads(1, never).turn() as taken:
        assert taken


def test_who_was_left_without_a_turn_gets_the_next_one(threads_for: Make, line: Callable[..., Line]) -> None:
    """Though it says nothing more: all that it had to say may be there."""
    left, served = SimpleQueue[Line](), SimpleQueue[Line]()

    def serve(connection: Line) -> Next:
        with threads.turn() as is_ours:
            if not is_ours:
                left.put(connection)
                return Next.TURN
            connection.hear()
            served.put(connection)
            return Next.MORE

    threads = threads_for(serve)
    lines = [line(), line(), line()]
    with threads.turn():
        for one in lines:
            threads.add(one)
            one.say()
        assert {id(left.get(timeout=WITHIN)) for _ in lines} == {id(one) for one in lines}
        assert served.empty()
    assert {id(served.get(timeout=WITHIN)) for _ in lines} == {id(one) for one in lines}


def test_who_was_closed_before_its_turn_takes_it_from_nobody(threads_for: Make, line: Callable[..., Line]) -> None:
    left, served = SimpleQueue[Line](), SimpleQueue[Line]()

    def serve(connection: Line) -> Next:
        with threads.turn() as is_ours:
            (served if is_ours else left).put(connection)
            return Next.END if is_ours else Next.TURN

    threads = threads_for(serve)
    closed, second = line(until=0), line()
    with threads.turn():
        for one in (closed, second):
            threads.add(one)
            one.say()
            assert left.get(timeout=WITHIN) is one
        while not threads.take_expired(1):
            pass  # until it is waited for again
        closed.ours.close()
    assert served.get(timeout=WITHIN) is second
    with threads.turn() as taken:
        assert taken


def test_at_the_end_all_are_taken(threads_for: Make, line: Callable[..., Line]) -> None:
    threads = threads_for(never)
    both = [line(), line()]
    for one in both:
        threads.add(one)
    assert threads.take_all() == both
    assert len(threads) == 0


def test_what_the_kernel_can_not_wait_for_nobody_waits_for(threads_for: Make, line: Callable[..., Line]) -> None:
    threads, one = threads_for(never), line()
    threads.add(one)
    assert threads.take_all() == [one]
    with pytest.raises(FileExistsError):
        threads.add(one)
    assert len(threads) == 0


def test_what_is_under_way_at_the_end_is_done(threads_for: Make, line: Callable[..., Line]) -> None:
    done: list[Line] = []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(connection: Line) -> Next:
        begun.set()
        go_on.wait(WITHIN)
        done.append(connection)
        return Next.END

    threads = threads_for(slowly)
    one = line()
    threads.add(one)
    one.say()
    begun.wait(WITHIN)
    threads.shutdown(wait=False)
    go_on.set()
    threads.shutdown(wait=True)
    assert done == [one]


def test_before_the_start_there_is_no_thread() -> None:
    """They are started in the process that they serve."""
    before = threading.active_count()
    Threads(2, never).shutdown(wait=True)
    assert threading.active_count() == before
