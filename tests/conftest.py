"""What every test may lean on. Here: the settings and the database, before anything of Django is imported."""

import os
from contextlib import ExitStack

import django

from config.local_postgres import throwaway
from tests.environment import ENVIRONMENT

_database = ExitStack()

os.environ.update(ENVIRONMENT)
if "DATABASE_URL" not in os.environ:  # Workers of xdist inherit the one that their controller has started.
    os.environ["DATABASE_URL"] = _database.enter_context(throwaway())
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()


def pytest_unconfigure() -> None:
    _database.close()
