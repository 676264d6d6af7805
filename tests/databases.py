"""Copies of databases: for what is committed and can't be taken back, since the journal lets nobody empty it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from tests.server import serving

# Only clients. An autovacuum worker belongs to the superuser, so an ordinary owner may not end it (nor with `drop
# database … with (force)`); CREATE and DROP DATABASE stop it by themselves.
END_ALL = (
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
    " where datname = %s and backend_type = 'client backend'"
)


@contextmanager
def copied(template: str, name: str) -> Iterator[str]:
    """A database like `template`, until the end of the block.

    Nobody may be connected to a template: this thread's connection is closed, and what earlier tests left is ended.
    """
    create = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
    with serving.connect(os.environ["DATABASE_URL"]) as maintenance:
        drop(maintenance, name)
        connections.close_all()
        maintenance.execute(END_ALL, [template])
        maintenance.execute(create)
        yield name
        drop(maintenance, name)


def drop(maintenance: psycopg.Connection[Any], name: str) -> None:
    maintenance.execute(END_ALL, [name])
    maintenance.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
