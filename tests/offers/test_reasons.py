from datetime import UTC, datetime
from decimal import Decimal

import pytest

from offers import catalogue, reasons
from offers.domain.decide import Reason
from tests.factories import LoanFactory

OFFER = catalogue.offer(
    LoanFactory.build(
        amount_min=Decimal(50_000),
        amount_max=Decimal(600_000),
        shown_amount_min=Decimal(30_000),
        term_min=6,
        term_max=24,
        valid_from=datetime(2026, 11, 1, tzinfo=UTC),
        valid_until=datetime(2026, 12, 1, tzinfo=UTC),
    )
)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence(reason: Reason) -> None:
    assert reasons.sentence(reason)
    assert str(int(reason)) not in reasons.sentence(reason)


def test_a_reason_of_a_later_version_has_a_number() -> None:
    assert "250" in reasons.sentence(250)
    assert reasons.missed_by(250, OFFER, Decimal(1), 1) == ""


@pytest.mark.parametrize(
    ("reason", "amount", "term", "told"),
    [
        (Reason.AMOUNT_BELOW_MIN, Decimal(20_000), 12, ["10 000 ₽", "30 000 ₽"]),
        (Reason.AMOUNT_ABOVE_MAX, Decimal("600000.01"), 12, ["0,01 ₽", "600 000 ₽"]),
        (Reason.TERM_BELOW_MIN, None, 5, ["1 ", "6 "]),
        (Reason.TERM_ABOVE_MAX, None, 36, ["12 ", "24 "]),
        (Reason.NOT_YET_VALID, None, None, ["01.11.2026"]),
        (Reason.NO_LONGER_VALID, None, None, ["01.12.2026"]),
    ],
)
def test_it_tells_by_how_much(reason: Reason, amount: Decimal | None, term: int | None, told: list[str]) -> None:
    said = reasons.missed_by(reason, OFFER, amount, term).replace("\N{NO-BREAK SPACE}", " ")

    assert all(part in said for part in told), said


@pytest.mark.parametrize("reason", [Reason.OFFERED, Reason.OTHER_PRODUCT, Reason.PAUSED, Reason.AMOUNT_BELOW_MIN])
def test_it_is_silent_where_there_is_no_measure(reason: Reason) -> None:
    assert reasons.missed_by(reason, OFFER, None, None) == ""
