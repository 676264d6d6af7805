"""The threads that answer, and the connections on which they wait for the next request.

All threads wait for all connections, and whom the kernel wakes answers. gunicorn has one thread wait, hand each request
to a pool and take the connection back: four changes of threads a request, where one will do.
"""

import atexit
import logging
import os
import select
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

logger = logging.getLogger(__name__)


class Connection(Protocol):
    timeout: float  # by the monotonic clock: nobody need wait for it any longer

    def fileno(self) -> int: ...


AnyConnection = TypeVar("AnyConnection", bound=Connection)


class Threads(Generic[AnyConnection]):
    """`serve` gets a connection on which somebody speaks, and says whether to wait for more there."""

    def __init__(self, count: int, serve: Callable[[AnyConnection], bool]) -> None:
        self._count, self._serve = count, serve
        self._threads: list[threading.Thread] = []
        # By descriptor. Whoever takes one out has it for themselves.
        self._silent: dict[int, AnyConnection] = {}
        self._ready = _Ready()
        self._end, self._until_closed = os.pipe()
        self._closing = threading.Lock()

    def __len__(self) -> int:
        """How many connections are waited for."""
        return len(self._silent)

    def start(self) -> None:
        self._ready.add_for_all(self._end)
        self._threads = [
            threading.Thread(target=self._work, name=f"request-{number}", daemon=True) for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()
        atexit.register(self.shutdown, wait=True)

    def add(self, connection: AnyConnection) -> None:
        descriptor = connection.fileno()
        self._silent[descriptor] = connection
        self._ready.add_for_one(descriptor)

    def take_silent(self, now: float) -> list[AnyConnection]:
        """Those whose time is over; nobody waits for them any longer."""
        over = [descriptor for descriptor, connection in self._silent.copy().items() if connection.timeout <= now]
        taken = [self._silent.pop(descriptor, None) for descriptor in over]
        return [connection for connection in taken if connection is not None]

    def shutdown(self, *, wait: bool) -> None:
        """What is under way is done, and nothing after it."""
        if self._closing.acquire(blocking=False):
            os.close(self._until_closed)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while (connection := self._next()) is not None:
            kept = False
            try:
                kept = self._serve(connection)
            except BaseException:  # whatever it was, there must be a thread for the next
                logger.exception("a thread's work failed")
            if kept:
                self._wait_again(connection)

    def _wait_again(self, connection: AnyConnection) -> None:
        descriptor = connection.fileno()
        self._silent[descriptor] = connection  # before anybody can be told of it
        with suppress(OSError):  # it was taken and closed at once, as at the end everything is
            self._ready.ask_again(descriptor)

    def _next(self) -> AnyConnection | None:
        """The one on which somebody speaks, or has hung up; None at the end."""
        while True:
            descriptor = self._ready.wait()
            if descriptor == self._end:
                return None
            connection = self._silent.pop(descriptor, None)
            if connection is not None:  # else it was taken because its time was over
                return connection


if sys.platform == "linux":

    class _Ready:
        """What the kernel knows of descriptors: each that can be read is told to one thread, once."""

        ONCE = select.EPOLLIN | select.EPOLLONESHOT

        def __init__(self) -> None:
            self._epoll = select.epoll()

        def add_for_all(self, descriptor: int) -> None:
            self._epoll.register(descriptor, select.EPOLLIN)

        def add_for_one(self, descriptor: int) -> None:
            self._epoll.register(descriptor, self.ONCE)

        def ask_again(self, descriptor: int) -> None:
            self._epoll.modify(descriptor, self.ONCE)

        def wait(self) -> int:
            ((descriptor, _event),) = self._epoll.poll(maxevents=1)
            return descriptor

else:

    class _Ready:
        """The same where the demo runs on a Mac, or a BSD."""

        def __init__(self) -> None:
            self._kqueue = select.kqueue()

        def add_for_all(self, descriptor: int) -> None:
            self._add(descriptor, select.KQ_EV_ADD)

        def add_for_one(self, descriptor: int) -> None:
            self._add(descriptor, select.KQ_EV_ADD | select.KQ_EV_ONESHOT)

        ask_again = add_for_one

        def wait(self) -> int:
            (event,) = self._kqueue.control(None, 1, None)
            return event.ident

        def _add(self, descriptor: int, flags: int) -> None:
            self._kqueue.control([select.kevent(descriptor, select.KQ_FILTER_READ, flags)], 0)
