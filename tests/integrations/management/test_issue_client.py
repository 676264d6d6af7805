import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integrations import clients
from integrations.models import Client, Scope
from tests.callers import by_basic, by_token

pytestmark = pytest.mark.django_db


def issue(*arguments: str) -> str:
    out = StringIO()
    call_command("issue_client", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def secret_in(printed: str) -> str:
    found = re.search(r"^Client Secret: (\S+)$", printed, re.MULTILINE)
    assert found
    return found[1]


def test_it_works() -> None:
    printed = issue("yandex")

    secret = secret_in(printed)
    assert printed == f"Client ID: yandex\nClient Secret: {secret}\nAuthorization: Bearer {secret}\n"
    assert by_token(secret) == by_basic("yandex", secret) == "yandex"


def test_it_replaces_one_of_two_secrets() -> None:
    first = secret_in(issue("yandex"))
    second = secret_in(issue("yandex", "--replace", "2"))

    assert by_token(first) == by_token(second) == "yandex"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["Yandex"], "yandex"),
        (["taken"], "taken"),
        (["unknown", "--replace", "1"], "unknown"),
        (["taken", "--replace", "3"], "1, 2"),
    ],
)
def test_it_says_how_to_mend(arguments: list[str], hint: str) -> None:
    clients.issue("taken")

    with pytest.raises(CommandError, match=hint):
        issue(*arguments)


@pytest.mark.parametrize(
    ("given", "scopes"),
    [([], ["loan_approval"]), (["applications"], ["applications"]), (Scope.values, Scope.values)],
)
def test_a_new_client_may_what_is_said(given: list[str], scopes: list[str]) -> None:
    issue("crm", *(f"--scope={scope}" for scope in given))
    assert Client.objects.get().scopes == scopes


def test_a_new_client_only_tests_where_that_is_said() -> None:
    issue("yandex-test", "--trial")
    issue("yandex")
    assert dict(Client.objects.values_list("id", "on_trial")) == {"yandex": False, "yandex-test": True}
