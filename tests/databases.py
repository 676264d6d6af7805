"""Copies of databases: for what is committed and can't be taken back, since the journal lets nobody empty it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from psycopg import sql

from tests.server import serving

# Not Postgres's own workers: those it stops itself.
END_ALL = (
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
    " where datname = %s and backend_type = 'client backend'"
)


@contextmanager
def copied(template: str, name: str) -> Iterator[str]:
    """A database like `template`, until the end of the block.

    Nobody may be connected to a template: this thread's connection is closed, and what earlier tests left is ended.
    """
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    drop = sql.SQL("drop database if exists {name} with (force)").format(**names)
    with serving.connect(os.environ["DATABASE_URL"]) as maintenance:
        maintenance.execute(drop)
        connections.close_all()
        maintenance.execute(END_ALL, [template])
        maintenance.execute(sql.SQL("create database {name} template {template}").format(**names))
        yield name
        maintenance.execute(drop)
