"""Promise 1: whatever was asked under the API's paths, one entry of the journal says how it was answered."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

from offers import models
from offers.domain import snapshot
from tests import factories
from tests.server import contract, serving, wire
from tests.server.serving import PATH, Server, body, question
from tests.server.wire import Answer, Wire

LIMIT = 64 * 1024
STUCK = 8
ALL_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE")
REFUSED_METHODS = tuple(method for method in ALL_METHODS if method not in ("GET", "POST"))


@pytest.fixture
def connection(server: Server) -> Iterator[Wire]:
    with wire.connected(server) as connection:
        yield connection


@pytest.fixture(autouse=True)
def published(server: Server) -> None:
    server.publish(factories.LoanFactory.build(code="steady"))


def check_journalled(server: Server, answer: Answer, *, status: int, **columns: Any) -> dict[str, Any]:
    """The answer is JSON, and its one entry holds it."""
    assert answer.status == status, answer.body.decode()
    assert answer.headers["Content-Type"] == "application/json"
    assert "Location" not in answer.headers
    entry = server.entry_of(answer.headers)
    assert (entry["status"], entry["answer"]) == (status, answer.body)
    assert {name: entry[name] for name in columns} == columns
    return entry


def check_refused(server: Server, answer: Answer, *, status: int, **columns: Any) -> dict[str, Any]:
    """The same of a refusal in the documented form."""
    contract.check_object(
        contract.loads(answer.body),
        required={"search_id": contract.anything, "message": contract.string},
        optional={"properties": contract.array(contract.string)},
    )
    return check_journalled(server, answer, status=status, **columns)


def test_an_answer(server: Server, connection: Wire) -> None:
    sent = body()

    answer = connection.exchange(wire.request(server.token, sent))

    check_journalled(
        server,
        answer,
        status=200,
        kind="approval",
        client="yandex",
        method="POST",
        path=PATH,
        phone_mask="********40",
        decision="has_approve",
        request_length=len(sent),
        repeated=False,
    )


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"null",
        b'{"search_id": NaN}',
        b'{"phone_number": "\\u0000"}',
        b"[" * LIMIT,
        b"1" * LIMIT,
        body(amount="500000"),
        body(phone_number="9330445040 "),
        body(term="٣٦"),
    ],
    ids=range(12),
)
def test_a_bad_body(sent: bytes, server: Server, connection: Wire) -> None:
    answer = connection.exchange(wire.request(server.token, sent))

    check_refused(server, answer, status=400, client="yandex", request_length=len(sent))


@pytest.mark.parametrize("token", [None, "unknown", "a" * 2000, "%FF"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", [PATH, "/integrations/unknown", "/integrations"])
def test_without_credentials(token: str | None, method: str, path: str, server: Server, connection: Wire) -> None:
    sent = body()

    answer = connection.exchange(wire.request(token, sent, method=method, path=path))

    check_refused(server, answer, status=403, client=None, kind="unread", method=method, request_length=len(sent))


@pytest.mark.parametrize("authorization", [b"Bearer \xff\xfe", b"Basic \xff", b"Basic Og==", b"Bearer", b"Negotiate x"])
def test_odd_credentials(authorization: bytes, server: Server, connection: Wire) -> None:
    asked = wire.request(None, body(), Authorization="?").replace(
        b"Authorization: ?", b"Authorization: " + authorization
    )

    check_refused(server, connection.exchange(asked), status=403, client=None)


UNKNOWN_PATHS = {
    "/integrations": "/integrations",
    "/integrations/": "/integrations/",
    "/integrations/unknown": "/integrations/unknown",
    "/api/banking": "/api/banking",
    "/api/banking/unknown/": "/api/banking/unknown/",
    f"{PATH}//": f"{PATH}//",
    f"{PATH}/x": f"{PATH}/x",
    "/integrations//api/banking/loan_approval": "/integrations//api/banking/loan_approval",
    "/integrations/../admin/": "/integrations/../admin/",
    f"{PATH}%0A": f"{PATH}%0A",
    f"{PATH}/%0A": f"{PATH}/%0A",
    f"{PATH}%00": f"{PATH}%00",
    f"{PATH}%FF": f"{PATH}%25FF",
    "/integrations/%D1%91": "/integrations/%D1%91",
    "/integrations/9330445040": "/integrations/**********",
    "/integrations/" + "x" * 1000: "/integrations/" + "x" * 286,
}


@pytest.mark.parametrize(("path", "kept"), UNKNOWN_PATHS.items(), ids=range(len(UNKNOWN_PATHS)))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path(path: str, kept: str, method: str, server: Server, connection: Wire) -> None:
    answer = connection.exchange(wire.request(server.token, body(), method=method, path=path))

    check_refused(server, answer, status=404, client="yandex", path=kept, kind="unread")


@pytest.mark.parametrize("method", REFUSED_METHODS)
@pytest.mark.parametrize("path", [PATH, f"{PATH}/", "/api/banking/loan_approval"])
def test_other_methods(method: str, path: str, server: Server, connection: Wire) -> None:
    answer = connection.exchange(wire.request(server.token, method=method, path=path))

    assert answer.headers["Allow"] in ("GET, POST", "POST, GET")
    if method == "HEAD":
        check_journalled(server, answer, status=405, client="yandex", method=method)
    else:
        check_refused(server, answer, status=405, client="yandex", method=method)


@pytest.mark.parametrize(
    ("token", "path", "status"), [(True, PATH, 405), (False, PATH, 403), (True, "/integrations", 404)]
)
def test_a_head_has_no_body(token: bool, path: str, status: int, server: Server, connection: Wire) -> None:  # noqa: FBT001
    head = wire.request(server.token if token else None, method="HEAD", path=path)

    check_journalled(server, connection.exchange(head), status=status, method="HEAD")
    # A body would stand where this answer is read.
    check_journalled(server, connection.exchange(wire.request(server.token, body())), status=200)


def test_the_longest_body(server: Server, connection: Wire) -> None:
    sent = body().ljust(LIMIT)

    check_journalled(server, connection.exchange(wire.request(server.token, sent)), status=200, request_length=LIMIT)


def test_a_body_that_is_too_long(server: Server, connection: Wire) -> None:
    sent = body().ljust(LIMIT + 1)

    check_refused(server, connection.exchange(wire.request(server.token, sent)), status=413, request_length=LIMIT + 1)


@pytest.mark.parametrize("length", [LIMIT + 1, 70_000_000, 2**31, 2**63, 10**30])
def test_a_body_that_says_that_it_is_too_long_is_refused_before_it_comes(
    length: int, server: Server, connection: Wire
) -> None:
    connection.send(wire.request(server.token, Content_Length=str(length)))

    check_refused(server, connection.receive(), status=413, client="yandex", request_length=min(length, 2**31 - 1))


def test_nor_is_it_read_of_a_stranger(server: Server, connection: Wire) -> None:
    connection.send(wire.request(None, Content_Length="70000000"))

    check_refused(server, connection.receive(), status=403, request_length=70_000_000)


def test_a_chunked_body(server: Server, connection: Wire) -> None:
    sent = body()

    answer = connection.exchange(wire.request(server.token, chunks=(sent[:7], sent[7:])))

    check_journalled(server, answer, status=200, request_length=len(sent))


def test_a_chunked_body_that_is_too_long(server: Server, connection: Wire) -> None:
    chunks = (b" " * 10_000,) * 9

    answer = connection.exchange(wire.request(server.token, chunks=chunks))

    assert check_refused(server, answer, status=413)["request_length"] > LIMIT


def test_a_chunked_body_that_is_malformed(server: Server, connection: Wire) -> None:
    connection.send(wire.request(server.token, chunks=(body(),)).replace(b"\r\n\r\n", b"\r\n\r\nzz\r\n", 1))

    check_refused(server, connection.receive(), status=400, client="yandex")
    # What follows can't be told from a body: it must not be taken for a request.
    assert connection.connection.recv(1) == b""


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_ends_too_early(chunked: bool, server: Server, connection: Wire) -> None:  # noqa: FBT001
    asked = wire.request(server.token, chunks=(body(),)) if chunked else wire.request(server.token, body())
    connection.send(asked[:-20])
    connection.end_of_request()

    check_refused(server, connection.receive(), status=400, client="yandex")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Encoding": "gzip"},
        {"Content_Encoding": "br"},
        {"Content_Type": "application/json; charset=rot13"},
        {"Content_Type": "application/json; charset=utf-16"},
        {"Content_Type": 'text/plain; charset="windows-1251"'},
    ],
)
def test_a_coding_that_is_not_read(headers: dict[str, Any], server: Server, connection: Wire) -> None:
    check_refused(server, connection.exchange(wire.request(server.token, body(), **headers)), status=415)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content_Type": "application/json; charset=UTF-8", "Accept": "application/xml"},
        {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"},
        {"Content_Type": "multipart/form-data; boundary=x", "Content_Encoding": "identity"},
        {"Content_Type": "nonsense", "Accept_Language": "en", "Cookie": "sessionid=1"},
        {"Expect": "100-continue", "X_Request_Id": "not ours", "X_Forwarded_Proto": "http"},
        {"Content_Type": "application/json; charset*=nope''utf-8"},
        {"Host": "unknown.example"},
        {"Host": "not a host!"},
        {"Accept_Encoding": "gzip, br", "If_None_Match": "*", "If_Modified_Since": "Tue, 24 Nov 2026 00:00:00 GMT"},
    ],
    ids=range(10),
)
def test_headers_that_change_nothing(headers: dict[str, Any], server: Server, connection: Wire) -> None:
    answer = connection.exchange(wire.request(server.token, body(), **headers))

    check_journalled(server, answer, status=200, method="POST")
    assert "Set-Cookie" not in answer.headers
    assert "Content-Encoding" not in answer.headers


def test_a_crash_of_our_own(server: Server, connection: Wire) -> None:
    """A release that no product manager could publish makes the decision raise."""
    asked = question()
    _publish_nonsense(server)

    answer = connection.exchange(wire.request(server.token, json.dumps(asked).encode()))

    check_refused(server, answer, status=500, client="yandex", search_id=UUID(asked["search_id"]))
    server.publish(factories.LoanFactory.build(code="mended"))
    again = connection.exchange(wire.request(server.token, json.dumps(asked).encode()))
    check_journalled(server, again, status=200, repeated=False)


def _publish_nonsense(server: Server) -> None:
    with server.orm():
        number = server.publish(factories.LoanFactory.build(code="nonsense"))
    last = server.sql.execute("select content from offers_release where number = %s", [number]).fetchone()
    assert last
    content = last["content"]
    content["offers"][0]["rate"] = {"min": "-1", "max": "-1"}
    with server.orm():
        models.Release.objects.create(
            number=number + 1,
            author="tests",
            comment="",
            digest=snapshot.digest(""),
            content=content,
            codes=["nonsense"],
        )


def test_a_connection_is_kept_after_errors(server: Server, connection: Wire) -> None:
    answers = {
        403: wire.request("wrong", body()),
        404: wire.request(server.token, body(), path="/integrations/unknown"),
        405: wire.request(server.token, body(), method="PUT"),
        415: wire.request(server.token, body(), Content_Encoding="gzip"),
        400: wire.request(server.token, body(product_type="mortgage")),
        200: wire.request(server.token, body()),
    }

    for _ in range(2):
        for status, asked in answers.items():
            assert connection.exchange(asked).status == status


@pytest.mark.parametrize(
    "prefix", ["/integrations", "/integrations/api/banking", "/integrations/v1/api", "/api/banking"]
)
def test_nothing_redirects(prefix: str, server: Server, connection: Wire) -> None:
    for path in (prefix, f"{prefix}/", f"{prefix}/loan_approval", f"{prefix}/loan_approval/", f"{prefix}/other"):
        for method in ALL_METHODS:
            for token in (server.token, None):
                answer = connection.exchange(wire.request(token, body(), method=method, path=path))

                assert answer.status in (200, 400, 403, 404, 405), (method, path)
                assert "Location" not in answer.headers
                assert server.entry_of(answer.headers)["status"] == answer.status


# What the server refuses before our code sees it, and what could be read of it.
NOT_HTTP = {
    b"GET /integrations/9330445040 HTTP/9.9\r\n\r\n": (400, "GET", "/integrations/**********"),
    b"GET /integrations HTTP/1.1\r\nphone 9330445040: x\r\n\r\n": (400, "GET", "/integrations"),
    b"HEAD /integrations HTTP/1.1\r\nno colon\r\n\r\n": (400, "HEAD", "/integrations"),
    b"GET /integrations/%39330445%3040/%D1%91?9330445040 HTTP/1.1\r\n:\r\n\r\n": (
        400,
        "GET",
        "/integrations/**********/%D1%91",
    ),
    b"G\x00T /integrations HTTP/1.1\r\n\r\n": (400, "", ""),
    b"POST 9330445040\r\n\r\n": (400, "", ""),
    b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03 9330445040\r\n\r\n": (400, "", ""),
    b"POST /integrations/" + b"9" * 9000 + b" HTTP/1.1\r\n\r\n": (414, "", ""),
    b"POST /integrations/ HTTP/1.1\r\nx: " + b"9" * 9000 + b"\r\n\r\n": (431, "POST", "/integrations/"),
    b"POST /integrations/ HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n": (400, "POST", "/integrations/"),
    b"POST /integrations/ HTTP/1.1\r\nExpect: 9330445040\r\n\r\n": (417, "POST", "/integrations/"),
}


@pytest.mark.parametrize(("sent", "known"), NOT_HTTP.items(), ids=range(len(NOT_HTTP)))
def test_what_is_no_http_is_journalled_too(
    sent: bytes, known: tuple[int, str, str], server: Server, connection: Wire
) -> None:
    status, method, path = known
    before = server.log.stat().st_size

    connection.send(sent)
    answer = connection.receive(method)

    if method != "HEAD":
        assert contract.loads(answer.body)["message"].startswith("Запрос нарушает правила HTTP: ")
    entry = check_journalled(server, answer, status=status, method=method, path=path, kind="unread")
    assert (entry["request_length"], entry["client"]) == (min(len(sent), entry["request_length"]), None)
    assert connection.connection.recv(1) == b""
    said = server.log.read_bytes()[before:].decode()
    assert said
    assert serving.PHONE_NUMBER not in said


def test_a_caller_who_does_not_hang_up_holds_nobody_up(server: Server) -> None:
    """Gunicorn by itself would say farewell to one after the other, for two seconds each."""
    before = time.monotonic()
    with ExitStack() as stack:
        for _ in range(STUCK):
            stuck = stack.enter_context(wire.connected(server))
            stuck.send(b"POST /integrations/ HTTP/1.1\r\nno colon\r\n\r\n")
            assert stuck.receive().status == 400
        honest = stack.enter_context(wire.connected(server))
        assert honest.exchange(wire.request(server.token, body())).status == 200
    assert time.monotonic() - before < STUCK
