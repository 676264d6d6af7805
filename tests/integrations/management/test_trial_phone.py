import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from integrations import clients
from integrations.models import TrialPhone
from tests.integrations.factories import PHONE

pytestmark = pytest.mark.django_db

Say = Callable[..., list[str]]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run it with this number at its standard input; what it printed."""
    clients.issue("yandex-test", on_trial=True)

    def run(*arguments: str, number: str = "") -> list[str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))
        out = io.StringIO()
        call_command("trial_phone", *arguments, stdout=out)
        return out.getvalue().splitlines()

    return run


def test_it_works(say: Say) -> None:
    assert say("yandex-test") == []
    assert say("yandex-test", "approve", number=PHONE) == ["********40: одобрено"]
    assert len(say("yandex-test", "unknown", number="8 933 044-50-41")) == 2
    assert [line.partition(":")[0] for line in say("yandex-test", "--remove", number=f"+7{PHONE}")] == ["********41"]
    assert TrialPhone.objects.get().answer == "unknown"


@pytest.mark.parametrize(
    ("arguments", "number", "hint"),
    [
        (["yandex-test", "approve"], "933044504", "десяти цифр"),
        (["yandex-test", "approve"], "8(933)0445041", "уже назван"),
        (["yandex-test", "--remove"], PHONE, "нет такого номера"),
        (["yandex", "approve"], PHONE, "issue_client --trial"),
        (["nobody", "approve"], PHONE, "Проверяют интеграцию: yandex-test"),
        (["yandex-test", "perhaps"], PHONE, "approve.*wait"),
        (["yandex-test", "approve", "--remove"], PHONE, "--remove"),
    ],
)
def test_it_says_how_to_mend(arguments: list[str], number: str, hint: str, say: Say) -> None:
    clients.issue("yandex")
    say("yandex-test", "wait", number="9330445041")
    with pytest.raises(CommandError, match=hint) as refused:
        say(*arguments, number=number)
    assert number not in str(refused.value)
    assert TrialPhone.objects.get().answer == "wait"
