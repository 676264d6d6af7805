"""Every check, side by side, then every test. Started by bin/test.

`--on MOMENT` runs them as if it were that moment; `--no-browser` leaves out the tests that need Chromium. All other
arguments are pytest's.
"""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from config.children import child
from config.local_postgres import throwaway
from tests import programs, wall_clock
from tests.environment import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "ruff": ["-m", "ruff", "check", "--quiet", "."],
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "types": ["-m", "mypy", "."],
    "imports": ["-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
    "deploy": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}
DEPLOYED = {"HTTPS": "on"}  # What the check of a deployment wants otherwise than tests do.


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # In order, as by Ctrl-C.
    parser = ArgumentParser("bin/test", add_help=False, allow_abbrev=False)
    parser.add_argument("--on", type=wall_clock.parse_moment, metavar="MOMENT")
    own, arguments = parser.parse_known_args(arguments)
    browses = "--no-browser" not in arguments
    programs.install(*_missing(browses=browses, shifts_clock=own.on is not None))
    if browses and not programs.chromium():
        sys.exit(programs.CHROMIUM_IS_MISSING)
    if own.on and not programs.c_compiler():
        sys.exit(programs.C_COMPILER_IS_MISSING)
    os.chdir(ROOT)
    with ExitStack() as stack:
        os.environ |= ENVIRONMENT
        if own.on:
            os.environ |= stack.enter_context(wall_clock.shifted_to(own.on))
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = stack.enter_context(throwaway())
        failed = _check()
        if _test(arguments) != 0:
            failed.append("tests")
    if failed:
        _say(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def _missing(*, browses: bool, shifts_clock: bool) -> list[str]:
    """Packages to install. That of nginx may start a server at once, so only CI installs it."""
    compiles = (shifts_clock or "CI" in os.environ) and not programs.c_compiler()
    wanted = {
        "chromium": browses and not programs.chromium(),
        "nginx": "CI" in os.environ and not programs.nginx(),
        "gcc": compiles,
        "libc6-dev": compiles,
    }
    return [package for package, is_wanted in wanted.items() if is_wanted]


def _check() -> list[str]:
    """Run all checks at once; say how each ended, and what the failed ones have to say."""
    failed = []
    start = time.monotonic()
    with ExitStack() as stack:
        under_way = dict(_started(name, arguments, stack) for name, arguments in CHECKS.items())
        while under_way:
            pid, status = os.wait()
            if pid not in under_way:
                continue
            name, output = under_way.pop(pid)
            _say(f"{name:12}{'FAILED' if status else 'ok':8}{time.monotonic() - start:5.1f} s")
            if status:
                failed.append(name)
                output.seek(0)
                _say(output.read())
    return failed


def _started(name: str, arguments: list[str], stack: ExitStack) -> tuple[int, tuple[str, IO[str]]]:
    output = stack.enter_context(TemporaryFile("w+"))  # noqa: SIM115  (the stack closes it)
    environment = os.environ | (DEPLOYED if name == "deploy" else {})
    streams = {"stdout": output, "stderr": output}
    command = child([sys.executable, *arguments], stop=signal.SIGTERM, patience=5, env=environment, **streams)
    return stack.enter_context(command).pid, (name, output)


def _test(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-n", "auto", *arguments]
    with child(command, stop=signal.SIGINT, patience=15) as tests:
        return tests.wait()


def _say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
