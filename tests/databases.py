"""Copies of databases: for what is committed and can't be taken back, since the journal lets nobody empty it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from tests.server import serving


@contextmanager
def copied(template: str, name: str) -> Iterator[str]:
    """A database like `template`, to which nobody may be connected, until the end of the block."""
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    drop = sql.SQL("drop database if exists {name} with (force)").format(**names)
    with serving.connect(os.environ["DATABASE_URL"]) as maintenance:
        maintenance.execute(drop)
        maintenance.execute(sql.SQL("create database {name} template {template}").format(**names))
        yield name
        maintenance.execute(drop)
