"""Lists for tests: live, of loans, and known by what differs."""

from collections.abc import Mapping
from typing import Any

import factory
from django.conf import settings
from factory.django import DjangoModelFactory

from integrations import privacy
from integrations.lists.models import ListedPerson, ListVersion, PersonList
from offers.domain.catalogue import Product
from offers.domain.known import Approval


class PersonListFactory(DjangoModelFactory[PersonList]):
    class Meta:
        model = PersonList

    code = factory.Sequence(lambda number: f"list-{number}")
    name = factory.LazyAttribute(lambda listed: f"Список {listed.code}")
    purpose = PersonList.Purpose.PREQUALIFIED


class ListVersionFactory(DjangoModelFactory[ListVersion]):
    class Meta:
        model = ListVersion

    person_list = factory.SubFactory(PersonListFactory)
    number = factory.LazyAttribute(lambda version: version.person_list.versions.count() + 1)
    state = ListVersion.State.READY
    loaded_by = "manager"
    source = "people.csv"


def hashed(phone: str) -> bytes:
    return privacy.hash_phone(phone, settings.PHONE_KEY.secret)


def version_of(listed: PersonList, *lines: Mapping[str, Any]) -> ListVersion:
    """Ready, and holding these people: each names a phone, and what differs from a loan pre-approved."""
    version = ListVersionFactory(person_list=listed, rows=len(lines))
    plain = {} if listed.is_stop else {"product_type": Product.LOAN, "approval": Approval.PRE_APPROVED}
    ListedPerson.objects.bulk_create(
        ListedPerson(version=version.pk, line=number, **_person({**plain, **line}))
        for number, line in enumerate(lines, start=2)
    )
    return version


def live(listed: PersonList, *lines: Mapping[str, Any]) -> ListVersion:
    """The same, and what answers see."""
    listed.live = version_of(listed, *lines)
    listed.save()
    return listed.live


def _person(line: dict[str, Any]) -> dict[str, Any]:
    return {"phone_hash": hashed(line.pop("phone")), **line}
