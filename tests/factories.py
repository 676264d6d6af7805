"""Rows for tests: valid by default, named by what differs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group, User
from factory.django import DjangoModelFactory

from offers import releases, rights
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
    total_cost_min = Decimal("20.500")
    total_cost_max = Decimal("39.900")
    rate_min = Decimal("19.900")
    rate_max = Decimal("38.500")
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
    grace_period = 55
    minimum_payment = Decimal("5.00")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person-{number}")
    is_staff = True


def product_manager() -> User:
    return _in_group(rights.PRODUCT_MANAGERS)


def analyst() -> User:
    return _in_group(rights.ANALYSTS)


def publish(*offers: Offer) -> releases.Published:
    """A release of these offers; of every change if none is named."""
    BankFactory()
    codes = [offer.code for offer in offers] or None
    return releases.publish(author="tests", comment="for a test", codes=codes)


def _in_group(name: str) -> User:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=name))
    return user
