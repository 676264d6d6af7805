"""What every page says of the working copy: always true, and cheap while nothing changes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from offers import glance, models, releases
from offers.timeline import live_content
from tests.factories import BankFactory, CreditCardFactory, LoanFactory, publish

pytestmark = pytest.mark.django_db

CHANGES: dict[str, Callable[[], Any]] = {
    "an offer edited": lambda: models.Offer.objects.filter(code="loan").update(special_conditions=["new"]),
    "an offer made": lambda: CreditCardFactory(code="card"),
    "an offer archived": lambda: models.Offer.objects.filter(code="loan").update(archived=True),
    "the bank renamed": lambda: models.Bank.objects.update(name="АО Другой банк"),
    "a row of the ceilings": lambda: models.MarketValue.objects.create(
        product_type="loan", year=2026, quarter=2, average=Decimal(30), source="https://cbr.example"
    ),
    "a policy": lambda: models.Policy.objects.update_or_create(product_type="loan", defaults={"stop_lists": True}),
}


@pytest.fixture
def published() -> None:
    BankFactory()
    publish(LoanFactory(code="loan"))


def agrees() -> int:
    seen = glance.look()
    assert seen.live == live_content()
    assert seen.unpublished == len(releases.unpublished())
    return seen.unpublished


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_is_seen(change: Callable[[], Any], published: None) -> None:
    assert agrees() == 0
    change()
    assert agrees() == 1
    releases.publish(author="a", comment="c")
    assert agrees() == 0


def test_a_release_for_later_is_seen_too(published: None) -> None:
    CHANGES["an offer edited"]()
    assert agrees() == 1
    releases.publish(author="a", comment="c", at=timezone.now() + timedelta(days=1))
    assert agrees() == 0
    assert not glance.look().live.offers[0].special_conditions


def test_before_the_first_release() -> None:
    LoanFactory()
    assert agrees() == 1


def test_nothing_changed_is_one_statement(published: None, django_assert_num_queries: Any) -> None:
    glance.look()
    with django_assert_num_queries(1):
        glance.look()
