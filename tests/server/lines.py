"""The way from the service to the database, as something that can be cut."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import psycopg


@dataclass(frozen=True, slots=True)
class Line:
    """Leads to the socket of Postgres by a link of its own. Cut, it is to the service as if Postgres had stopped."""

    uri: str
    link: Path
    sockets: Path
    sql: psycopg.Connection[dict[str, Any]]

    @contextmanager
    def cut(self) -> Iterator[None]:
        self.link.unlink()
        self.end_connections()
        try:
            yield
        finally:
            self.link.symlink_to(self.sockets)

    def end_connections(self) -> None:
        """As a restart would, of whoever is connected to this database but the test itself."""
        self.sql.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and application_name = 'vitrina'"""
        )


def lead(directory: Path, database: str, sql: psycopg.Connection[dict[str, Any]]) -> Line:
    """A line to that database. `sql`: a connection of the test's own, which stays."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    [sockets] = parse_qs(parts.query)["host"]
    link = directory / "s"
    link.symlink_to(sockets)
    uri = f"postgresql://{parts.netloc}/{database}?host={quote(str(link), safe='')}"
    return Line(uri, link, Path(sockets), sql)
