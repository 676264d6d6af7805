import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from integrations.models import JournalEntry
from integrations.proof import proving, sealing
from integrations.proof.notes import Signer
from tests.integrations.factories import JournalEntryFactory

CHECK = Path(__file__).resolve().parents[3] / "bin" / "check_proof"

pytestmark = pytest.mark.django_db


def check(proof: dict[str, Any], directory: Path, key: str | None = None) -> str:
    """What the script says that needs nothing of the program; it exits 0 exactly where it says so."""
    file = directory / "proof.json"
    file.write_text(json.dumps(proof))
    command = [sys.executable, "-I", str(CHECK), str(file), key or str(sealing.signer().public)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    said: str = ended.stdout or ended.stderr
    assert (ended.returncode == 0) is said.startswith("The entry"), said
    return said


def test_a_third_party_is_convinced_of_every_entry(sealed: None, tmp_path: Path) -> None:
    ids = list(JournalEntry.objects.order_by("received_at").values_list("id", flat=True))
    for entry_id in (ids[0], ids[4], ids[-1]):
        assert str(entry_id) in check(proving.prove(entry_id), tmp_path)


def test_only_the_batches_next_to_it_are_read(sealed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "BEHIND", "select 1 / 0")
    for entry_id in JournalEntry.objects.values_list("id", flat=True):
        proving.prove(entry_id)


def test_and_of_nothing_else(sealed: None, tmp_path: Path) -> None:
    proof = proving.prove(JournalEntry.objects.order_by("received_at")[4].id)

    def broken(part: str, **changes: Any) -> dict[str, Any]:
        return {**proof, part: {**proof[part], **changes}}

    for wrong in (
        broken("entry", status="500"),
        broken("entry", amount=None),
        broken("in_batch", index=0),
        broken("in_log", size=4),
        {**proof, "checkpoint": proof["checkpoint"].replace("\n3\n", "\n4\n")},
        {},
    ):
        assert "Not proven" in check(wrong, tmp_path)
    other = str(Signer.of("vitrina.example/journal", bytes(32)).public)
    assert "Not proven" in check(proof, tmp_path, other)


def test_a_proof_holds_nothing_personal(sealed: None) -> None:
    entry = JournalEntry.objects.order_by("id")[0]
    shown = json.dumps(proving.prove(entry.id))
    for personal in (entry.phone_mask, entry.remote_addr):
        assert personal
        assert personal not in shown
    for secret in (entry.salt, entry.phone_hash, entry.request_sealed):
        assert secret
        assert base64.b64encode(secret).decode() not in shown
        assert bytes(secret).hex() not in shown


def test_what_is_not_sealed_is_not_proven(sealed: None) -> None:
    young = JournalEntryFactory()
    with pytest.raises(proving.NotSealed):
        proving.prove(young.id)
    unknown: UUID = uuid4()
    with pytest.raises(JournalEntry.DoesNotExist):
        proving.prove(unknown)
