"""Make a thing once, however many threads ask for it at the same moment."""

import threading
from collections.abc import Callable, Hashable
from functools import update_wrapper
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


def _itself(key: Any) -> Hashable:
    return key  # type: ignore[no-any-return]


class once(Generic[Key, Made]):  # noqa: N801  (a decorator)
    """Keeps the last `size` results of a function of one argument. With `by=id` arguments are told apart by identity.

    `functools.lru_cache` lets every thread that misses do the work: dear where all of them wait for the same new
    release and share one interpreter.
    """

    def __init__(self, make: Callable[[Key], Made], size: int = 8, *, by: Callable[[Key], Hashable] = _itself) -> None:
        self._make, self._size, self._by = make, size, by
        # With the argument itself: while it is kept, no other object has its identity.
        self._kept: dict[Hashable, tuple[Key, Made]] = {}
        self._making = threading.Lock()
        update_wrapper(self, make)

    def __call__(self, key: Key) -> Made:
        kept = self._kept.get(self._by(key))
        return self._missed(key) if kept is None else kept[1]

    def _missed(self, key: Key) -> Made:
        name = self._by(key)
        with self._making:
            if name not in self._kept:
                made = self._make(key)
                while len(self._kept) >= self._size:
                    del self._kept[next(iter(self._kept))]
                self._kept[name] = key, made
            return self._kept[name][1]

    def forget(self) -> None:
        """Empty the memory: for tests, whose databases come and go within one process."""
        self._kept.clear()
