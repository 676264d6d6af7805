"""The threads that answer do all that they are given, and go on whatever happens to them."""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest

from config.threads import Threads

WITHIN = 10.0  # seconds, for what takes none


@pytest.fixture
def threads_for() -> Iterator[Callable[[Callable[[int], None]], Threads[int]]]:
    made: list[Threads[int]] = []

    def make(do: Callable[[int], None]) -> Threads[int]:
        made.append(Threads(2, do))
        return made[-1]

    yield make
    for threads in made:
        threads.shutdown(wait=True)


Make = Callable[[Callable[[int], None]], Threads[int]]


def test_all_jobs_are_done(threads_for: Make) -> None:
    done: SimpleQueue[int] = SimpleQueue()
    threads = threads_for(done.put)
    for job in range(100):
        threads.submit(job)
    assert sorted(done.get(timeout=WITHIN) for _ in range(100)) == list(range(100))


def test_as_many_at_once_as_there_are_threads(threads_for: Make) -> None:
    both = threading.Barrier(2)

    def meet(_job: int) -> None:
        both.wait(WITHIN)

    threads = threads_for(meet)
    threads.submit(1)
    threads.submit(2)
    threads.shutdown(wait=True)
    assert not both.broken


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_failure_ends_no_thread(error: type[BaseException], threads_for: Make) -> None:
    done: SimpleQueue[int] = SimpleQueue()

    def fail_first(job: int) -> None:
        if job < 10:
            raise error
        done.put(job)

    threads = threads_for(fail_first)
    for job in range(11):
        threads.submit(job)
    assert done.get(timeout=WITHIN) == 10


def test_what_is_under_way_at_the_end_is_done(threads_for: Make) -> None:
    done: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(job: int) -> None:
        begun.set()
        go_on.wait(WITHIN)
        done.append(job)

    threads = threads_for(slowly)
    threads.submit(1)
    begun.wait(WITHIN)
    threads.shutdown(wait=False)
    go_on.set()
    threads.shutdown(wait=True)
    assert done == [1]


def test_without_a_job_there_is_no_thread(threads_for: Make) -> None:
    before = threading.active_count()
    threads_for(print).shutdown(wait=True)
    assert threading.active_count() == before
