"""What a thread leaves to the one that accepts connections."""

import socket
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from config.worker import Worker


def test_a_thread_takes_leave_of_its_caller_also_where_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the one that accepts would, and everybody else would wait for that."""

    def fail(_worker: ThreadWorker, _connection: object) -> None:
        raise SystemExit

    monkeypatch.setattr(ThreadWorker, "handle", fail)
    worker = Worker.__new__(Worker)  # no process of its own
    ours, the_callers = socket.socketpair()
    with ours, the_callers:
        the_callers.shutdown(socket.SHUT_WR)
        the_callers.setblocking(False)
        with pytest.raises(SystemExit):
            worker.handle(SimpleNamespace(sock=ours))
        assert the_callers.recv(1) == b""
