"""Applications for tests: filed, of one loan, and known by what differs."""

from datetime import UTC, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from integrations.applications.models import Application
from integrations.ids import uuid7


class ApplicationFactory(DjangoModelFactory[Application]):
    """Of a loan of half a million, matched to an enquiry of this moment."""

    class Meta:
        model = Application

    id = factory.LazyFunction(lambda: uuid7(datetime.now(UTC)))
    client = "crm"
    application_id = factory.Sequence(lambda number: f"A-{number}")
    state = "filed"
    state_at = factory.LazyFunction(lambda: datetime.now(UTC))
    made_at = factory.SelfAttribute("state_at")
    amount = Decimal("500000.00")
    offer = "cash"
    release = 1
    product_type = "loan"
    enquiry = factory.LazyFunction(lambda: uuid7(datetime.now(UTC)))
    search_id = factory.Faker("uuid4", cast_to=None)
    asked_amount = Decimal("400000.00")
    asked_at = factory.SelfAttribute("state_at")
