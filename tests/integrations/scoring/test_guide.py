"""What docs/scoring.md tells the bank's developers to send, to type and to expect, as it stands there."""

import json
import os
import re
import subprocess
from pathlib import Path

from django.conf import settings

from integrations import privacy
from integrations.scoring import wire
from integrations.scoring.demo import Behaviour
from tests.environment import ENVIRONMENT
from tests.integrations.scoring.conftest import PHONE
from tests.integrations.scoring.test_contract import allows, serving_reference

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "scoring.md").read_text()
HASHED, ASKED = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
ANSWERS = re.findall(r'`({"decision".*?})`', GUIDE)


def typed(lines: str) -> str:
    surroundings = {"PATH": os.environ["PATH"], "PHONE_KEY": ENVIRONMENT["PHONE_KEY"], "no_proxy": "*"}
    return subprocess.run(["sh", "-c", lines], env=surroundings, capture_output=True, text=True, check=True).stdout


def test_the_hash_of_a_person_is_ours() -> None:
    assert typed(HASHED).strip() == privacy.hash_phone(PHONE, settings.PHONE_KEY.secret).hex()


def test_the_reference_answers_what_is_typed() -> None:
    with serving_reference(Behaviour()) as reference:
        answer = typed(ASKED.replace("http://127.0.0.1:8099/score", reference.address))

    assert json.loads(answer) == {"decision": "approved", "grants": [{"limit": 500000, "rate": 24.9}]}


def test_the_answers_it_shows_can_be_read() -> None:
    assert len(ANSWERS) == 4
    for answer in ANSWERS:
        assert allows("Answer", json.loads(answer))
        wire.read(answer.encode(), ["cash-standard"])
