from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import UserFactory

PASSWORD = "for the tests only"

LogIn = Callable[..., Any]


@pytest.fixture
def person(db: None) -> User:
    """An administrator."""
    user = UserFactory(username="anna", is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def log_in(client: Client) -> LogIn:
    def log_in(username: str = "anna", password: str = PASSWORD, **headers: str) -> Any:
        fields = {"username": username, "password": password, "next": "/admin/"}
        return client.post("/admin/login/", fields, headers=headers)

    return log_in
