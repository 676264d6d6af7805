"""The lines that docs/applications.md tells the bank's developers to type, as they stand there."""

import json
import os
import re
import subprocess
from pathlib import Path

from integrations.yandex.exit import NEWS_PATH
from tests.factories import LoanFactory
from tests.server import serving
from tests.server.serving import Server
from tests.server.waiting import wait_until

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "applications.md").read_text()
LINES = re.findall(r"^```sh\n(.*?)^```\n\n```json\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def test_it_works(server: Server) -> None:
    environment = {"BASE_URL": f"{server.url}/integrations", "PATH": os.environ["PATH"], "no_proxy": "*"}
    environment |= {"CRM_TOKEN": _crm(server), "REF": _reference(server)}
    assert len(LINES) == 3
    for typed, told in LINES:
        ran = subprocess.run(["sh", "-c", typed], env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout) == json.loads(told), typed


def test_a_click_reaches_the_bank(server: Server) -> None:
    ref = _reference(server)
    with server.client() as client:
        answer = client.get(f"/go/{ref}", follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"https://bank.example/guide?ref={ref}")


def _crm(server: Server) -> str:
    from integrations import clients
    from integrations.models import Scope

    with server.orm():
        secret = clients.issue("guide", scopes=[Scope.APPLICATIONS]).secret
    headers = {"Authorization": f"Bearer {secret}"}
    with server.client_of_each_process() as each:
        # Somebody may have just spent the looks at what nobody knows; each process knows it within a second.
        wait_until(lambda: {client.post(NEWS_PATH, headers=headers).status_code for client in each} == {400}, within=3)
    return secret


def _reference(server: Server) -> str:
    """Of a new enquiry to which one offer was shown."""
    server.publish(LoanFactory.build(code="guide", link="https://bank.example/guide?ref={ref}"))
    with server.client() as client:
        (offer,) = client.post(serving.PATH, content=serving.body()).json()["data"]
    return str(offer["propousal_link"]["link"]).rpartition("=")[2]
