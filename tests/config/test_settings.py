"""The settings as a bank would set them: only what has no default."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {name: ENVIRONMENT[name] for name in ("SECRET_KEY", "PHONE_KEY", "MASTER_KEY", "REF_KEY", "SPOOL_DIR")} | {
    "DATABASE_URL": "postgresql://vitrina:secret@database.bank.example/vitrina",
}
DEPLOYED = NEEDED | {"ALLOWED_HOSTS": "credits.bank.example", "PATH": os.defpath}
IMPORT = "from django.conf import settings"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_deployment_is_checked_without_a_warning() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **DEPLOYED)

    assert checked.returncode == 0, checked.stderr


def test_it_is_careful_unless_asked_otherwise() -> None:
    names = ("DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    shown = manage("shell", "--no-imports", "-c", f"{IMPORT}; print(*map(settings.__getattr__, {names}))", **DEPLOYED)

    assert shown.stdout.strip() == "False True True True", shown.stderr


@pytest.mark.parametrize("name", NEEDED)
def test_it_says_what_to_set(name: str) -> None:
    checked = manage("check", **{each: value for each, value in DEPLOYED.items() if each != name})

    assert checked.returncode != 0
    assert f"Set {name} in the environment" in checked.stderr


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"SCORING_URL": "http://scoring.bank.example/"}, "SCORING_URL is no address that can be called"),
        ({"SCORING_PHONE": "plain"}, "set it to clear or hashed"),
        ({"SCORING_DEADLINE_MS": "2000"}, "set it to a whole number from 50 to 1500"),
        ({"THREADS": "1", "SCORING_AT_ONCE": "2"}, "set it to a whole number from 1 to 1"),
        ({"SCORING_URL": "https://scoring.bank.example/", "SCORING_KEY": "manage.py"}, "both, or neither"),
    ],
)
def test_scoring_that_can_t_work_is_refused_at_the_start(wrong: dict[str, str], hint: str) -> None:
    checked = manage("check", **DEPLOYED | wrong)

    assert checked.returncode != 0
    assert hint in checked.stderr


@pytest.mark.parametrize(("threads", "at_once"), [("2", "1"), ("8", "3"), ("9", "4")])
def test_less_than_half_of_the_threads_wait_for_scoring(threads: str, at_once: str) -> None:
    shown = manage(
        "shell", "--no-imports", "-c", f"{IMPORT}; print(settings.SCORING_AT_ONCE)", **DEPLOYED, THREADS=threads
    )

    assert shown.stdout.strip() == at_once, shown.stderr
