"""A circuit breaker: who fails again and again is left alone for a while, and then tried by one."""

import threading
from collections.abc import Callable


class Breaker:
    """After `most` failures in a row nobody is let through for `pause` seconds, then one; its success lets all through.

    Who was let through and never says what came of it blocks nothing: after another pause the next one tries.
    """

    def __init__(self, most: int, pause: float, clock: Callable[[], float]) -> None:
        self._most, self._pause, self._clock = most, pause, clock
        self._failures, self._open_until = 0, 0.0
        self._changing = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._failures >= self._most

    def wait(self) -> float:
        """0.0: go ahead, and say what came of it. Else the seconds until it is worth trying."""
        with self._changing:
            now = self._clock()
            if not self.is_open:
                return 0.0
            if now < self._open_until:
                return self._open_until - now
            self._open_until = now + self._pause
            return 0.0

    def succeeded(self) -> bool:
        """Whether that closed it."""
        with self._changing:
            was_open, self._failures = self.is_open, 0
            return was_open

    def failed(self) -> bool:
        """Whether that opened it."""
        with self._changing:
            was_open = self.is_open
            self._failures += 1
            if self.is_open:
                self._open_until = self._clock() + self._pause
            return self.is_open and not was_open
