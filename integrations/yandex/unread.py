"""What the server could not read as HTTP: journalled and refused like every other request.

Where its path could be read and is none of the API's, it is refused and no more.
"""

import re
from datetime import UTC, datetime
from uuid import UUID

from integrations.ids import uuid7
from integrations.journal import KEPT_BYTES_UNAUTHENTICATED, Exchange
from integrations.yandex.answers import Answer, refuse
from integrations.yandex.errors import Problem
from integrations.yandex.exit import address_of, answer_unread, is_api

# A head that is malformed does not say for certain where a header ends. So a line goes if anything in it looks like a
# credential, and whatever is indented goes along with the line that it may continue.
LINE_END = re.compile(rb"[\r\n]+")
CREDENTIAL = re.compile(rb"auth|cookie|token|secret|bearer|basic|key|pass|^[ \t]", re.IGNORECASE)
QUERY = re.compile(rb"\?\S*")
LEFT_OUT = b"[left out]"


def refused(*, method: str, path: str, address: str, head: bytes, problem: Problem) -> bytes:
    """What is sent; `method` and `path` are empty where they could not be read, `head` is all bytes that were."""
    if path and not is_api(path):
        return _as_sent(refuse(problem))
    now = datetime.now(UTC)
    exchange = Exchange(
        id=uuid7(now),
        received_at=now,
        method=method,
        path=path,
        remote_addr=address_of({"REMOTE_ADDR": address}),
        body=without_credentials(head)[:KEPT_BYTES_UNAUTHENTICATED],
        length=len(head),
    )
    return _as_sent(answer_unread(exchange, problem), exchange.request_id)


def _as_sent(given: Answer, request_id: UUID | None = None) -> bytes:
    lines = [f"HTTP/1.1 {given.status_line}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in given.sent_headers(request_id)]
    return "\r\n".join([*lines, "", ""]).encode() + given.body


def without_credentials(head: bytes) -> bytes:
    first, *others = LINE_END.split(head)
    kept = [LEFT_OUT if CREDENTIAL.search(line) else line for line in others]
    return b"\r\n".join([QUERY.sub(b"", first), *kept])
