"""Entries of the journal and clients for tests: valid by default, named by what differs."""

import secrets
from datetime import UTC, datetime
from decimal import Decimal

import factory
from django.conf import settings
from factory.django import DjangoModelFactory

from integrations import privacy
from integrations.ids import uuid7
from integrations.models import Client, DecisionCode, JournalEntry, Kind
from offers.domain.catalogue import Product

PHONE = "9330445040"


class ClientFactory(DjangoModelFactory[Client]):
    class Meta:
        model = Client

    id = factory.Sequence(lambda number: f"client-{number}")


class JournalEntryFactory(DjangoModelFactory[JournalEntry]):
    """An approved loan of half a million for three years; `phone` says whose."""

    class Meta:
        model = JournalEntry
        exclude = ("phone",)

    phone = PHONE
    received_at = factory.LazyFunction(lambda: datetime.now(UTC))
    id = factory.LazyAttribute(lambda entry: uuid7(entry.received_at))
    request_id = factory.SelfAttribute("id")
    kind = Kind.APPROVAL
    client = "yandex"
    remote_addr = "192.0.2.1"
    method = "POST"
    path = "/integrations/api/banking/loan_approval"
    status = 200
    latency_us = 1234
    search_id = factory.Faker("uuid4", cast_to=None)
    product_type = Product.LOAN.value
    amount = Decimal("500000.00")
    term = 36
    phone_hash = factory.LazyAttribute(lambda entry: privacy.hash_phone(entry.phone, settings.PHONE_KEY.secret))
    phone_mask = factory.LazyAttribute(lambda entry: privacy.mask_phone(entry.phone))
    phone_key = "1"
    decision = DecisionCode.HAS_APPROVE
    release: int | None = None
    reasons: list[int] | None = None
    decided_at = factory.SelfAttribute("received_at")
    repeated = False
    request_sealed = b"sealed, for all that a test knows"
    request_length = 150
    seal_key = "2026-11-test"
    answer = b'{"status": "done"}'
    salt = factory.LazyFunction(lambda: secrets.token_bytes(privacy.SALT_BYTES))
    commitment = factory.LazyAttribute(
        lambda entry: privacy.commit(
            entry.salt or b"",
            entry.phone_hash,
            entry.phone_mask and entry.phone_mask.encode(),
            entry.remote_addr and entry.remote_addr.encode(),
            entry.request_sealed,
        )
    )
