from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User

from offers import rights
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("group", rights.RIGHTS)
def test_migrating_grants_them(group: str) -> None:
    granted = Group.objects.get(name=group).permissions.values_list("content_type__app_label", "codename")
    assert {".".join(pair) for pair in granted} == set(rights.RIGHTS[group])


def test_granting_again_changes_nothing() -> None:
    extra = Permission.objects.get(codename="add_user")
    group = Group.objects.get(name=rights.ANALYSTS)
    group.permissions.add(extra)
    before = set(group.permissions.all())
    rights.grant_rights()
    assert set(group.permissions.all()) == before


# Whether they edit, ask, publish (and so approve and take back), pause, look after people.
@pytest.mark.parametrize(
    ("person", "may"),
    [
        (factories.editor, (True, True, False, False, False)),
        (factories.publisher, (False, False, True, True, False)),
        (factories.product_manager, (True, True, True, True, False)),
        (factories.analyst, (False, False, False, False, False)),
        (factories.administrator, (False, False, False, False, True)),
    ],
)
def test_who_may_what(person: Callable[[], User], may: tuple[bool, ...]) -> None:
    asked = ("offers.change_loan", "offers.ask", "offers.publish", "offers.pause", "auth.change_user")
    user = person()
    assert tuple(user.has_perm(right) for right in asked) == may
