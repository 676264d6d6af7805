"""What goes over the wire to Postgres, whoever sends it: Django's own count sees only Django's cursors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

from django.db import connection

# A statement begins with one of these messages of the wire protocol, in its simple or in its extended form.
SENDS = re.compile(r"\t(Query|Execute)\t")


@contextmanager
def sent() -> Iterator[list[str]]:
    """The messages that begin a statement, as libpq itself tells them; there once the block is over."""
    connection.ensure_connection()
    line, messages = connection.connection.pgconn, list[str]()
    with TemporaryFile("w+") as trace:
        line.trace(trace.fileno())
        try:
            yield messages
        finally:
            line.untrace()
        trace.seek(0)
        messages += [message for message in trace if message.split("\t")[1:2] == ["F"] and SENDS.search(message)]
