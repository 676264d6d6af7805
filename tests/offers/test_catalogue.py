from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from offers import catalogue
from offers.domain.catalogue import Product, Range
from offers.domain.snapshot import to_plain
from offers.models import Release
from tests.factories import CreditCardFactory, LoanFactory, publish

pytestmark = pytest.mark.django_db


def test_a_loan() -> None:
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    offer = catalogue.offer(LoanFactory.build(code="cash", valid_from=moment, special_conditions=["Раз, два"]))
    assert (offer.code, offer.product, offer.valid_from) == ("cash", Product.LOAN, moment)
    assert offer.amount == offer.shown_amount == Range(Decimal(50000), Decimal(1000000))
    assert offer.term == offer.shown_term == Range(6, 60)
    assert offer.total_cost == Range(Decimal("19.9"), Decimal("38.5"))
    assert (offer.grace_period, offer.minimum_payment) == (None, None)
    assert offer.special_conditions == ("Раз, два",)


def test_a_card() -> None:
    offer = catalogue.offer(CreditCardFactory.build())
    assert (offer.product, offer.term, offer.shown_term) == (Product.CREDIT_CARD, None, None)
    assert (offer.grace_period, offer.minimum_payment) == (55, Decimal(5))


def test_each_bound_widens_by_itself() -> None:
    row = LoanFactory.build(shown_amount_min=Decimal(1), shown_term_max=84)
    offer = catalogue.offer(row)
    assert offer.shown_amount == Range(Decimal(1), Decimal(1000000))
    assert offer.shown_term == Range(6, 84)


def test_nothing_is_published_at_first() -> None:
    with pytest.raises(catalogue.NothingPublished):
        catalogue.live()


def test_the_largest_number_that_holds_is_live() -> None:
    LoanFactory(code="cash")
    first = publish()
    later = Release.objects.create(
        number=2, holds_from=timezone.now() + timedelta(hours=1), digest=b"", content=to_plain(first.content)
    )
    assert catalogue.live_number() == first.number
    Release.objects.create(
        number=3, holds_from=timezone.now() - timedelta(days=9), digest=b"", content=to_plain(first.content)
    )
    assert (catalogue.live_number(), later.number) == (3, 2)


def test_memory_is_refreshed() -> None:
    LoanFactory(code="one")
    publish()
    assert catalogue.live().number == 1
    LoanFactory(code="two")
    publish()
    assert catalogue.live().number == 1
    assert catalogue.refresh().content.get("two")
    assert catalogue.live().number == 2
