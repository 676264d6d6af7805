"""Programs of the machine that tests need and no wheel brings: Chromium, nginx, and a C compiler."""

import os
import shutil
import subprocess
from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ON_A_MAC = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
CHROMIUM_IS_MISSING = (
    "Chromium is missing: install the package chromium (on a Mac, Chromium or Chrome), or say --no-browser."
)
C_COMPILER_IS_MISSING = "A C compiler is missing: install the packages gcc and libc6-dev, or leave out --on."


def chromium() -> str | None:
    """The machine's: Playwright's own is not on PyPI, and is not needed."""
    found = [path for name in CHROMIUM if (path := shutil.which(name))]
    return next(iter([*found, *(str(path) for path in ON_A_MAC if path.exists())]), None)


def nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def c_compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


def install(*packages: str) -> None:
    """Install them where that needs no question: as root on Debian and its like."""
    if not packages or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *step], env=environment, check=False)
