"""Make .venv hold exactly what requirements/dev.txt names. Run by bin/setup, with nothing but Python itself.

`bench` as argument: .venv-bench and requirements/bench.txt; `audit` in the same way.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PURPOSE = next(iter(sys.argv[1:]), "dev")
REQUIREMENTS = ROOT / "requirements" / f"{PURPOSE}.txt"
ENVIRONMENT = ROOT / (".venv" if PURPOSE == "dev" else f".venv-{PURPOSE}")
PYTHON = ENVIRONMENT / "bin" / "python"
INSTALLED = ENVIRONMENT / "requirements.txt"  # What is in there; written last, so that half an installation has none.


def main() -> None:
    lock = os.open(ROOT, os.O_RDONLY)  # Held until this process ends; a second one waits here, and finds all done.
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not (INSTALLED.exists() and PYTHON.exists()):
        say(f"Making {ENVIRONMENT.name}: once, and it takes a minute or two.")
        run(sys.executable, "-m", "venv", "--clear", ENVIRONMENT)
    elif INSTALLED.read_bytes() == REQUIREMENTS.read_bytes():
        return
    else:
        say(f"Bringing {ENVIRONMENT.name} up to date with requirements/{REQUIREMENTS.name}.")
        INSTALLED.unlink()
    # All is named there, with what it needs, so pip has nothing to resolve. Where it may, one before 23.3 takes the
    # newest release of whatever is asked for with extras, then refuses it for want of a hash.
    pip("install", "--quiet", "--no-deps", "--require-hashes", "-r", REQUIREMENTS)
    pip("check")
    shutil.copyfile(REQUIREMENTS, INSTALLED)


def pip(*arguments: str | Path) -> None:
    run(PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments)


def run(*command: str | Path) -> None:
    status = subprocess.run(command, stdout=sys.stderr, check=False).returncode
    if status:
        sys.exit(f"The environment could not be made: {' '.join(map(str, command))} ended with status {status}.")


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
