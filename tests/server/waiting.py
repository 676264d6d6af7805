"""Bounded waits for what another process does."""

import time
from collections.abc import Callable
from threading import Event

EVERY = 0.02


def wait_until(happened: Callable[[], bool], *, within: float) -> float:
    """How long it took, in seconds; fails where it takes longer than that."""
    start, pause = time.monotonic(), Event()
    while not happened():
        assert time.monotonic() - start < within, f"not within {within} s"
        pause.wait(EVERY)
    return time.monotonic() - start
