from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.lists.models import ListVersion, PersonList
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory
from tests.integrations.lists.test_lookup import look_up

pytestmark = pytest.mark.django_db


def path(folder: Path, *lines: str) -> str:
    file = folder / "people.csv"
    file.write_text("\n".join(["phone_number;product_type;limit", *lines]))
    return str(file)


def test_a_list_is_made_loaded_switched_and_taken_back(tmp_path: Path, capsys: Any) -> None:
    call_command("load_list", "salary", path(tmp_path, f"{PHONE};loan;1"), "--new", "prequalified", "--switch")
    call_command("load_list", "salary", path(tmp_path, f"{PHONE};loan;2"))
    assert [str(grant.limit) for grant in look_up()[0]] == ["1"]
    capsys.readouterr()

    call_command("switch_list", "salary", 2)
    assert [str(grant.limit) for grant in look_up()[0]] == ["2"]
    call_command("take_back_list", "salary")
    assert [str(grant.limit) for grant in look_up()[0]] == ["1"]
    call_command("switch_list", "salary")
    assert look_up()[0] == ()
    assert [line[-2:] for line in capsys.readouterr().out.splitlines()] == ["2.", "1.", "т."]


def test_mistakes_are_said_by_their_lines_and_nothing_is_switched(tmp_path: Path, capsys: Any) -> None:
    PersonListFactory(code="salary")
    with pytest.raises(CommandError):
        call_command("load_list", "salary", path(tmp_path, f"{PHONE};loan;1", f"{PHONE[:-1]};loan;x"), "--switch")
    said = capsys.readouterr().out
    assert said.count("строка 3:") == 2
    assert PHONE[:-1] not in said
    assert PersonList.objects.get().live is None


@pytest.mark.parametrize(
    "command", [("load_list", "other", "people.csv"), ("switch_list", "other", "1"), ("take_back_list", "other")]
)
def test_a_list_that_is_not_there_is_named_with_those_that_are(command: tuple[str, ...]) -> None:
    PersonListFactory(code="salary")
    with pytest.raises(CommandError, match="salary"):
        call_command(*command)


@pytest.mark.parametrize(
    "command", [("switch_list", "salary", "1"), ("switch_list", "salary"), ("take_back_list", "salary")]
)
def test_what_can_not_be_switched_is_refused(command: tuple[str, ...]) -> None:
    PersonListFactory(code="salary")
    with pytest.raises(CommandError):
        call_command(*command)


def test_a_file_that_is_not_there_or_no_list_is_refused(tmp_path: Path) -> None:
    PersonListFactory(code="salary")
    (tmp_path / "people.pdf").write_bytes(b"?")
    for name in ("missing.csv", "people.pdf"):
        with pytest.raises(CommandError):
            call_command("load_list", "salary", str(tmp_path / name))
    assert not ListVersion.objects.exists()
