"""Direct's file as its help describes it, and each conversion once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.applications import conversions, direct
from integrations.applications.conversion import Conversion
from integrations.applications.conversions import NothingToExport
from integrations.applications.models import ConversionBatch
from integrations.applications.states import State
from tests.integrations.applications.factories import ApplicationFactory

HEADER = "id;create_date_time;client_uniq_id;client_ids;emails;phones;order_status;revenue"
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = (NOON - timedelta(days=1), NOON + timedelta(days=1))


def conversion(**changes: Any) -> Conversion:
    usual: dict[str, Any] = {
        "application_id": "A-1",
        "state": State.ISSUED,
        "began_at": NOON,
        "metrica_client_id": "1234567890",
        "amount": Decimal("500000.00"),
    }
    return Conversion(**usual | changes)


def test_it_works() -> None:
    (file,) = direct.files([conversion()])

    assert file.name == "direct-conversions.csv"
    assert file.content.decode() == f"{HEADER}\r\nA-1;24.11.2026 12:00:00;;1234567890;;;PAID;500000\r\n"


def test_rows_without_a_client_id_are_for_the_bank_to_fill_in() -> None:
    (file,) = direct.files([conversion(metrica_client_id=None)])

    assert file.name == "direct-conversions-phones-missing.csv"
    assert file.content.decode().splitlines()[1] == "A-1;24.11.2026 12:00:00;;;;;PAID;500000"


@pytest.mark.parametrize(
    ("state", "status", "revenue"),
    [
        (State.FILED, "IN_PROGRESS", ""),
        (State.APPROVED, "IN_PROGRESS", ""),
        (State.ISSUED, "PAID", "500000"),
        (State.DECLINED, "CANCELLED", ""),
        (State.CANCELLED, "CANCELLED", ""),
    ],
)
def test_each_state_has_its_status(state: State, status: str, revenue: str) -> None:
    (file,) = direct.files([conversion(state=state)])
    assert file.content.decode().splitlines()[1].endswith(f";{status};{revenue}")


@pytest.mark.django_db
class TestOnce:
    @pytest.fixture(autouse=True)
    def applications(self) -> None:
        ApplicationFactory(application_id="A-1", filed_at=NOON, issued_at=NOON, metrica_client_id="1")
        ApplicationFactory(application_id="A-2", filed_at=NOON)
        ApplicationFactory(application_id="old", issued_at=NOON - timedelta(days=30))

    def test_it_works(self) -> None:
        made = conversions.export("direct", *DAY, [State.FILED, State.ISSUED], author="pm")

        assert [file.content.count(b"\r\n") - 1 for file in made.files] == [2, 1]
        assert (made.batch.rows, made.batch.states, made.batch.author) == (3, "filed, issued", "pm")

    def test_a_second_time_there_is_nothing_left(self) -> None:
        conversions.export("direct", *DAY, [State.ISSUED], author="pm")

        with pytest.raises(NothingToExport):
            conversions.export("direct", *DAY, [State.ISSUED], author="pm")
        assert conversions.export("direct", *DAY, list(State), author="pm").batch.rows == 2

    def test_what_is_taken_back_can_be_taken_out_again(self) -> None:
        first = conversions.export("direct", *DAY, [State.ISSUED], author="pm")

        assert conversions.again(first.batch).files == first.files
        assert conversions.undo(first.batch, by="boss") == 1
        assert conversions.undo(first.batch, by="boss") == 0
        assert conversions.export("direct", *DAY, [State.ISSUED], author="pm").files == first.files
        first.batch.refresh_from_db()
        assert first.batch.undone_by == "boss"

    def test_the_command(self, tmp_path: Path) -> None:
        said = StringIO()
        call_command("export_conversions", "--from=2026-11-24", "--to=2026-11-24", f"--into={tmp_path}", stdout=said)
        batch = ConversionBatch.objects.get()

        assert (tmp_path / "direct-conversions.csv").read_text().startswith(HEADER)
        assert str(batch.id) in said.getvalue()
        call_command("export_conversions", "--from=2026-11-24", "--to=2026-11-24", stdout=said)
        assert "Nothing is left" in said.getvalue()
        call_command("export_conversions", f"--undo={batch.id}", stdout=said)
        assert "1 conversions can be taken out again" in said.getvalue()

    @pytest.mark.parametrize("arguments", [["--from=x"], ["--from=2026-11-24", "--to=2026-11-01"], ["--undo=x"]])
    def test_the_command_refuses(self, arguments: list[str]) -> None:
        with pytest.raises(CommandError):
            call_command("export_conversions", *arguments)
