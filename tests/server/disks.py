"""Small disks, which can really be full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PIECE = bytes(4096)


@contextmanager
def small(directory: Path, kilobytes: int) -> Iterator[None]:
    """One of its own is mounted there until the end of the block; where that is not allowed, the test is skipped."""
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0755", "vitrina-tests", str(directory))
    if mounted.returncode != 0:
        pytest.skip(f"a disk to fill takes the right to mount: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        unmounted = _run("umount", str(directory))
        assert unmounted.returncode == 0, unmounted.stderr


@contextmanager
def filled(directory: Path) -> Iterator[None]:
    """Nothing more fits there until the end of the block."""
    ballast = directory / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(PIECE):
            pass
    try:
        yield
    finally:
        ballast.unlink()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
