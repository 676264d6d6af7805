"""What processes have used, from /proc: a process and all its descendants."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the name, which stands in parentheses and may hold anything.
PARENT, USER, SYSTEM, USER_OF_REAPED, SYSTEM_OF_REAPED = 1, 11, 12, 13, 14


@dataclass(frozen=True, slots=True)
class Stat:
    pid: int
    parent: int
    ticks: int  # of its own, and of the children that it has seen end


def tree(root: int) -> list[Stat]:
    """The process and its descendants. Whoever ends in between is counted by its parent."""
    stats = {stat.pid: stat for stat in _all()}
    found, new = [], [root]
    while new:
        found += [stats[pid] for pid in new if pid in stats]
        new = [stat.pid for stat in stats.values() if stat.parent in new]
    return found


def cpu_seconds(*roots: int) -> float:
    return sum(stat.ticks for root in roots for stat in tree(root)) / TICKS_A_SECOND


def largest_resident_mb(root: int) -> float:
    """Resident memory of the largest process: of a worker, where there are several."""
    return max(_resident_kb(stat.pid) for stat in tree(root)) / 1024


def _all() -> Iterator[Stat]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks = sum(int(fields[field]) for field in (USER, SYSTEM, USER_OF_REAPED, SYSTEM_OF_REAPED))
            yield Stat(int(entry.name), int(fields[PARENT]), ticks)


def _resident_kb(pid: int) -> int:
    try:
        lines = Path("/proc", str(pid), "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
