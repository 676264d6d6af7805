from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from offers.models import Loan
from tests.factories import CreditCardFactory, LoanFactory

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_out_and_in(form: str, tmp_path: Path) -> None:
    LoanFactory()
    CreditCardFactory()
    file = str(tmp_path / f"catalogue.{form}")
    said("export_catalogue", file)
    assert "без изменений: 2" in said("import_catalogue", file)


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    LoanFactory(code="cash")
    file = tmp_path / "rates.csv"
    file.write_text("code;rate_min\ncash;18\n")
    assert "Ставка от, % годовых: 19,9 → 18" in said("import_catalogue", "--dry-run", str(file))
    assert Loan.objects.get().rate_min != 18
    assert "изменено: 1" in said("import_catalogue", str(file))
    assert Loan.objects.get().rate_min == 18


def test_mistakes_end_it(tmp_path: Path) -> None:
    LoanFactory(code="cash")
    file = tmp_path / "rates.csv"
    file.write_text("code;rate_min\ncash;x\n")
    with pytest.raises(CommandError, match="Строка 2, «Ставка от, % годовых»") as mistaken:
        said("import_catalogue", str(file))
    assert mistaken.value.returncode == 1


@pytest.mark.parametrize("name", ["rates.txt", "none.csv"])
def test_what_can_not_be_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "rates.txt").write_text("code\n")
    with pytest.raises(CommandError) as unreadable:
        said("import_catalogue", str(tmp_path / name))
    assert unreadable.value.returncode == 2


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        said("export_catalogue", str(tmp_path / "none" / "a.csv"))


def test_a_template(tmp_path: Path) -> None:
    said("export_catalogue", "--template", str(tmp_path / "a.xlsx"))
    assert "Добавлено предложений: 2" in said("import_catalogue", str(tmp_path / "a.xlsx"))
