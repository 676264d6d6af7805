"""The lines that docs/callers.md tells people to type, as they stand there."""

import json
import os
import re
import subprocess

import pytest

from tests import factories
from tests.server import contract, serving
from tests.server.serving import CLIENT, Server

GUIDE = (serving.ROOT / "docs" / "callers.md").read_text()
LINES = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
TOLD = re.findall(r"^```json\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def ran(server: Server, typed: str) -> bytes:
    server.publish(factories.LoanFactory.build())
    environment = {
        "BASE_URL": f"{server.url}/integrations",
        "CLIENT_ID": CLIENT,
        "CLIENT_SECRET": server.token,
        "QUESTION": serving.body().decode(),
        "PATH": os.environ["PATH"],
        "no_proxy": "*",
    }
    done = subprocess.run(["sh", "-euc", typed], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_has_every_way_in() -> None:
    assert (len(LINES), len(TOLD)) == (4, 1)


@pytest.mark.parametrize("typed", [line for line in LINES if "loan_approval" in line])
def test_a_question_is_answered(typed: str, server: Server) -> None:
    contract.check_answer(contract.loads(ran(server, typed)))


def test_a_token_is_given(server: Server) -> None:
    (typed,) = (line for line in LINES if "loan_approval" not in line)
    given, told = json.loads(ran(server, typed)), json.loads(TOLD[0])
    server.confidential.append(given["access_token"])
    assert given.pop("access_token").startswith(told.pop("access_token").rstrip("…"))
    assert given == told
