"""Runs processes at another moment: `bin/test --on 2027-01-01T00:30+03:00`.

A library of our own, tests/wall_clock.c, is loaded into every process of the tests: Python, Postgres, gunicorn, the
browser, the demo. libfaketime does not fit: signal handlers see the real time while the process waits in epoll, so
that no timeout of Postgres ever ends, and Chromium does not start.
"""

import os
import subprocess
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import programs

SOURCE = Path(__file__).with_suffix(".c")
# Where calendars go wrong. `bin/test` is to pass, and the demo to start, at each of these.
MOMENTS = {
    "the last minute of a month": "2026-12-31T23:59+03:00",
    "a new year in Moscow, the old one in UTC": "2027-01-01T00:30+03:00",
    "31 March": "2027-03-31T12:00+03:00",
    "a new quarter in Moscow, the old one in UTC": "2027-04-01T00:30+03:00",
    "29 February": "2028-02-29T12:00+03:00",
    "years from now": "2031-06-15T12:00+03:00",
}


def parse_moment(text: str) -> datetime:
    """An ISO 8601 date and time with an offset from UTC. Raises ArgumentTypeError."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo:
            return moment
    raise ArgumentTypeError(f"{text}: give a date, a time and an offset from UTC, as in 2027-01-01T00:30+03:00.")


@contextmanager
def shifted_to(moment: datetime) -> Iterator[dict[str, str]]:
    """The variables with which a process started during the block takes this moment for now.

    Raises FileNotFoundError without a C compiler, and CalledProcessError where it fails.
    """
    compiler = programs.c_compiler()
    if not compiler:
        raise FileNotFoundError(programs.C_COMPILER_IS_MISSING)
    present = int(os.environ.get("WALL_CLOCK_SHIFT", "0"))
    seconds = present + round((moment - datetime.now(UTC)).total_seconds())
    with TemporaryDirectory(prefix="vitrina-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs as another user where the tests run as root.
        library = Path(folder, "wall_clock.so")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE], check=True)
        yield {"LD_PRELOAD": str(library), "WALL_CLOCK_SHIFT": str(seconds)}
