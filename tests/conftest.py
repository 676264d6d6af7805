"""What every test may lean on. First the settings and the database, before anything of Django is imported."""

import os
import sys
from collections.abc import Generator
from contextlib import ExitStack
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

import django
import hypothesis
import pytest
from django.core.management import call_command

from config.local_postgres import inherited_clock, throwaway
from tests import leaks, programs
from tests.environment import ENVIRONMENT

LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "")


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """No test talks to another machine. A hook can't be taken away, so no code under test can either."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        assert arguments[1][0] in LOCAL, f"a connection to {arguments[1][0]}"


sys.addaudithook(_stay_here)

_surroundings = ExitStack()

LOGGED = leaks.Search(leaks.EXAMPLE)

os.environ |= ENVIRONMENT | {"DJANGO_SETTINGS_MODULE": "config.settings"}
if "PYTEST_XDIST_WORKER" in os.environ:  # It inherits what its controller has made.
    django.setup()
else:
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = _surroundings.enter_context(throwaway())
    # Pages are tested with the names that static files have in production, so that a missing one is found.
    os.environ["STATIC_ROOT"] = _surroundings.enter_context(TemporaryDirectory(prefix="vitrina-"))
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)

# How fast a machine is says nothing of whether a law holds.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


def pytest_unconfigure() -> None:
    _surroundings.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-browser", action="store_true", help="leave out the tests that need a browser, and say so")
    parser.addoption("--faults", action="store_true", help="with the long tests of what may go wrong")


def pytest_report_header(config: pytest.Config) -> list[str]:
    header = []
    if config.option.no_browser:
        header.append("--no-browser: the tests that need a browser are left out")
    if inherited_clock():
        header.append(f"--on: it is {datetime.now(UTC).isoformat(timespec='seconds')}")
    return header


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unwanted = {"browser": config.option.no_browser, "faults": not config.option.faults}
    for marker in (name for name, is_unwanted in unwanted.items() if is_unwanted):
        left_out = [item for item in items if item.get_closest_marker(marker)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What is logged in any test at all holds nobody's number, and no access token."""
    report = yield
    if report.passed and (found := LOGGED.found_in(report.capstderr.encode())):
        report.outcome, report.longrepr = "failed", f"logged: {', '.join(found)}"
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = programs.chromium()
    if not path:
        pytest.fail(programs.CHROMIUM_IS_MISSING)
    # Chromium's own sandbox does not work for root.
    return browser_type_launch_args | {"executable_path": path, "args": ["--no-sandbox"] if os.geteuid() == 0 else []}


@pytest.fixture(autouse=True)
def fresh_memory() -> None:
    """Each test has a database of its own making; what processes keep in memory must not outlive it."""
    from integrations import clients, database, keys
    from integrations.scoring import client as scoring
    from integrations.yandex import auth
    from offers import catalogue

    for forgetful in (auth, catalogue, clients, database, keys, scoring):
        forgetful.forget()
