"""Every check, side by side, then every test. Started by bin/test."""

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from config.children import child
from config.local_postgres import throwaway
from tests import programs
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
    browses = "--no-browser" not in arguments
    programs.install(*_missing(browses=browses))
    if browses and not programs.chromium():
        sys.exit(programs.CHROMIUM_IS_MISSING)
    os.chdir(ROOT)
    with ExitStack() as stack:
        os.environ |= ENVIRONMENT
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = stack.enter_context(throwaway())
        failed = _check()
        if _test(arguments) != 0:
            failed.append("tests")
    if failed:
        _say(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def _missing(*, browses: bool) -> list[str]:
    """Packages. That of nginx may start a server at once, so it is left to machines that are nobody's."""
    wanted = {"chromium": browses and not programs.chromium(), "nginx": "CI" in os.environ and not programs.nginx()}
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
