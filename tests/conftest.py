"""What every test may lean on. First the settings and the database, before anything of Django is imported."""

import os
from contextlib import ExitStack
from typing import Any

import django
import pytest

from config.local_postgres import throwaway
from tests import browser
from tests.environment import ENVIRONMENT

_database = ExitStack()

os.environ |= ENVIRONMENT
if "DATABASE_URL" not in os.environ:  # Workers of xdist inherit the one that their controller has started.
    os.environ["DATABASE_URL"] = _database.enter_context(throwaway())
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()


def pytest_unconfigure() -> None:
    _database.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-browser", action="store_true", help="leave out the tests that need a browser, and say so")


def pytest_report_header(config: pytest.Config) -> str | None:
    return "--no-browser: the tests that need a browser are left out" if config.option.no_browser else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.no_browser:
        left_out = [item for item in items if item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = browser.find()
    if not path:
        pytest.fail(browser.MISSING)
    # Chromium's own sandbox does not work for root.
    return browser_type_launch_args | {"executable_path": path, "args": ["--no-sandbox"] if os.geteuid() == 0 else []}


@pytest.fixture(autouse=True)
def fresh_memory() -> None:
    """Each test has a database of its own making; what processes keep in memory must not outlive it."""
    from integrations import clients, keys
    from offers import catalogue

    for forgetful in (catalogue, clients, keys):
        forgetful.forget()
