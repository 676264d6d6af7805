from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from offers.models import Bank, CreditCard, Loan, Offer, Release
from tests.factories import BankFactory, CreditCardFactory, LoanFactory, publish
from tests.offers.broken_rules import BREACHES, Breach

# Django asks a field about itself first, and a rule only about what is right by itself.
SAID_BY_THE_FIELD = ("product", "code_format", "repayment", "interest_basis", "insurance_charged")

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("factory", [LoanFactory, CreditCardFactory])
def test_it_works(factory: Any) -> None:
    offer = factory()
    offer.full_clean()
    assert type(offer).objects.get() == offer


def test_every_rule_is_tried() -> None:
    assert {f"offers_{breach.rule}" for breach in BREACHES} == {rule.name for rule in Offer._meta.constraints}


@pytest.mark.parametrize("breach", BREACHES, ids=str)
def test_the_database_refuses(breach: Breach) -> None:
    with pytest.raises(IntegrityError, match=r"violates check constraint"), transaction.atomic():
        breach.factory(**breach.values)


@pytest.mark.parametrize("breach", BREACHES, ids=str)
def test_the_model_names_the_field(breach: Breach) -> None:
    rule = next(rule for rule in Offer._meta.constraints if rule.name == f"offers_{breach.rule}")
    with pytest.raises(ValidationError) as caught:
        breach.factory.build(**breach.values).full_clean()
    said = caught.value.message_dict[breach.field]
    assert str(rule.violation_error_message) in said or breach.rule in SAID_BY_THE_FIELD


@pytest.mark.parametrize("code", ["cash", "cash-2", "0", "a" * 40])
def test_codes(code: str) -> None:
    LoanFactory(code=code).full_clean()


def test_a_code_is_one_over_both_products() -> None:
    LoanFactory(code="same")
    with pytest.raises(IntegrityError):
        CreditCardFactory(code="same")


def test_bounds_are_included() -> None:
    LoanFactory(
        amount_min="0.01",
        amount_max="10000000000",
        shown_amount_min="0.01",
        shown_amount_max="10000000000",
        term_min=1,
        term_max=600,
        shown_term_min=1,
        shown_term_max=600,
        rate_min=0,
        rate_max=999,
        total_cost_min=0,
        total_cost_max=999,
    ).full_clean()


def test_faces_show_their_product_only() -> None:
    loan, card = LoanFactory(), CreditCardFactory()
    assert (Loan.objects.get().pk, CreditCard.objects.get().pk) == (loan.pk, card.pk)


def test_the_bank_is_one() -> None:
    BankFactory()
    with pytest.raises(IntegrityError):
        Bank.objects.create(id=2, name="АО Другой")


@pytest.mark.parametrize("statement", ["update offers_release set comment = 'x'", "delete from offers_release"])
def test_releases_never_change(statement: str) -> None:
    LoanFactory()
    publish()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Release.objects.count() == 1
