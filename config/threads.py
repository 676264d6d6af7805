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
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

logger = logging.getLogger(__name__)

# What the kernel, or Python, says of a connection that another thread has closed in this very moment.
CLOSED = OSError, ValueError


class Connection(Protocol):
    def fileno(self) -> int: ...

    def is_over(self, now: float) -> bool:
        """Whether nobody need wait for it any longer, by the monotonic clock."""


AnyConnection = TypeVar("AnyConnection", bound=Connection)


class Next(Enum):
    """What becomes of a connection that was served."""

    MORE = auto()  # it is waited for
    TURN = auto()  # it is served again when there is a turn for it
    END = auto()  # it is closed


class Threads(Generic[AnyConnection]):
    """`serve` gets a connection on which somebody speaks.

    Who has to wait for a caller takes a turn. There are half as many of them as threads, so that the others serve those
    who need not be waited for.
    """

    def __init__(self, count: int, serve: Callable[[AnyConnection], Next]) -> None:
        self._count, self._serve = count, serve
        self._turns = max(count // 2, 1)
        self._for_a_turn: deque[AnyConnection] = deque()
        self._turning = threading.Lock()
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
        """Raises OSError where the kernel can't wait for another; then nobody does."""
        descriptor = connection.fileno()
        self._silent[descriptor] = connection  # before anybody can be told of it
        try:
            self._ready.add_for_one(descriptor)
        except OSError:
            del self._silent[descriptor]
            raise

    def take_expired(self, now: float) -> list[AnyConnection]:
        """Those whose time is over; nobody waits for them any longer."""
        return self._take([descriptor for descriptor, each in self._silent.copy().items() if each.is_over(now)])

    def take_all(self) -> list[AnyConnection]:
        return self._take(list(self._silent.copy()))

    def _take(self, descriptors: list[int]) -> list[AnyConnection]:
        taken = [self._silent.pop(descriptor, None) for descriptor in descriptors]
        return [connection for connection in taken if connection is not None]

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether there was one; it is given back at the end."""
        with self._turning:
            taken = self._turns > 0
            self._turns -= taken
        try:
            yield taken
        finally:
            if taken:
                with self._turning:
                    self._turns += 1
                self._call_for_turns()

    def shutdown(self, *, wait: bool) -> None:
        """What is under way is done, and nothing after it."""
        if self._closing.acquire(blocking=False):
            os.close(self._until_closed)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while (connection := self._next()) is not None:
            after = Next.END
            try:
                after = self._serve(connection)
            except BaseException:  # whatever it was, there must be a thread for the next
                logger.exception("a thread's work failed")
            if after is not Next.END:
                self._wait_again(connection, after)
            if self._for_a_turn:
                self._call_for_turns()  # whoever was called may have come without taking a turn

    def _wait_again(self, connection: AnyConnection, after: Next) -> None:
        descriptor = connection.fileno()
        self._silent[descriptor] = connection  # before anybody can be told of it
        if after is Next.TURN:
            self._for_a_turn.append(connection)
        else:
            with suppress(*CLOSED):  # as at the end everything is
                self._ready.ask_again(descriptor)

    def _call_for_turns(self) -> None:
        """As many as there are turns, of those who are still waited for."""
        with self._turning:
            called = 0
            while self._for_a_turn and called < self._turns:
                descriptor = (connection := self._for_a_turn.popleft()).fileno()
                if self._silent.get(descriptor) is connection:
                    with suppress(*CLOSED):
                        self._ready.call(descriptor)
                        called += 1

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
        AT_ONCE = ONCE | select.EPOLLOUT

        def __init__(self) -> None:
            self._epoll = select.epoll()

        def add_for_all(self, descriptor: int) -> None:
            self._epoll.register(descriptor, select.EPOLLIN)

        def add_for_one(self, descriptor: int) -> None:
            self._epoll.register(descriptor, self.ONCE)

        def ask_again(self, descriptor: int) -> None:
            self._epoll.modify(descriptor, self.ONCE)

        def call(self, descriptor: int) -> None:
            """Tell a thread of it now; or when something can be sent there, which is nearly always."""
            self._epoll.modify(descriptor, self.AT_ONCE)

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

        def call(self, descriptor: int) -> None:
            flags = select.KQ_EV_ADD | select.KQ_EV_ONESHOT
            self._kqueue.control([select.kevent(descriptor, select.KQ_FILTER_WRITE, flags)], 0)

        def wait(self) -> int:
            (event,) = self._kqueue.control(None, 1, None)
            return event.ident

        def _add(self, descriptor: int, flags: int) -> None:
            self._kqueue.control([select.kevent(descriptor, select.KQ_FILTER_READ, flags)], 0)
