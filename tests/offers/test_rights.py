import pytest
from django.contrib.auth.models import Group, Permission

from offers import rights
from tests.factories import analyst, product_manager

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


def test_who_may_publish() -> None:
    assert product_manager().has_perm("offers.publish")
    assert not analyst().has_perm("offers.publish")
