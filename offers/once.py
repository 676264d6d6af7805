"""Make a thing once, however many threads ask for it at the same moment."""

import threading
from collections.abc import Callable, Hashable
from functools import update_wrapper
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class once(Generic[Key, Made]):  # noqa: N801  (a decorator)
    """Keeps the last `size` results of a function of one argument.

    `functools.lru_cache` lets every thread that misses do the work: dear where all of them wait for the same new
    release and share one interpreter.
    """

    def __init__(self, make: Callable[[Key], Made], size: int = 8) -> None:
        self._make, self._size = make, size
        self._kept: dict[Key, Made] = {}
        self._making = threading.Lock()
        update_wrapper(self, make)

    def __call__(self, key: Key) -> Made:
        kept = self._kept.get(key)
        return self._missed(key) if kept is None else kept

    def _missed(self, key: Key) -> Made:
        with self._making:
            if key not in self._kept:
                made = self._make(key)
                while len(self._kept) >= self._size:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = made
            return self._kept[key]

    def forget(self) -> None:
        """Empty the memory: for tests, whose databases come and go within one process."""
        self._kept.clear()
