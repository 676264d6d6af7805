"""Looks for what must stand nowhere: phone numbers, secrets and tokens; in clear, in hexadecimal and in base64."""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any

# The example of Yandex's own pages, with which all tests ask; and its neighbours, where a test needs another person.
EXAMPLE = "9330445040"
EXAMPLES = re.compile(r"[78]?933044504[0-9]|79995551111")
# Any other number of a mobile phone, in a row or as people write it, that is no part of an id or of an amount.
PHONE = re.compile(
    rb"(?<![\w.-])(?:\+?7|8)?9\d{9}(?!\w|\.\d)|(?<![\w.-])(?:\+7|8)[ -]?\(?9\d\d\)?[ -]?\d{3}[ -]\d\d[ -]\d\d(?!\w)"
)
ACCESS_TOKEN = re.compile(rb"vt1~[a-z0-9_.-]+~[\w-]{12}~")


def spellings(text: str) -> set[bytes]:
    """In base64 a text looks otherwise at each of three places that it may begin at."""
    raw = text.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    for before in range(3):
        first, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(bytes(before) + raw)[first:end])
    return found


class Search:
    """For these texts, for whatever looks like a phone number, and for access tokens."""

    def __init__(self, *texts: str) -> None:
        self.spellings = {spelling: text for text in texts for spelling in spellings(text)}

    def found_in(self, content: bytes) -> list[str]:
        known = [
            f"{text[:4]}… as {spelling[:4]!r}…" for spelling, text in self.spellings.items() if spelling in content
        ]
        return known + [repr(match[0]) for form in (PHONE, ACCESS_TOKEN) for match in form.finditer(content)]


def tables(connection: Any, search: Search) -> Iterator[str]:
    """What is found in the columns of all tables of a database, and where."""
    named = connection.execute(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema') order by 1"
    )
    for name in [row["name"] for row in named.fetchall()]:
        for row in connection.execute(f"select * from {name}"):
            for column, value in row.items():
                yield from (f"{name}.{column}: {leak}" for leak in search.found_in(_bytes(value)))


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode("utf-8", "surrogatepass")


def first(found: Iterable[str], most: int = 10) -> list[str]:
    return [leak for _number, leak in zip(range(most), found, strict=False)]
