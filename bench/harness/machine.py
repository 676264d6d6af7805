"""The machine in one line, for whoever reads figures elsewhere."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path


def describe() -> str:
    cpu = next((line.partition(":")[2].strip() for line in _read("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((int(line.split()[1]) for line in _read("/proc/meminfo") if line.startswith("MemTotal")), 0)
    disk = subprocess.run(
        ["/bin/df", "--output=fstype", "/tmp"],  # noqa: S108  (where the cluster is made)
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} × {cpu or platform.machine()}, {memory / 2**20:.0f} GB, "
        f"{disk[-1] if disk else 'unknown disk'}, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, load of the machine {os.getloadavg()[0]:.1f}"
    )


def _read(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
