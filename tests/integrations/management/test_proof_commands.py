"""seal_journal, verify_journal and prove_exchange, as they are called."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from integrations.models import Batch, JournalEntry
from tests.integrations.factories import JournalEntryFactory
from tests.integrations.proof.conftest import (  # noqa: F401  (fixtures)
    BATCHES,
    sealed,
    sealed_copy,
    sealed_database,
    settle,
    tamper,
    write,
)

pytestmark = pytest.mark.django_db


def test_sealing_prints_checkpoints_and_what_is_left(sealed_copy: str, capsys: Any) -> None:  # noqa: F811
    write()
    settle()
    call_command("seal_journal")
    said = capsys.readouterr().out
    assert Batch.objects.get(number=BATCHES).checkpoint in said
    assert "vitrina.example/journal+" in said


def test_verifying_exits_by_what_it_finds(sealed_copy: str, tmp_path: Path, capsys: Any) -> None:  # noqa: F811
    kept = tmp_path / "checkpoint"
    kept.write_text(Batch.objects.get(number=0).checkpoint)
    call_command("verify_journal", checkpoint=[kept])
    assert "9" in capsys.readouterr().out

    changed = JournalEntry.objects.order_by("received_at")[4]
    tamper(f"update integrations_journalentry set status = 500 where id = '{changed.id}'")
    with pytest.raises(CommandError, match=str(changed.id)) as refused:
        call_command("verify_journal")
    assert refused.value.returncode == 1

    kept.write_text("nothing")
    with pytest.raises(CommandError):
        call_command("verify_journal", checkpoint=[kept])


def test_without_a_key_they_say_what_to_set(settings: Any) -> None:
    settings.SIGNING_KEY = None
    for command in ("seal_journal", "verify_journal"):
        with pytest.raises(CommandError, match="SIGNING_KEY"):
            call_command(command)


def test_proving(sealed: None, capsys: Any) -> None:  # noqa: F811
    entry = JournalEntry.objects.order_by("received_at")[0]
    call_command("prove_exchange", str(entry.id))
    assert json.loads(capsys.readouterr().out)["entry"]["id"] == str(entry.id)
    for unproven in (JournalEntryFactory().id, uuid4()):
        with pytest.raises(CommandError):
            call_command("prove_exchange", str(unproven))
