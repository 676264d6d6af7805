"""Requests that a careless, broken or evil caller may send: bytes, each with a name and the answer that it deserves.

Statuses are those of a caller with the right token while the database is there. What the server itself refuses it
refuses anybody; everything else is a 403 without a token, and a 503 while the database is away.
"""

import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

PATH = b"/integrations/api/banking/loan_approval"
PHONE = "9330445040"
ID = "e2b4948b-7d8a-4eec-875c-b1c11d7d8372"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
LIMIT = 64 * 1024

# Where the header with the credentials stands, if there are any.
CREDENTIALS = b"\0credentials\0\r\n"

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Hostile:
    """`status`: None where the bytes end before anything is asked, so that nothing is answered."""

    name: str
    template: bytes
    status: int | None
    refused_by_server: bool = False
    wrong_credentials: bool = False  # it brings credentials of its own

    def sent(self, token: str | None) -> bytes:
        line = b"Authorization: Bearer " + token.encode() + b"\r\n" if token else b""
        return self.template.replace(CREDENTIALS, line)

    @property
    def method(self) -> str:
        return "HEAD" if self.template.startswith(b"HEAD ") else "POST"


def catalogue() -> list[Hostile]:
    cases = [case for kind in KINDS for case in kind()]
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    return cases


def short(cases: Iterable[Hostile], every: int) -> list[Hostile]:
    """Some of every kind: the first, and then every so many of it."""
    kinds: dict[str, list[Hostile]] = {}
    for case in cases:
        kinds.setdefault(case.name.partition(":")[0], []).append(case)
    return [case for of_a_kind in kinds.values() for case in of_a_kind[::every]]


def message(**differs: Any) -> dict[str, Any]:
    return {"phone_number": PHONE, "amount": 500000.0, "term": 36, "product_type": "loan", "search_id": ID} | differs


def body(**differs: Any) -> bytes:
    return json.dumps(message(**differs)).encode()


GOOD = body()


def literal(name: str, value: str) -> bytes:
    """The message with a field spelt so: for what `json.dumps` would not write."""
    return body(**{name: "\u2603"}).replace(b'"\\u2603"', value.encode("utf-8", "surrogatepass"))


def request(
    content: bytes = GOOD,
    *headers: Header,
    method: bytes = b"POST",
    target: bytes = PATH,
    version: bytes = b"HTTP/1.1",
    length: bytes | None = b"",
) -> bytes:
    """`length`: what Content-Length says, the truth if empty, nothing if None."""
    lines = [b"%s %s %s" % (method, target, version), b"Host: localhost"]
    if length is not None:
        lines.append(b"Content-Length: " + (length or str(len(content)).encode()))
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, CREDENTIALS + b"\r\n"]) + content


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", **options: Any) -> bytes:
    """Chunks as they go over the wire, with their sizes."""
    return request(b"".join(chunks) + end, (b"Transfer-Encoding", b"chunked"), length=None, **options)


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


STRINGS: dict[str, str] = {
    "empty": '""',
    "blank": '" "',
    "newline": r'"a\nb"',
    "CRLF and a header": r'"a\r\nX-Evil: 1"',
    "tab": r'"\t"',
    "escape": r'"\u001b[31m"',
    "SQL": '"\' or 1=1; drop table integrations_journalentry; --"',
    "format": '"%s%n%d{0}{phone_number}"',
    "template": '"{{7*7}}${7*7}<%= 7 %>"',
    "HTML": '"<script>alert(1)</script>"',
    "path": '"../../../etc/passwd"',
    "formula": "\"=cmd|' /c calc'!a1\"",
    "emoji": '"👩‍👩‍👧‍👦"',
    "right to left": r'"\u202e0405440339"',
    "Arabic digits": '"٩٣٣٠٤٤٥٠٤٠"',
    "full-width digits": '"９３３０４４５０４０"',
    "superscripts": '"⁹³³⁰⁴⁴⁵⁰⁴⁰"',
    "underscores": '"933_044_5040"',
    "with a plus": '"+79330445040"',
    "eleven digits": '"89330445040"',
    "nine digits": '"933044504"',
    "digits and a newline": r'"9330445040\n"',
    "combining marks": '"' + "Z" + "\u0335" * 200 + '"',
    "noncharacter": r'"\uffff"',
    "byte order mark": r'"\ufeff9330445040"',
    "zero width": r'"9330445040\u200b"',
    "a pair of surrogates": r'"\ud83d\ude00"',
    "long": '"' + "x" * 60_000 + '"',
    "the word null": '"null"',
    "a UUID in braces": '"{e2b4948b-7d8a-4eec-875c-b1c11d7d8372}"',
    "a UUID without hyphens": '"e2b4948b7d8a4eec875cb1c11d7d8372"',
    "a UUID as a URN": '"urn:uuid:e2b4948b-7d8a-4eec-875c-b1c11d7d8372"',
}
# Refused wherever they stand.
BAD_STRINGS: dict[str, str] = {
    "NUL": r'"a\u0000b"',
    "high surrogate": r'"\ud800"',
    "low surrogate": r'"\udc00"',
    "surrogates the wrong way round": r'"\ude00\ud83d"',
    "raw surrogate": '"\ud800"',
    "raw NUL": '"\0"',
    "raw newline": '"\n"',
    "half an escape": r'"\u12"',
    "unknown escape": r'"\x41"',
    "no end": '"abc',
}


def strings() -> Iterator[Hostile]:
    wrong_in = {"phone_number": 400, "product_type": 400, "search_id": 400, "amount": 400, "term": 400}
    for name, value in STRINGS.items():
        for field, status in wrong_in.items():
            yield Hostile(f"string: {name} as {field}", request(literal(field, value)), status)
        yield Hostile(f"string: {name} in props", request(literal("props", f"[{value}]")), 200)
        yield Hostile(f"string: {name} in an unknown field", request(literal("note", value)), 200)
        yield Hostile(f"string: {name} as an unknown field", request(GOOD[:-1] + f", {value}: 1}}".encode()), 200)
    for name, value in BAD_STRINGS.items():
        for field in (*wrong_in, "note"):
            yield Hostile(f"string: {name} as {field}", request(literal(field, value)), 400)
        key = value.encode("utf-8", "surrogatepass")
        yield Hostile(f"string: {name} as an unknown field", request(GOOD[:-1] + b", " + key + b": 1}"), 400)
        yield Hostile(f"string: {name} in props", request(literal("props", f"[{value}]")), 400)


# As amount, and as term.
NUMBERS: dict[str, tuple[int, int]] = {
    "0": (400, 400),
    "-0": (400, 400),
    "-5": (400, 400),
    "1": (200, 200),
    "36.0": (200, 200),
    "3.6e1": (200, 200),
    "36.5": (200, 400),
    "0.01": (200, 400),
    "0.001": (400, 400),
    "0.010": (200, 400),
    "1e-400": (400, 400),
    "1e400": (400, 400),
    "-1e400": (400, 400),
    "1e9999999999999999999": (400, 400),
    "1e-9999999999999999999": (400, 400),
    "0e9999999999999999999": (400, 400),
    "1E2": (200, 200),
    "600": (200, 200),
    "601": (200, 400),
    "10000000000": (200, 400),
    "10000000000.00": (200, 400),
    "10000000000.01": (400, 400),
    "1e10": (200, 400),
    "1e11": (400, 400),
    "18446744073709551616": (400, 400),
    "9" * 4000: (400, 400),
    "0." + "0" * 4000 + "1": (400, 400),
    "500000." + "0" * 4000: (200, 400),
    "1" + "0" * 60_000: (400, 400),
    "NaN": (400, 400),
    "Infinity": (400, 400),
    "-Infinity": (400, 400),
    "01": (400, 400),
    "+1": (400, 400),
    ".5": (400, 400),
    "1.": (400, 400),
    "1e": (400, 400),
    "0x10": (400, 400),
    "1_000": (400, 400),
    "1 000": (400, 400),
    "1,5": (400, 400),
    "٣٦": (400, 400),
    "--1": (400, 400),
    '"36"': (400, 200),
    '"036"': (400, 400),
    '" 36"': (400, 400),
    '"36.0"': (400, 400),
    '"3_6"': (400, 400),
    '"٣٦"': (400, 400),
    '"-36"': (400, 400),
    '"500000"': (400, 400),
    '"1e2"': (400, 400),
}


def numbers() -> Iterator[Hostile]:
    for value, (as_amount, as_term) in NUMBERS.items():
        name = value if len(value) < 30 else f"{value[:8]}… of {len(value)}"
        yield Hostile(f"number: {name} as amount", request(literal("amount", value)), as_amount)
        yield Hostile(f"number: {name} as term", request(literal("term", value)), as_term)
        if value.lstrip("-").isascii() and value not in ("NaN", "Infinity", "-Infinity"):
            status = 200 if _is_json(value) else 400
            yield Hostile(f"number: {name} in an unknown field", request(literal("note", value)), status)


def _is_json(value: str) -> bool:
    try:
        json.loads(value, parse_int=str)
    except ValueError:
        return False
    return True


VALUES = ("null", "true", "false", "0", "1", "[]", "{}", "[[]]", "[null]", "[1]", '{"a": 1}', '["x"]')


def wrong_types() -> Iterator[Hostile]:
    fine = {("amount", "null"), ("amount", "1"), ("term", "null"), ("term", "1")}
    fine |= {("props", "null"), ("props", "[]"), ("props", '["x"]')}
    for field in ("phone_number", "amount", "term", "product_type", "search_id", "props"):
        for value in VALUES:
            status = 200 if (field, value) in fine else 400
            yield Hostile(f"type: {value} as {field}", request(literal(field, value)), status)


STRUCTURES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "blanks": (b" \r\n\t", 400),
    "null": (b"null", 400),
    "true": (b"true", 400),
    "a number": (b"1", 400),
    "a string": (b'"x"', 400),
    "an empty object": (b"{}", 400),
    "an empty array": (b"[]", 400),
    "in an array": (b"[" + GOOD + b"]", 400),
    "two": (GOOD + GOOD, 400),
    "two lines": (GOOD + b"\n" + GOOD, 400),
    "a comma at the end": (GOOD[:-1] + b",}", 400),
    "a brace too many": (GOOD + b"}", 400),
    "NUL at the end": (GOOD + b"\0", 400),
    "blanks around": (b"\r\n\t " + GOOD + b" \r\n", 200),
    "a comment": (b"/* x */" + GOOD, 400),
    "single quotes": (GOOD.replace(b'"', b"'"), 400),
    "names without quotes": (b"{phone_number: 1}", 400),
    "a form": (b"phone_number=9330445040&amount=1", 400),
    "XML": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', 400),
    "a name twice": (GOOD[:-1] + b', "amount": 1}', 400),
    "a name twice, once escaped": (GOOD[:-1] + b', "\\u0061mount": 1}', 400),
    "an unknown name twice": (GOOD[:-1] + b', "x": 1, "x": 1}', 400),
    "a name twice inside": (GOOD[:-1] + b', "x": {"y": 1, "y": 2}}', 400),
    "a name in other letters": (GOOD[:-1] + b', "AMOUNT": "x"}', 200),
    "an empty name": (GOOD[:-1] + b', "": 1}', 200),
    "__proto__": (GOOD[:-1] + b', "__proto__": {"x": 1}}', 200),
    "a thousand names": (GOOD[:-1] + b"".join(b', "%d": 1' % n for n in range(1000)) + b"}", 200),
    "a long array": (GOOD[:-1] + b', "x": [' + b",".join([b"1"] * 20_000) + b"]}", 200),
    "many props": (body(props=["x"] * 5000), 200),
    "the id alone": (b'{"search_id": "%s"}' % UNKNOWN_ID.encode(), 404),
    "the id and nulls": (b'{"search_id": "%s", "amount": null}' % UNKNOWN_ID.encode(), 404),
    "the id and more": (b'{"search_id": "%s", "x": 1}' % UNKNOWN_ID.encode(), 404),
    "a wrong id alone": (b'{"search_id": 1}', 400),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 400),
    "the longest": (GOOD.ljust(LIMIT), 200),
    "too long": (GOOD.ljust(LIMIT + 1), 413),
    "much too long": (GOOD.ljust(3 * LIMIT), 413),
}


def structures() -> Iterator[Hostile]:
    for name, (content, status) in STRUCTURES.items():
        yield Hostile(f"structure: {name}", request(content), status)
    for depth, status in {13: 200, 15: 200, 16: 400, 17: 400, 100: 400, 1000: 400, 30_000: 400}.items():
        yield Hostile(f"structure: arrays {depth} deep", request(literal("note", "[" * depth + "]" * depth)), status)
        nested = '{"a":' * min(depth, 10_000) + "1" + "}" * min(depth, 10_000)
        yield Hostile(f"structure: objects {depth} deep", request(literal("note", nested)), status)
        yield Hostile(f"structure: {depth} opened and none closed", request(b"[" * depth), 400)
    for end in range(0, len(GOOD), 7):
        yield Hostile(f"structure: {end} bytes of it", request(GOOD[:end]), 400)
    for field in message():
        rest = {name: value for name, value in message().items() if name != field}
        status = 200 if field in ("amount", "term") else 400
        yield Hostile(f"structure: without {field}", request(json.dumps(rest).encode()), status)


WIDE_CODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
BAD_BYTES: dict[str, bytes] = {
    "latin-1": "ё".encode("cp1251"),
    "overlong": b"\xc0\xaf",
    "overlong NUL": b"\xc0\x80",
    "a continuation": b"\x80",
    "cut": b"\xe2\x82",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "FE FF": b"\xfe\xff",
}
CHARSETS: dict[bytes, int] = {
    b"utf-8": 200, b"UTF-8": 200, b"utf8": 200, b'"utf-8"': 200, b"us-ascii": 200, b"": 200,
    b"rot13": 415, b"utf-16": 415, b"utf-7": 415, b"base64": 415, b"zip": 415, b"idna": 415, b"unicode_escape": 415,
    b"windows-1251": 415, b"x" * 4000: 415, b"\xff": 415, b"../x": 415, b"utf-8-sig": 415,
}  # fmt: skip
CONTENT_CODINGS: dict[bytes, int] = {
    b"": 200, b"identity": 200, b"IDENTITY": 200, b"gzip": 415, b"GZIP": 415, b"x-gzip": 415, b"br": 415,
    b"deflate": 415, b"zstd": 415, b"compress": 415, b"gzip, identity": 415, b"gzip, gzip": 415, b"nonsense": 415,
}  # fmt: skip


def codings() -> Iterator[Hostile]:
    for coding in WIDE_CODINGS:
        yield Hostile(f"coding: {coding}", request(GOOD.decode().encode(coding)), 400)
    for coding in (*WIDE_CODINGS, "cp1251", "koi8-r", "utf-7"):
        yield Hostile(f"coding: {coding} with ё", request(b'{"x": "' + "ё".encode(coding) + b'"}'), 400)
    for kind, content in BAD_BYTES.items():
        yield Hostile(f"coding: {kind} in a value", request(GOOD[:-1] + b', "x": "' + content + b'"}'), 400)
        yield Hostile(f"coding: {kind} in a name", request(GOOD[:-1] + b', "' + content + b'": 1}'), 400)
        yield Hostile(f"coding: {kind} at the end", request(GOOD + content), 400)
    for charset, status in CHARSETS.items():
        header = (b"Content-Type", b"application/json; charset=" + charset)
        yield Hostile(f"coding: charset {charset[:20]!r}", request(GOOD, header), status)
    for name, status in CONTENT_CODINGS.items():
        yield Hostile(f"coding: encoding {name!r}", request(GOOD, (b"Content-Encoding", name)), status)
    yield Hostile("coding: gzip unannounced", request(gzip.compress(GOOD, mtime=0)), 400)
    yield Hostile("coding: gzip", request(gzip.compress(GOOD, mtime=0), (b"Content-Encoding", b"gzip")), 415)
    bomb = gzip.compress(b"0" * 10_000_000, mtime=0)
    yield Hostile("coding: a bomb", request(bomb, (b"Content-Encoding", b"gzip")), 415)
    for seed in range(20):
        noise = random.Random(seed).randbytes(200)
        yield Hostile(f"coding: noise {seed}", request(noise), 400)


HARMLESS: list[Header] = [
    *((b"Accept", value) for value in (
        b"", b"text/html", b"application/xml", b"*/*", b"image/*;q=0", b"application/json;q=0", b"x", b",,,", b"\xff",
        b"application/json; version=9", b"a/b;" * 1000,
    )),
    *((b"Content-Type", value) for value in (
        b"", b"x", b"/", b"text/html", b"application/x-www-form-urlencoded", b"multipart/form-data",
        b"multipart/form-data; boundary=" + b"x" * 300, b"application/json; charset*=nope''x", b"a; b*=c'd'e",
        b"; ; ;", b"application/xml", b"\xff\xfe", b"a;" * 2000, b'application/json; x="',
        b"application/json, text/html",
    )),
    *((b"X-Forwarded-For", value) for value in (
        b"", b",", b"unknown", b"127.0.0.1", b"::1", b"[::1]:80", b"fe80::1%eth0", b"1.2.3.4, 5.6.7.8", b"999.1.1.1",
        b"0x7f.1", b"2130706433", b"1.2.3.4:80", b"::ffff:1.2.3.4", b"' or 1=1", b"\xff", b"1.2.3.4," * 900, b"_hidden",
        b"127.0.0.1\t", b"01.02.03.04",
    )),
    *((b"X-Forwarded-Proto", value) for value in (b"", b"http", b"https", b"gopher", b"https,http")),
    *((b"X-Forwarded-Host", value) for value in (b"", b"evil.example", b"a b", b"\xff")),
    *((b"Forwarded", value) for value in (b"for=1.2.3.4", b'for="[::1]";proto=https', b"x")),
    *((b"Cookie", value) for value in (b"", b"sessionid=x", b"a=b; " * 500, b"\xff=\xff", b'a="\\000"')),
    *((b"X-Request-Id", value) for value in (b"", b"not ours", b"x" * 3000)),
    *((b"Connection", value) for value in (b"close", b"keep-alive", b"upgrade", b"nonsense", b"close, close")),
    (b"Range", b"bytes=0-1"), (b"If-Match", b"*"), (b"If-None-Match", b"*"), (b"If-Modified-Since", b"nonsense"),
    (b"If-Range", b"x"), (b"Accept-Encoding", b"gzip, br"), (b"Accept-Language", b"en"), (b"TE", b"trailers"),
    (b"Upgrade", b"h2c"), (b"Upgrade", b"websocket"), (b"HTTP2-Settings", b"x"), (b"Expect", b"100-continue"),
    (b"X-HTTP-Method-Override", b"DELETE"), (b"X-Original-URL", b"/admin/"), (b"X-Rewrite-URL", b"/admin/"),
    (b"Proxy", b"http://evil.example"), (b"Content-MD5", b"x"), (b"Max-Forwards", b"0"), (b"Via", b"x"),
    (b"Origin", b"null"), (b"Referer", b"\xff"), (b"User-Agent", b""), (b"User-Agent", b"() { :; }; echo"),
    (b"Script-Name", b"/integrations"), (b"SCRIPT_NAME", b"/elsewhere"),
    (b"SCRIPT_NAME", b"/integrations/api"), (b"PATH_INFO", b"/admin/"),
    (b"REMOTE_ADDR", b"1.2.3.4"), (b"CONTENT_LENGTH", b"1"), (b"Content_Length", b"1"), (b"X_Forwarded_For", b"1"),
    (b"Transfer_Encoding", b"chunked"), (b"X!#$%&'*+-.^_`|~", b"1"), (b"X-Long", b"x" * 8000), (b"X-High", b"\x80\xff"),
]  # fmt: skip
HOSTS = (b"", b"unknown.example", b"not a host!", b"localhost:99999", b"[::1", b"\xff", b"a,b", b"../..", b"x" * 5000)
# Lines that the server refuses.
BAD_LINES: dict[str, tuple[bytes, int]] = {
    "no colon": (b"no colon", 400),
    "no name": (b": x", 400),
    "a blank before the colon": (b"X : x", 400),
    "a blank in the name": (b"X Y: x", 400),
    "NUL in the name": (b"X\0: x", 400),
    "NUL": (b"X: a\0b", 400),
    "CR": (b"X: a\rb", 400),
    "LF": (b"X: a\nb", 400),
    "escape": (b"X: \x1b", 400),
    "DEL": (b"X: \x7f", 400),
    "ё in the name": ("ё: x".encode(), 400),
    "folded": (b"X: a\r\n b", 400),
    "folded credentials": (b"X: a\r\n Authorization: Bearer b", 400),
    "credentials without a colon": (b"Authorization Bearer 0123456789", 400),
    "too long": (b"X: " + b"x" * 9000, 431),
    "a long name": (b"x" * 9000 + b": x", 431),
    "too many": (b"\r\n".join(b"X%d: x" % n for n in range(120)), 431),
    "another host": (b"Host: other", 400),
    "two types": (b"Content-Type: a/b\r\nContent-Type: c/d", 400),
    "an expectation": (b"Expect: the unexpected", 417),
}


def headers() -> Iterator[Hostile]:
    for number, (name, value) in enumerate(HARMLESS):
        label = f"{name.decode()} {value[:20]!r}"
        yield Hostile(f"header: {number} {label}", request(GOOD, (name, value)), 200)
    yield Hostile("header: none", request(GOOD).replace(b"Host: localhost\r\n", b""), 200)
    schemes = (b"X-Forwarded-Proto", b"https"), (b"X-Forwarded-Ssl", b"off")  # nobody believes the second
    yield Hostile("header: schemes that differ", request(GOOD, *schemes), 200)
    yield Hostile("header: ninety", request(GOOD, *((b"X%d" % n, b"x") for n in range(90))), 200)
    for host in HOSTS:
        sent = request(GOOD).replace(b"Host: localhost", b"Host: " + host)
        yield Hostile(f"header: Host {host[:20]!r}", sent, 200)
    for label, (line, status) in BAD_LINES.items():
        sent = request(GOOD).replace(CREDENTIALS, line + b"\r\n" + CREDENTIALS)
        yield Hostile(f"header: {label}", sent, status, refused_by_server=True)


METHODS: dict[bytes, int] = dict.fromkeys(
    (b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"HEAD", b"TRACE", b"PROPFIND", b"M-SEARCH", b"PURGE", b"QUERY",
     b"MKCOL", b"LOCK", b"ACL", b"X" * 20, b"GET1", b"A-B"), 405
) | {b"GET": 400}  # fmt: skip
BAD_METHODS = (
    b"post", b"Post", b"P", b"GE", b"X" * 21, b"P#ST", b"P@ST", b"P\0ST", b"\xd0\x9f", b"", b"(GET)", b'"GET"', b"G\tT",
    b"9330445040/", b"GET,POST", b"\x1b[A",
)  # fmt: skip


def methods() -> Iterator[Hostile]:
    for method, status in METHODS.items():
        yield Hostile(f"method: {method.decode()}", request(GOOD, method=method), status)
        yield Hostile(f"method: {method.decode()} without a body", request(b"", method=method, length=None), status)
    for number, method in enumerate(BAD_METHODS):
        yield Hostile(f"method: {number} {method!r}", request(GOOD, method=method), 400, refused_by_server=True)


PATHS: dict[bytes, int] = {
    PATH: 200, PATH + b"/": 200, b"/integrations/v1/api/loan_approval": 200, b"/api/banking/loan_approval/": 200,
    PATH + b"?": 200, PATH + b"?x=1": 200, PATH + b"#x": 200, b"http://elsewhere.example" + PATH: 200,
    b"http://[::1]" + PATH: 200, b"/integrations/api/banking/loan_%61pproval": 200,
    PATH + b"//": 404, PATH + b"/x": 404, PATH + b"%00": 404, PATH + b"%0A": 404, PATH + b"%0d%0aX:1": 404,
    PATH + b"%FF": 404, PATH + b"%": 404, PATH + b"%zz": 404, PATH + b"%u0041": 404, PATH + b";x=1": 404,
    PATH + b".json": 404, PATH + b"%20": 404, PATH + b"%2F%2F": 404, PATH.upper().replace(b"/INTEGRATIONS",
    b"/integrations"): 404,
    b"/integrations": 404, b"/integrations/": 404, b"/integrations//": 404, b"/integrations/..": 404,
    b"/integrations/../admin/": 404, b"/integrations/%2e%2e/admin/": 404, b"/integrations/..%2fadmin": 404,
    b"/integrations/api": 404, b"/integrations/api/banking": 404, b"/integrations/v1": 404, b"/integrations/.env": 404,
    b"/integrations/.git/config": 404, b"/integrations/wp-login.php": 404, b"/integrations/9330445040": 404,
    b"/integrations/%D1%91": 404, b"/integrations/%ED%A0%80": 404, b"/integrations/%C0%AF": 404,
    b"/integrations/" + b"x" * 4000: 404, b"/integrations/" + b"/" * 2000: 404, b"/integrations/" + b"%00" * 500: 404,
    b"/integrations/{}": 404, b"/integrations/$(id)": 404, b"/integrations/'or'1": 404, b"/integrations/<x>": 404,
    b"/api/banking": 404, b"/api/banking/": 404, b"/api/banking/..": 404, b"/integrations/\\..\\x": 404,
}  # fmt: skip
BAD_TARGETS: dict[bytes, int] = {
    b"*": 400, b"localhost:80": 400, b"integrations/api": 400, "/integrations/ё".encode(): 400,
    b"/integrations/\0": 400,
    b"/integrations/\x7f": 400, b"/integrations/a\tb": 400, b"": 400, b"http://[/integrations/x": 400,
    b"/integrations/" + b"x" * 9000: 414, b"/integrations/9330445040 9330445040": 400,
}  # fmt: skip


def paths() -> Iterator[Hostile]:
    for number, (path, status) in enumerate(PATHS.items()):
        yield Hostile(f"path: {number} {path[:60]!r}", request(GOOD, target=path), status)
    for number, (path, status) in enumerate(BAD_TARGETS.items()):
        sent = request(GOOD, target=path)
        yield Hostile(f"path: bad {number} {path[:60]!r}", sent, status, refused_by_server=True)


QUERIES: dict[bytes, int] = {
    b"search_id=" + UNKNOWN_ID.encode(): 404, b"search_id=" + UNKNOWN_ID.upper().encode(): 404,
    b"x=1&search_id=" + UNKNOWN_ID.encode(): 404, b"search_id=%30" + UNKNOWN_ID[1:].encode(): 404,
    b"search_id=" + UNKNOWN_ID.encode() + b"&x=%C3%A9": 404,
    b"": 400, b"&": 400, b"=": 400, b"search_id": 400, b"search_id=": 400, b"search_id=1": 400, b"search_id=%00": 400,
    b"search_id=%FF": 400, b"x=%FF&search_id=" + UNKNOWN_ID.encode(): 400, b"search_id=%ED%A0%80": 400,
    b"search_id=" + UNKNOWN_ID.encode() + b"%0A": 400, b"search_id=+" + UNKNOWN_ID.encode(): 400,
    b"search_id=" + UNKNOWN_ID.encode() + b"&search_id=" + UNKNOWN_ID.encode(): 400,
    b"search_id[]=" + UNKNOWN_ID.encode(): 400, b"SEARCH_ID=" + UNKNOWN_ID.encode(): 400,
    b"search_id=" + UNKNOWN_ID.replace("-", "").encode(): 400, b"search_id={" + UNKNOWN_ID.encode() + b"}": 400,
    b"search_id=" + b"x" * 4000: 400, b"&".join([b"x=1"] * 30) + b"&search_id=" + UNKNOWN_ID.encode(): 400,
    b"search_id=%D9%A0" + UNKNOWN_ID[1:].encode(): 400, b"search_id=';drop": 400,
    b"?search_id=" + UNKNOWN_ID.encode(): 400,
    b";search_id=" + UNKNOWN_ID.encode(): 400,
}  # fmt: skip


def queries() -> Iterator[Hostile]:
    for number, (query, status) in enumerate(QUERIES.items()):
        sent = request(b"", method=b"GET", target=PATH + b"?" + query, length=None)
        yield Hostile(f"query: {number} {query[:40]!r}", sent, status)


BAD_LENGTHS: dict[str, bytes] = {
    "negative": b"-1", "with a plus": b"+5", "a fraction": b"5.0", "hexadecimal": b"0x10", "an exponent": b"1e2",
    "two in one": b"5, 5", "a word": b"five", "an underscore": b"1_0", "Arabic digits": "٥".encode(), "blank": b" ",
    "superscript": b"\xb2", "five thousand digits": b"9" * 5000, "with NUL": b"5\0", "quoted": b'"5"',
}  # fmt: skip


def lengths() -> Iterator[Hostile]:
    for name, length in BAD_LENGTHS.items():
        yield Hostile(f"length: {name}", request(GOOD, length=length), 400, refused_by_server=True)
    own = str(len(GOOD)).encode()
    for name, line in {"twice": own, "twice, differing": b"1"}.items():
        sent = request(GOOD, (b"Content-Length", line))
        yield Hostile(f"length: {name}", sent, 400, refused_by_server=True)
    yield Hostile("length: none", request(GOOD, length=None), 400)
    yield Hostile("length: zero", request(GOOD, length=b"0"), 400)
    yield Hostile("length: leading zeros", request(GOOD, length=b"0" * 20 + own), 200)
    yield Hostile("length: shorter", request(GOOD, length=b"10"), 400)
    yield Hostile("length: longer", request(GOOD, length=b"1000"), 400)
    yield Hostile("length: longer, and nothing comes", request(b"", length=b"1000"), 400)
    for digits in (str(LIMIT + 1), str(10**7), str(2**31), str(2**63), str(10**30), "1" + "0" * 4000):
        sent = request(b"", length=digits.encode())
        yield Hostile(f"length: {digits[:20]} of {len(digits)} digits", sent, 413)


def chunking() -> Iterator[Hostile]:
    one = chunk(GOOD)
    fine: dict[str, bytes] = {
        "one": chunked(one),
        "many": chunked(*(chunk(bytes([byte])) for byte in GOOD)),
        "capital hexadecimal": chunked(b"%X\r\n%s\r\n" % (len(GOOD), GOOD)),
        "leading zeros": chunked(b"000000000" + one),
        "an extension": chunked(b"%x;a=b\r\n%s\r\n" % (len(GOOD), GOOD)),
        "a trailer": chunked(one, end=b"0\r\nX: y\r\n\r\n"),
    }
    broken: dict[str, bytes] = {
        "no hexadecimal": chunked(b"zz\r\n" + GOOD),
        "negative": chunked(b"-1\r\n" + GOOD),
        "with 0x": chunked(b"0x" + one),
        "an empty size": chunked(b"\r\n" + GOOD),
        "a size too large": chunked(b"ffffffffffffffff\r\n" + GOOD),
        "longer than said": chunked(b"5\r\n" + GOOD + b"\r\n"),
        "LF alone": chunked(one.replace(b"\r\n", b"\n"), end=b"0\n\n"),
        "a bad extension": chunked(b"%x;\0=\r\n%s\r\n" % (len(GOOD), GOOD)),
        "a long size": chunked(b"0" * 20_000 + one),
        "no last one": chunked(one, end=b""),
        "cut": chunked(one[:50], end=b""),
        "none at all": chunked(end=b""),
        "a forbidden trailer": chunked(one, end=b"0\r\nAuthorization: Bearer x\r\n\r\n"),
        "a long trailer": chunked(one, end=b"0\r\nX: " + b"x" * 9000 + b"\r\n\r\n"),
        "an empty one": chunked(),
    }
    for name, sent in fine.items():
        yield Hostile(f"chunks: {name}", sent, 200)
    for name, sent in broken.items():
        yield Hostile(f"chunks: {name}", sent, 400)
    yield Hostile("chunks: too long", chunked(*[chunk(b" " * 9000)] * 9), 413)
    refused: dict[str, bytes] = {
        "and a length": request(one + b"0\r\n\r\n", (b"Transfer-Encoding", b"chunked")),
        "HTTP/1.0": chunked(one, version=b"HTTP/1.0"),
    }
    codings = (
        b"identity", b"gzip", b"chunked, gzip", b"chunked, chunked", b"xchunked", b"chunked;q=1", b"\x0bchunked",
        b"", b",", b"chunked, identity", b'"chunked"', b"cow", b"gzip, nonsense, chunked",
    )  # fmt: skip
    for coding in codings:
        sent = request(one + b"0\r\n\r\n", (b"Transfer-Encoding", coding), length=None)
        refused[f"coding {coding!r}"] = sent
    for name, sent in refused.items():
        yield Hostile(f"chunks: {name}", sent, 400, refused_by_server=True)
    sent = request(one + b"0\r\n\r\n", (b"Transfer-Encoding", b"CHUNKED"), length=None)
    yield Hostile("chunks: CHUNKED", sent, 200)


TOKENS: tuple[bytes, ...] = (
    b"", b"Bearer", b"Bearer ", b"Bearer wrong", b"Bearer  ", b"Bearer null", b"Bearer " + b"x" * 8000, b"wrong",
    b"Bearer \xff\xfe", b"Bearer %FF", b"Bearer a b", b"Bearer \xd1\x91", b"Bearer a,b", b"Token x", b"Negotiate x",
    b"Digest username=x", b"Basic", b"Basic ", b"Basic Og==", b"Basic \xff", b"Basic !!!!", b"Basic eA==",
    b"Basic //4=",
    b"Basic eWFuZGV4Og==", b"Basic eWFuZGV4Ondyb25n", b"Basic AAAA", b"Basic " + b"QUFB" * 1500, b"Basic w7bDtg==",
    b"Bearer eyJhbGciOiJub25lIn0.e30.", b"Bearer ' or 1=1 --", b"AWS4-HMAC-SHA256 x", b"Bearer\txx", b",", b"=",
    b"Bearer x, Bearer y",
)  # fmt: skip


def tokens() -> Iterator[Hostile]:
    for number, token in enumerate(TOKENS):
        sent = request(GOOD).replace(CREDENTIALS, b"Authorization: " + token + b"\r\n")
        yield Hostile(f"token: {number} {token[:30]!r}", sent, 403, wrong_credentials=True)
    sent = request(GOOD).replace(CREDENTIALS, CREDENTIALS + b"Authorization: Bearer other\r\n")
    yield Hostile("token: two of them", sent, 403)
    for name in (b"Proxy-Authorization", b"X-Api-Key", b"Token", b"Authentication"):
        sent = request(GOOD, (name, b"Bearer x")).replace(CREDENTIALS, b"")
        yield Hostile(f"token: in {name.decode()}", sent, 403, wrong_credentials=True)


LINES: dict[str, tuple[bytes, int]] = {
    "HTTP/0.9": (b"GET /integrations\r\n\r\n", 400),
    "HTTP/2.0": (b"GET /integrations HTTP/2.0\r\n\r\n", 400),
    "HTTP/9.9": (b"GET /integrations HTTP/9.9\r\n\r\n", 400),
    "HTTP/1": (b"GET /integrations HTTP/1\r\n\r\n", 400),
    "HTTP/1.10": (b"GET /integrations HTTP/1.10\r\n\r\n", 400),
    "http/1.1": (b"GET /integrations http/1.1\r\n\r\n", 400),
    "a blank at the end": (b"GET /integrations HTTP/1.1 \r\n\r\n", 400),
    "two blanks": (b"GET  /integrations HTTP/1.1\r\n\r\n", 400),
    "a blank before": (b" GET /integrations HTTP/1.1\r\n\r\n", 400),
    "tabs": (b"GET\t/integrations\tHTTP/1.1\r\n\r\n", 400),
    "LF alone": (b"GET /integrations HTTP/1.1\n\n", 400),
    "two empty ones before": (b"\r\n\r\nGET /integrations HTTP/1.1\r\n\r\n", 400),
    "too long": (b"GET /integrations?" + b"9" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
    "endless": (b"9" * 20_000, 414),
    "one word": (b"9330445040\r\n\r\n", 400),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\r\n\r\n", 400),
    "SSH": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", 400),
    "SMTP": (b"EHLO localhost\r\n\r\n", 400),
    "Redis": (b"*1\r\n$4\r\nINFO\r\n", 400),
    "PROXY": (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /integrations HTTP/1.1\r\n\r\n", 400),
    "NUL": (b"\0" * 100 + b"\r\n\r\n", 400),
}
UNFINISHED: dict[str, bytes] = {
    "nothing": b"",
    "an empty line": b"\r\n",
    "half a line": b"POST /integrations/api",
    "no empty line": b"POST /integrations/api/banking/loan_approval HTTP/1.1\r\nHost: x\r\n",
    "half a header": b"POST /integrations/api/banking/loan_approval HTTP/1.1\r\nContent-Le",
}


def request_lines() -> Iterator[Hostile]:
    for name, (sent, status) in LINES.items():
        yield Hostile(f"line: {name}", sent, status, refused_by_server=True)
    for seed in range(20):
        noise = random.Random(seed).randbytes(300) + b"\r\n\r\n"
        yield Hostile(f"line: noise {seed}", noise, 400, refused_by_server=True)
    for name, sent in UNFINISHED.items():
        yield Hostile(f"line: {name}", sent, None)
    yield Hostile("line: an empty one before", b"\r\n" + request(GOOD), 200)
    yield Hostile("line: HTTP/1.0", request(GOOD, version=b"HTTP/1.0"), 200)
    yield Hostile("line: HTTP/1.9", request(GOOD, version=b"HTTP/1.9"), 200)


KINDS: tuple[Callable[[], Iterator[Hostile]], ...] = (
    strings, numbers, wrong_types, structures, codings, headers, methods, paths, queries, lengths, chunking, tokens,
    request_lines,
)  # fmt: skip
