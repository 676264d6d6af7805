from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integrations import clients
from integrations.models import Client
from tests.callers import by_token

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    secret = clients.issue("yandex").secret
    caller = clients.find_by_token(secret)
    assert caller
    token = clients.grant(caller, caller.scopes).token
    out = StringIO()

    call_command("revoke_tokens", "yandex", stdout=out)

    clients.forget()
    assert "yandex" in out.getvalue()
    assert (by_token(token), by_token(secret)) == (None, "yandex")


def test_it_needs_a_client() -> None:
    clients.issue("yandex")
    with pytest.raises(CommandError, match="nobody"):
        call_command("revoke_tokens", "nobody")
    assert Client.objects.get().epoch == 0
