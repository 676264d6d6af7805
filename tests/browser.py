"""The machine's Chromium. Playwright's own is not on PyPI, and is not needed."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ON_A_MAC = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
MISSING = "Chromium is missing: install the package chromium (on a Mac, Chromium or Chrome), or say --no-browser."


def find() -> str | None:
    found = [path for name in NAMES if (path := shutil.which(name))]
    return next(iter([*found, *(str(path) for path in ON_A_MAC if path.exists())]), None)


def install() -> None:
    """Install it where that needs no question: as root on Debian and its like."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *step], env=environment, check=False)
