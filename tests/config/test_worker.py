"""One caller's connection: read, answered, kept or left; on a pair of sockets, without a process."""

import errno
import math
import os
import selectors
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.errors import ConfigError
from gunicorn.glogging import Logger

from config import connection
from config import worker as worker_module
from config.connection import Connection
from config.threads import Next, Threads
from config.worker import Worker

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

QUESTION = b"GET / HTTP/1.1\r\nHost: bank.example\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: bank.example\r\nContent-Length: 3\r\n\r\nabc"


class Line:
    """A worker's connection and its other end."""

    def __init__(self, worker: Worker, silence: float = 10.0) -> None:
        ours, self.theirs = socket.socketpair()
        self.theirs.settimeout(10)
        self.worker = worker
        self.connection = Connection(worker.cfg, ours, ("127.0.0.1", 1), ("127.0.0.1", 2), silence)

    def ask(self, *pieces: bytes) -> bool:
        """Whether the connection is kept; if not, it is closed."""
        for piece in pieces:
            self.theirs.sendall(piece)
        after = self.worker._serve(self.connection)
        if self.connection.leaving:
            assert after is Next.MORE
            self.theirs.shutdown(socket.SHUT_WR)
            while self.worker._serve(self.connection) is Next.MORE:
                pass
            return False
        return after is not Next.END

    def answer(self) -> bytes:
        return self.theirs.recv(65536)

    def rest(self) -> bytes:
        """Until the end of the connection."""
        heard = b""
        while piece := self.theirs.recv(65536):
            heard += piece
        return heard


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def deaf(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def line_to(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Line]]:
    monkeypatch.setattr(connection, "LEAVE", 0.02)
    lines: list[Line] = []

    def make(application: Application = echo, silence: float = 10.0, **settings: Any) -> Line:
        cfg = Config()
        for name, value in settings.items():
            cfg.set(name, value)
        made = Worker(1, os.getppid(), [], None, 30, cfg, Logger(cfg))
        made.wsgi, made.tpool = application, Threads(made.cfg.threads, made._serve)
        made.method_queue.init()
        lines.append(Line(made, silence))
        return lines[-1]

    yield make
    for line in lines:
        line.worker.tpool.shutdown(wait=True)
        line.theirs.close()
        line.connection.sock.close()
        line.worker.method_queue.close()
        line.worker.tmp.close()


def test_a_connection_serves_one_request_after_the_other(line_to: Callable[..., Line]) -> None:
    line = line_to()
    for _ in range(3):
        assert line.ask(POST)
        assert line.answer().endswith(b"\r\n\r\nabc")


def test_requests_sent_together_are_all_answered(line_to: Callable[..., Line]) -> None:
    line = line_to()
    assert line.ask(POST + POST + POST)
    assert line.answer().count(b"\r\n\r\nabc") == 3


def test_a_body_that_nobody_read_is_not_taken_for_a_request(line_to: Callable[..., Line]) -> None:
    line = line_to(deaf)
    for _ in range(2):
        assert line.ask(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 19\r\n\r\n", b"GET /x HTTP/1.1\r\n\r\n")
        assert line.answer().count(b"HTTP/1.1 200 OK") == 1


def test_a_body_in_chunks_is_read(line_to: Callable[..., Line]) -> None:
    line = line_to()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert line.ask(head, b"2\r\nab\r\n", b"1\r\nc\r\n0\r\n\r\n")
    assert line.answer().endswith(b"\r\n\r\nabc")


@pytest.mark.parametrize(
    "question",
    [b"GET / HTTP/1.0\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
)
def test_who_wants_no_more_is_closed(question: bytes, line_to: Callable[..., Line]) -> None:
    line = line_to()
    assert not line.ask(question)
    assert b"\r\nConnection: close\r\n" in line.rest()


def test_who_asks_whether_to_go_on_is_told_to(line_to: Callable[..., Line]) -> None:
    line = line_to()
    assert line.ask(POST.replace(b"Host", b"Expect: 100-continue\r\nHost"))
    answer = line.answer()
    answer += b"" if b"abc" in answer else line.answer()
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_what_is_no_http_is_refused(line_to: Callable[..., Line]) -> None:
    line = line_to()
    assert not line.ask(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
    assert line.rest().startswith(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n")


@pytest.mark.parametrize("said", [b"", b"GET / HT"])
def test_a_caller_who_hangs_up_is_left_without_a_word(said: bytes, line_to: Callable[..., Line]) -> None:
    line = line_to()
    line.theirs.sendall(said)
    line.theirs.shutdown(socket.SHUT_WR)
    assert not (line.ask() and line.ask()), "once for what was said, once for its end"
    assert line.rest() == b""


@pytest.mark.parametrize("said", [QUESTION, POST, POST + POST])
def test_a_caller_who_dribbles_holds_no_thread(said: bytes, line_to: Callable[..., Line]) -> None:
    line = line_to()
    for number in range(len(said) - 1):
        assert line.ask(said[number : number + 1])
    assert line.ask(said[-1:])
    assert line.answer().count(b"HTTP/1.1 200 OK") == said.count(b"HTTP")


def test_a_caller_who_falls_silent_within_a_long_body_holds_a_thread_for_a_while(line_to: Callable[..., Line]) -> None:
    line = line_to(silence=0.02)
    assert not line.ask(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n")
    assert b"200 OK" not in line.rest()


def test_who_does_not_take_his_answer_holds_no_thread(line_to: Callable[..., Line]) -> None:
    def much(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * 1_000_000] * 10

    assert not line_to(much, silence=0.02).ask(QUESTION)


def test_a_failing_application_is_answered_for(line_to: Callable[..., Line]) -> None:
    def fail(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> list[bytes]:
        raise ZeroDivisionError

    line = line_to(fail)
    assert not line.ask(QUESTION)
    assert line.rest().startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


def test_an_answer_that_breaks_off_is_not_followed_by_another(line_to: Callable[..., Line]) -> None:
    closed = []

    class Pieces:
        def __iter__(self) -> Iterator[bytes]:
            yield b"abc"
            raise ZeroDivisionError

        def close(self) -> None:
            closed.append(True)

    def break_off(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Pieces:
        start_response("200 OK", [("Content-Length", "9")])
        return Pieces()

    line = line_to(break_off)
    assert not line.ask(QUESTION)
    assert line.rest().endswith(b"\r\n\r\nabc")
    assert closed == [True]


def test_a_worker_that_stops_keeps_no_connection(line_to: Callable[..., Line]) -> None:
    line = line_to()
    line.worker.alive = False
    assert not line.ask(QUESTION)
    assert b"\r\nConnection: close\r\n" in line.rest()


def test_a_worker_that_has_answered_enough_stops(line_to: Callable[..., Line]) -> None:
    line = line_to(max_requests=2)
    assert line.ask(QUESTION)
    assert line.worker.alive
    assert not line.ask(QUESTION)
    assert not line.worker.alive


@pytest.mark.parametrize("settings", [{"keepalive": 0}, {"worker_connections": 1, "threads": 1}])
def test_connections_are_kept_only_as_gunicorn_is_told(settings: dict[str, int], line_to: Callable[..., Line]) -> None:
    assert not line_to(**settings).ask(QUESTION)


def test_a_thread_takes_leave_of_its_caller_also_where_it_fails(line_to: Callable[..., Line]) -> None:
    """Else the connection would stay as it is, and nobody would know of it."""

    def fail(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> list[bytes]:
        raise SystemExit

    line = line_to(fail)
    with pytest.raises(SystemExit):
        line.ask(QUESTION)
    assert line.rest() == b""
    assert line.connection.sock.fileno() == -1


def test_tls_is_left_to_the_proxy() -> None:
    cfg = Config()
    cfg.set("certfile", __file__)
    with pytest.raises(ConfigError, match="proxy"):
        Worker.check_config(cfg, Logger(cfg))


def test_who_is_silent_for_long_is_closed(line_to: Callable[..., Line]) -> None:
    line = line_to()
    line.worker.nr_conns = 1
    line.worker.tpool.add(line.connection)
    line.worker._close(line.worker.tpool.take_expired(line.connection.timeout - 1))
    assert line.worker.nr_conns == 1
    line.worker._close(line.worker.tpool.take_expired(line.connection.timeout))
    assert line.worker.nr_conns == 0
    assert line.rest() == b""
    line.worker.tpool.shutdown(wait=True)


def failing_with(error: int) -> Any:
    """A listening socket that says so when a connection is to be accepted."""

    def accept() -> None:
        raise OSError(error, os.strerror(error))

    return SimpleNamespace(accept=accept)


@pytest.mark.parametrize(("held", "taken"), [(0, 1), (7, 5)])
def test_where_no_more_files_may_be_open_no_more_is_accepted(
    held: int, taken: int, line_to: Callable[..., Line]
) -> None:
    """Until somebody hangs up; a process that ended for it would take everybody's requests with it."""
    worker = line_to(threads=2).worker
    worker.nr_conns = held
    worker.accept(failing_with(errno.EMFILE))
    assert (worker.nr_conns, worker.worker_connections) == (held, taken)


def test_another_failure_to_accept_is_no_matter_of_room(line_to: Callable[..., Line]) -> None:
    with pytest.raises(OSError, match="Bad file"):
        line_to().worker.accept(failing_with(errno.EBADF))


def test_a_caller_who_thought_again_is_not_accepted(line_to: Callable[..., Line]) -> None:
    worker = line_to().worker
    worker.accept(failing_with(errno.ECONNABORTED))
    assert worker.nr_conns == 0


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_who_must_be_waited_for_leaves_threads_to_others(line_to: Callable[..., Line]) -> None:
    line = line_to(threads=2)
    with line.worker.tpool.turn():
        line.theirs.sendall(CHUNKED)
        assert line.worker._serve(line.connection) is Next.TURN, "one thread of two waits already"
    assert line.ask(b"3\r\nabc\r\n0\r\n\r\n")
    assert line.answer().endswith(b"\r\n\r\nabc")


def test_nothing_that_was_sent_gets_into_the_log(
    line_to: Callable[..., Line], capsys: pytest.CaptureFixture[str]
) -> None:
    line = line_to(deaf)
    assert not line.ask(CHUNKED + b"secret-of-the-bank\r\n")
    assert not line_to().ask(CHUNKED + b"secret-of-the-bank\r\n")
    assert "secret-of-the-bank" not in capsys.readouterr().err


@pytest.mark.parametrize("error", [TimeoutError, ConnectionRefusedError, BlockingIOError, StopIteration])
def test_a_failure_of_the_applications_own_is_answered_for(
    error: type[Exception], line_to: Callable[..., Line], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> list[bytes]:
        raise error

    line = line_to(fail)
    assert not line.ask(QUESTION)
    assert line.rest().startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert error.__name__ in capsys.readouterr().err


def test_who_does_not_hang_up_holds_no_thread(line_to: Callable[..., Line]) -> None:
    line = line_to()
    line.theirs.sendall(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    assert line.worker._serve(line.connection) is Next.MORE
    assert line.connection.leaving
    assert line.connection.is_over(line.connection.timeout)


def test_what_was_asked_before_the_end_is_answered(
    line_to: Callable[..., Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no thread had time for it when those who were silent were closed."""
    monkeypatch.setattr(worker_module, "LINGER", 0.0)
    begun, go_on, looked = threading.Event(), threading.Event(), threading.Event()

    def slowly(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        begun.set()
        assert go_on.wait(10)
        return echo(environ, start_response)

    class Looked(Threads[Connection]):
        def take_expired(self, now: float) -> list[Connection]:
            taken = super().take_expired(now)
            if now == math.inf:
                looked.set()
            return taken

    first = line_to(slowly)
    worker, second = first.worker, Line(first.worker)
    worker.poller, worker.tpool = selectors.DefaultSelector(), Looked(1, worker._serve)
    running = threading.Thread(target=worker.run)
    running.start()
    for line in (first, second):
        worker.nr_conns += 1
        worker.tpool.add(line.connection)
    first.theirs.sendall(POST)
    assert begun.wait(10)
    second.theirs.sendall(POST)
    worker.handle_exit(None, None)
    assert looked.wait(10)
    go_on.set()
    for line in (first, second):
        assert line.rest().startswith(b"HTTP/1.1 200 OK")
        line.theirs.close()
    running.join(10)
    assert worker.nr_conns == 0
