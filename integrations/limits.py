"""How often somebody may ask: token buckets in the memory of this process.

Each process of a machine counts for itself and allows its share of the rate, so that all of them together allow no more
than the rate, and nobody is asked about it. Who keeps to one connection keeps to one process, and to its share.
"""

import math
import threading
from collections.abc import Hashable
from typing import Final

# What is kept of callers who were too quick is bounded too, as anybody can call from many addresses.
MOST_REMEMBERED: Final = 10_000


class Buckets:
    """A bucket for each key. Of each only the moment is kept at which it will be full again; a full one needs none."""

    def __init__(self) -> None:
        self._full_at: dict[Hashable, float] = {}
        self._taking = threading.Lock()

    def take(self, key: Hashable, *, rate: float, burst: float, now: float) -> float:
        """Take one out of the bucket: 0.0, or, where there is none, the seconds until there is one."""
        with self._taking:
            full_at = max(self._full_at.get(key, -math.inf), now) + 1 / rate
            wait = full_at - now - burst / rate
            if wait > 0:
                return wait
            if len(self._full_at) >= MOST_REMEMBERED:
                self._forget_full(now)
            self._full_at[key] = full_at
            return 0.0

    def forget(self) -> None:
        self._full_at.clear()

    def _forget_full(self, now: float) -> None:
        """Where so many are not full that it would have to be done again at once, all are filled."""
        self._full_at = {key: moment for key, moment in self._full_at.items() if moment > now}
        if len(self._full_at) > MOST_REMEMBERED // 2:
            self._full_at.clear()
