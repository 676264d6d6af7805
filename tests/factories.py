"""Rows for tests: valid by default, named by what differs."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import factory
from django.contrib.auth.models import Group, User
from django.utils import timezone
from factory.django import DjangoModelFactory

from offers import checks, releases, rights
from offers.domain.catalogue import Product
from offers.models import Bank, CreditCard, Loan, Offer

BANK_NAME = "АО Супер-банк"


class BankFactory(DjangoModelFactory[Bank]):
    class Meta:
        model = Bank
        django_get_or_create = ("id",)

    id = 1
    name = BANK_NAME


class _OfferFactory(DjangoModelFactory[Any]):
    class Meta:
        abstract = True

    code = factory.Sequence(lambda number: f"offer-{number}")
    name = factory.LazyAttribute(lambda offer: f"Предложение {offer.code}")
    amount_min = Decimal("50000.00")
    amount_max = Decimal("1000000.00")
    rate_min = Decimal("19.900")
    rate_max = Decimal("38.500")
    # What a loan without fees costs.
    total_cost_min = factory.SelfAttribute("rate_min")
    total_cost_max = factory.SelfAttribute("rate_max")
    required_documents = factory.LazyFunction(lambda: ["Паспорт РФ"])
    link = factory.LazyAttribute(lambda offer: f"https://bank.example/{offer.code}")
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class LoanFactory(_OfferFactory):
    class Meta:
        model = Loan

    product_type = Product.LOAN.value
    term_min = 6
    term_max = 60


class CreditCardFactory(_OfferFactory):
    class Meta:
        model = CreditCard

    product_type = Product.CREDIT_CARD.value
    code = factory.Sequence(lambda number: f"card-{number}")  # loans count for themselves
    grace_period = 55
    minimum_payment = Decimal("5.00")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person-{number}")
    is_staff = True


def product_manager() -> User:
    """As in the demo, where one person both edits and publishes."""
    return of_groups(rights.PRODUCT_MANAGERS, rights.PUBLISHERS)


def editor() -> User:
    """Who edits and asks for publications."""
    return of_groups(rights.PRODUCT_MANAGERS)


def publisher() -> User:
    return of_groups(rights.PUBLISHERS)


def analyst() -> User:
    return of_groups(rights.ANALYSTS)


def administrator() -> User:
    """Who looks after people and clients."""
    return of_groups(rights.ADMINISTRATORS)


def edit(row: Any, **values: Any) -> None:
    """As the form saves it: the full cost follows the terms."""
    for name, value in values.items():
        setattr(row, name, value)
    cost = checks.cost_of(row, timezone.now())
    row.total_cost_min, row.total_cost_max = cost.lowest.full_cost, cost.highest.full_cost
    row.save()


def publish(*offers: Offer) -> releases.Published:
    """A release of these offers, sound or not; of every change if none is named."""
    BankFactory()
    codes = [offer.code for offer in offers] or None
    with patch.object(checks, "check", return_value=[]):
        return releases.publish(author="tests", comment="for a test", codes=codes)


def of_groups(*names: str) -> User:
    user = UserFactory()
    user.groups.set(Group.objects.filter(name__in=names))
    return user
