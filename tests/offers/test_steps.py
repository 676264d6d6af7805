from datetime import UTC, datetime
from decimal import Decimal

from offers import steps
from offers.domain.known import Approval, Grant


def test_a_grant_is_told_with_its_terms_and_its_end() -> None:
    end = datetime(2026, 12, 31, 21, tzinfo=UTC)
    told = steps.grant(Grant(Approval.FULL_APPROVED, "cash", Decimal(300_000), Decimal("19.9"), end))
    assert told.startswith("cash, ")
    assert told.endswith(", до 01.01.2027 00:00")
    assert steps.grant(Grant(Approval.FULL_APPROVED)).count(",") == 1
