"""The real server, as a bank would start it, on a free port and on a database of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import psutil
import psycopg
from django.db import connections
from psycopg.rows import dict_row

from config.children import child
from integrations import clients, keys
from offers import catalogue, models, releases
from tests import factories
from tests.environment import ENVIRONMENT

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]
PATH = "/integrations/api/banking/loan_approval"
PATIENCE = 20.0

CLIENT = "yandex"
PHONE_NUMBER = "9330445040"


@dataclass(frozen=True, slots=True)
class Server:
    """A gunicorn that serves, and what it leaves behind."""

    port: int
    token: str
    sql: psycopg.Connection[dict[str, Any]]
    orm: Callable[[], AbstractContextManager[None]]
    log: Path
    processes: int
    confidential: list[str] = field(default_factory=list)  # secrets and tokens, which must stand nowhere at the end

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def client(self) -> httpx.Client:
        """Speaks as Yandex, on as many connections as are needed at once, which it keeps."""
        return httpx.Client(
            base_url=self.url, headers=self.authorization, verify=False, trust_env=False, timeout=PATIENCE
        )

    @contextmanager
    def client_of_each_process(self) -> Iterator[list[httpx.Client]]:
        """Each on one connection, which stays with the process that took it: nothing is left to chance."""
        until, found = time.monotonic() + PATIENCE, dict[int, httpx.Client]()
        with ExitStack() as stack:
            while len(found) < self.processes:
                assert time.monotonic() < until, f"only {len(found)} of {self.processes} processes take connections"
                client = stack.enter_context(self.client())
                answer = client.get("/livez")
                own = answer.extensions["network_stream"].get_extra_info("client_addr")
                found.setdefault(_process_connected_to(own), client)
            yield list(found.values())

    def publish(self, *rows: models.Offer) -> int:
        """Make these the only offers that are live; the number of the release."""
        with self.orm():
            models.Offer.objects.all().delete()
            for row in rows:
                row.save()
            with suppress(releases.NothingToPublish):
                return factories.publish().number
            return catalogue.live_number()

    def entries(self, **where: Any) -> list[dict[str, Any]]:
        """Of the journal, oldest first."""
        names = [psycopg.sql.Identifier(name) for name in where]
        condition = psycopg.sql.SQL(" and ").join(psycopg.sql.SQL("{} = %s").format(name) for name in names)
        query = psycopg.sql.SQL("select * from integrations_journalentry where {} order by received_at, id")
        return self.sql.execute(query.format(condition), list(where.values())).fetchall()

    def entry_of(self, headers: Message | httpx.Headers) -> dict[str, Any]:
        """The one entry of the request that was answered with these headers."""
        [entry] = self.entries(request_id=UUID(headers["X-Request-Id"]))
        return entry


def _process_connected_to(own: tuple[str, int]) -> int:
    """Which of those started from here has the other end."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if any(connection.raddr == own for connection in process.net_connections("tcp")):
                return int(process.pid)
    raise AssertionError("nobody has the other end of that connection")


def question(**differs: Any) -> dict[str, Any]:
    """The contract's loan request, under an id of its own."""
    asked = {
        "phone_number": PHONE_NUMBER,
        "amount": 500000.0,
        "term": 36,
        "product_type": "loan",
        "search_id": str(uuid4()),
    }
    return {name: value for name, value in (asked | differs).items() if value is not None}


def body(**differs: Any) -> bytes:
    return json.dumps(question(**differs)).encode()


@contextmanager
def gunicorn(log: Path, **environment: str) -> Iterator[int]:
    """Serve until the end of the block; yield the port.

    The socket is made here and handed over, so that the port is free for certain, and whoever connects before the
    server is ready waits in the queue.
    """
    with listening() as listener, gunicorn_on(listener, log, **environment):
        port = port_of(listener)
        listener.close()
        yield port


def listening() -> socket.socket:
    return socket.create_server((HOST, 0), backlog=256)


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


@contextmanager
def gunicorn_on(listener: socket.socket, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Serve on this socket until the end of the block; yield the master process.

    While the socket stays open, connections wait to be served.
    """
    inherited = {name: os.environ[name] for name in ("PATH", "STATIC_ROOT")}
    own = {"SPOOL_DIR": str(log.with_suffix(".spool"))}
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", f"fd://{listener.fileno()}"]
    with log.open("ab") as output:
        started = child(
            command,
            stop=signal.SIGTERM,
            patience=PATIENCE,
            cwd=ROOT,
            env=ENVIRONMENT | inherited | own | environment,
            stdout=output,
            stderr=output,
            pass_fds=[listener.fileno()],
        )
        with started as master:
            yield master


def workers_of(master: subprocess.Popen[bytes]) -> list[int]:
    """The process ids of gunicorn's workers; none while the master starts, or once it has ended."""
    with suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()]
    return []


@contextmanager
def jobs(log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`run_jobs`, until the end of the block."""
    command = [sys.executable, "manage.py", "run_jobs"]
    with (
        log.open("ab") as output,
        child(
            command,
            stop=signal.SIGTERM,
            patience=PATIENCE,
            cwd=ROOT,
            env=ENVIRONMENT | environment,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        yield process


def python(*arguments: str, **environment: str) -> str:
    """What Python says with the service's code and settings, in a process of its own."""
    known = ENVIRONMENT | {name: os.environ[name] for name in ("PATH", "DATABASE_URL")} | environment
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=known, capture_output=True, text=True, check=True
    ).stdout


@dataclass(frozen=True, slots=True)
class Browsing:
    """A person's session, without a browser."""

    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """As the page's own form would send it."""
        self.client.get(path)
        [token] = (cookie.value for cookie in self.client.cookies.jar if cookie.name.endswith("csrftoken"))
        return self.client.post(path, data={"csrfmiddlewaretoken": token, **fields})

    def log_in(self, username: str, password: str) -> httpx.Response:
        return self.post("/admin/login/", username=username, password=password, next="/admin/")


@contextmanager
def browsing(port: int) -> Iterator[Browsing]:
    with httpx.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=PATIENCE) as client:
        yield Browsing(client)


def wait_until_it_answers(port: int) -> None:
    with http_connection(port) as connection:
        connection.request("GET", "/livez")
        assert connection.getresponse().status == http.HTTPStatus.OK


@contextmanager
def http_connection(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def orm_on(database: str, **settings: Any) -> Iterator[None]:
    """Let the code under test work in that database, in this process and thread."""
    own = connections["default"]
    other = connections.create_connection("default")
    other.settings_dict = {**own.settings_dict, "NAME": database, **settings}
    connections["default"] = other
    _forget()
    try:
        yield
    finally:
        other.close()
        connections["default"] = own
        _forget()


def _forget() -> None:
    for module in (catalogue, clients, keys):
        module.forget()


def issue_token() -> str:
    return clients.issue(CLIENT).secret


def uri_of(database: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()


def connect(uri: str) -> psycopg.Connection[dict[str, Any]]:
    return psycopg.connect(uri, autocommit=True, row_factory=dict_row)
