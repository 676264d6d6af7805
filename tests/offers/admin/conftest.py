import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests import factories


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager(db: None) -> Client:
    return logged_in(factories.product_manager())


@pytest.fixture
def analyst(db: None) -> Client:
    return logged_in(factories.analyst())


@pytest.fixture
def administrator(admin_user: User) -> Client:
    return logged_in(admin_user)
