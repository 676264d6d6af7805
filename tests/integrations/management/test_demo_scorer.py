"""The command as a terminal runs it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from integrations.scoring import client
from offers.domain.known import Scored, Verdict
from tests.environment import ENVIRONMENT
from tests.integrations.scoring.conftest import QUESTION

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60  # seconds, in which a busy machine starts or ends a process
SURROUNDINGS = ENVIRONMENT | {"DATABASE_URL": "postgresql://nobody@127.0.0.1/nothing", "PATH": os.defpath}


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "manage.py", "demo_scorer", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=SURROUNDINGS, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_answers_and_ends_when_told(settings: Any, stop: signal.Signals) -> None:
    with running("--port", "0", "--decision", "refuse") as process:
        assert process.stdout
        settings.SCORING_URL = process.stdout.readline().strip().removeprefix("Listening on ")
        answer = client.ask(QUESTION, within=5)
        client.forget()
        process.send_signal(stop)

        assert process.wait(PATIENCE) == 0
        assert isinstance(answer, Scored)
        assert answer.verdict is Verdict.REFUSED
        assert process.stdout.read() == f"{QUESTION.id} refuse\n"


def test_it_ends_while_a_question_waits(settings: Any) -> None:
    with running("--port", "0", "--delay", "60") as process:
        assert process.stdout
        settings.SCORING_URL = process.stdout.readline().strip().removeprefix("Listening on ")
        client.ask(replace(QUESTION, id=uuid4()), within=0.2)
        client.forget()
        process.terminate()

        assert process.wait(PATIENCE) == 0


def test_what_it_can_t_do_is_refused() -> None:
    with running("--port", "0", "--rate", "1e5") as process:
        assert process.wait(PATIENCE) != 0


def test_a_port_in_use_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("--port", str(port)) as process:
            assert process.wait(PATIENCE) == 1

    assert f"Port {port} can't be used" in capfd.readouterr().err
