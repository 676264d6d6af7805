"""The demo: Postgres, its data and the service, in the foreground until Ctrl-C. Started by bin/demo."""

import base64
import errno
import http.client
import io
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from config.children import STOPS, child
from config.local_postgres import PostgresError, running

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0  # Seconds for the server to be ready, and for it to stop.
SCORER_TAKES = 3  # Seconds; longer than a person who asks is let wait.


class DemoError(Exception):
    """The demo can't go on; the message says why, for people."""


class Stopped(BaseException):
    """Somebody pressed Ctrl-C, or asked in another way; not an Exception, so that nobody on the way holds it up."""


def main() -> int:
    parser = ArgumentParser("bin/demo", description="Serves the demo until Ctrl-C.")
    parser.add_argument("--scoring", action="store_true", help="let a scoring service decide on loans, in its own time")
    with_scoring = parser.parse_args().scoring
    try:
        _stop_when_told()
        port = _port(os.environ.get("PORT", "8000"))
        _demo(Path(os.environ["STATE_DIR"]), port, scorer=port + 1 if with_scoring else None)
    except Stopped:
        _say("Stopped.")
        return 0
    except (DemoError, PostgresError, OSError) as error:
        _say(str(error), to=sys.stderr)
        return 1


def _demo(state: Path, port: int, scorer: int | None) -> NoReturn:
    """`scorer`: the port of a scoring service that comes along, if one does."""
    _require_free(port)
    if scorer:
        _require_free(scorer)
    with running(state / "postgres") as database_url, ExitStack() as stack:
        values = _remembered(state / "demo.env", _always(state, port, database_url))
        _prepare(values)
        names = {}
        if scorer:
            _let_scoring_decide(scorer)
            names[stack.enter_context(_scorer(scorer, state / "scorer.log")).pid] = "The scoring service"
        server = stack.enter_context(_server(port))
        names[server.pid] = "The server"
        names[stack.enter_context(_jobs(state / "jobs.log")).pid] = "run_jobs"
        _wait_until_ready(server, port)
        _say(_welcome(values, scorer))
        _wait_for_an_end(names)


def _stop_when_told() -> None:
    for each in STOPS:
        if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:  # nohup means it.
            signal.signal(each, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for each in STOPS:
        signal.signal(each, signal.SIG_IGN)  # Once is enough: a second Ctrl-C must not leave half of it running.
    raise Stopped


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**16):
        raise DemoError(f"PORT is {text!r}: set it to a number from 1 to 65535.")
    return int(text)


def _require_free(port: int) -> None:
    """Wait a moment only, for a server whose demo was killed and which is on its way out."""
    deadline = time.monotonic() + 2
    while True:
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((HOST, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise DemoError(
                        f"Port {port} can't be used ({error.strerror}). Try PORT={port + 1} bin/demo"
                    ) from None
            else:
                return
        time.sleep(0.05)


def _always(state: Path, port: int, database_url: str) -> dict[str, str]:
    """What each start says anew."""
    return {
        "BASE_URL": f"http://{HOST}:{port}/integrations",
        "PUBLIC_URL": f"http://{HOST}:{port}/integrations",
        "DATABASE_URL": database_url,
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "HTTPS": "off",
        "ADMIN_OTP": "off",
        "STATIC_ROOT": str(state / "static"),
        "SPOOL_DIR": str(state / "spool"),
    }


def _secrets() -> dict[str, str]:
    """What the first start chooses and the others keep."""
    secret = secrets.token_urlsafe(32)
    return {
        "CLIENT_ID": "yandex",
        "CLIENT_SECRET": secret,
        "TOKEN": secret,  # The same secret serves as bearer token and as the password of HTTP Basic.
        "CRM_TOKEN": secrets.token_urlsafe(32),
        "TRIAL_TOKEN": secrets.token_urlsafe(32),
        "ADMIN_USER": "admin",
        "ADMIN_PASSWORD": secrets.token_urlsafe(12),
        "PM_USER": "manager",
        "PM_PASSWORD": secrets.token_urlsafe(12),
        "ANALYST_USER": "analyst",
        "ANALYST_PASSWORD": secrets.token_urlsafe(12),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PHONE_KEY": _key(),
        "MASTER_KEY": _key(),
        "SIGNING_KEY": f"vitrina.demo/journal:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "REF_KEY": _key(),
        "FALLBACK_URL": "https://bank.example/credits",
    }


def _key() -> str:
    return f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _remembered(path: Path, always: dict[str, str]) -> dict[str, str]:
    """Complete the file of values, which may hold further settings of its owner's."""
    lines = path.read_text().splitlines() if path.exists() else []
    kept = dict(line.split("=", 1) for line in lines if "=" in line)
    values = _secrets() | kept | always
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    new.rename(path)
    return values


def _prepare(values: dict[str, str]) -> None:
    """Bring database and static files up to date; in this process, as each start of Python with Django takes long."""
    os.environ |= values | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    connections.close_all()


def _let_scoring_decide(port: int) -> None:
    os.environ["SCORING_URL"] = f"http://{HOST}:{port}/score"  # not in demo.env: the service ends with this demo
    from django.core.management import call_command
    from django.db import connections

    call_command("set_policy", "loan", "scoring_with_fallback", author="demo", stdout=io.StringIO())
    connections.close_all()


@contextmanager
def _scorer(port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """It speaks to a file: each question is a line there."""
    command = [sys.executable, "manage.py", "demo_scorer", "--port", str(port), "--delay", str(SCORER_TAKES)]
    with (
        log.open("ab") as said,
        child(command, stop=signal.SIGTERM, patience=PATIENCE, cwd=ROOT, stdout=said, stderr=said) as scorer,
    ):
        _wait_until("The scoring service", scorer, lambda: _listens(port))
        yield scorer


@contextmanager
def _server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", f"{HOST}:{port}"]
    with child([*command, "--log-level", "warning"], stop=signal.SIGTERM, patience=PATIENCE, cwd=ROOT) as server:
        yield server


@contextmanager
def _jobs(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """What seals and purges. It speaks to a file: each checkpoint is a line there."""
    command = [sys.executable, "manage.py", "run_jobs"]
    with (
        log.open("ab") as said,
        child(command, stop=signal.SIGTERM, patience=PATIENCE, cwd=ROOT, stdout=said, stderr=said) as jobs,
    ):
        yield jobs


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    _wait_until("The server", server, lambda: _is_ready(port))


def _wait_until(name: str, process: subprocess.Popen[bytes], is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_ready():
        if process.poll() is not None:
            raise DemoError(f"{name} did not start; what it said stands above.")
        if time.monotonic() > deadline:
            raise DemoError(f"{name} is not ready after {PATIENCE:.0f} s.")
        time.sleep(0.02)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=PATIENCE):
        return True
    return False


def _wait_for_an_end(names: dict[int, str]) -> NoReturn:
    """Nothing ends by itself; when something does, say so, and let the rest be stopped on the way out."""
    pid, status = os.wait()
    who = names.get(pid, "Postgres")
    raise DemoError(f"{who} ended by itself (status {os.waitstatus_to_exitcode(status)}); the rest is being stopped.")


def _welcome(values: dict[str, str], scorer: int | None) -> str:
    question = {
        "phone_number": "9330445040",
        "amount": 500_000,
        "term": 36,
        "product_type": "loan",
        "search_id": str(uuid.uuid4()),
    }
    admin = values["BASE_URL"].removesuffix("integrations") + "admin/"
    curl = (
        f"curl -sS -w '\\n' {values['BASE_URL']}/api/banking/loan_approval -H 'Authorization: Bearer {values['TOKEN']}'"
        " -H 'Content-Type: application/json' -d "
    )
    scoring = f"""
The answer is "pending": the scoring service at http://{HOST}:{scorer} takes {SCORER_TAKES} s. Then ask what came of it:

{curl}'{json.dumps({"search_id": question["search_id"]})}'
"""
    return f"""
Vitrina answers Yandex at {values["BASE_URL"]}

Ask it for a loan of 500 000 for 36 months:

{curl}'{json.dumps(question)}'
{scoring if scorer else ""}
Then open {admin} as one of
  {values["ADMIN_USER"]:8} {values["ADMIN_PASSWORD"]}  administrator
  {values["PM_USER"]:8} {values["PM_PASSWORD"]}  product manager: edits offers and publishes them
  {values["ANALYST_USER"]:8} {values["ANALYST_PASSWORD"]}  analyst: finds the question in the journal, and its answer

Without a second factor, which administrators and publishers need elsewhere (ADMIN_OTP=on).
All of this is in {Path(values["STATIC_ROOT"]).with_name("demo.env")}. Ctrl-C stops everything.
"""


def _say(what: str, to: TextIO = sys.stdout) -> None:
    print(what, file=to, flush=True)


if __name__ == "__main__":
    sys.exit(main())
