"""The threads that answer: as much of a pool as gunicorn's worker asks for.

That of the standard library makes a future of each request, whose locks and conditions cost a twentieth of an approval;
nobody waits for it.
"""

import atexit
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Job = TypeVar("Job")


class Threads(Generic[Job]):
    """Takes jobs in their order. Made with the first of them, threads belong to the worker as it has become by then."""

    def __init__(self, count: int, do: Callable[[Job], None]) -> None:
        self._count, self._do = count, do
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, job: Job) -> None:
        """By one thread, always the same."""
        if not self._threads:
            self._start()
        self._jobs.put(job)

    def shutdown(self, *, wait: bool) -> None:
        """What is under way is done, and what was submitted; no more after that."""
        for _thread in self._threads:
            self._jobs.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _start(self) -> None:
        self._threads = [
            threading.Thread(target=self._work, name=f"request-{number}", daemon=True) for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self.shutdown, wait=True)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._do(job)
            except BaseException:  # whatever it was, there must be a thread for the next
                logger.exception("a thread's job failed")
