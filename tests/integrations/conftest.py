"""A journal of some weeks on a published catalogue, as `fill_journal` makes it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.analytics import past
from integrations.analytics.past import Filled
from tests.factories import CreditCardFactory, LoanFactory, publish

ROWS = 1500


def catalogue() -> None:
    publish(
        LoanFactory(code="loan-small", position=1, amount_min=Decimal(30_000), amount_max=Decimal(500_000)),
        LoanFactory(code="loan-large", position=2, amount_min=Decimal(500_000), amount_max=Decimal(3_000_000)),
        CreditCardFactory(code="card", amount_min=Decimal(10_000), amount_max=Decimal(500_000)),
    )


@pytest.fixture
def filled(db: None) -> Filled:
    catalogue()
    return past.fill(ROWS, months=2, seed=7, now=datetime.now(UTC))
