from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db.models import QuerySet

from offers import bulk
from offers.bulk import Wish
from offers.models import Edit, Loan
from offers.transfer.applying import Mistaken, Overtaken
from tests.factories import CreditCardFactory, LoanFactory, edit

pytestmark = pytest.mark.django_db
END = datetime(2027, 1, 1, tzinfo=UTC)
CODES = ["a", "b"]


def change(wish: Wish, **options: Any) -> Any:
    return bulk.change(CODES, wish, author="tests", **options)


@pytest.fixture(autouse=True)
def offers(db: None) -> None:
    LoanFactory(code="a", valid_until=END)
    LoanFactory(code="b", rate_min=Decimal(20), total_cost_min=Decimal(20))
    LoanFactory(code="other")


def rates() -> dict[str, Decimal]:
    return dict(Loan.objects.values_list("code", "rate_min"))


def test_rates_rise_and_the_full_cost_with_them() -> None:
    assert change(Wish(points=Decimal("1.5"))).changed == 2
    assert rates() == {"a": Decimal("21.4"), "b": Decimal("21.5"), "other": Decimal("19.9")}
    assert Loan.objects.get(code="a").total_cost_max == 40


def test_tried_out_it_changes_nothing() -> None:
    report = bulk.try_out(CODES, Wish(points=Decimal(-1)))
    assert [(cell.before, cell.after) for cell in report.changes[1].cells][:2] == [("20", "19"), ("38,5", "37,5")]
    assert rates()["b"] == 20


def test_cash_of_a_card_costs_more_too() -> None:
    row = CreditCardFactory(code="a-card")
    edit(row, cash_rate=Decimal(45))
    bulk.change(["a-card"], Wish(points=Decimal(1)), author="tests")
    row.refresh_from_db()
    assert row.cash_rate == 46


def test_the_end_is_moved_set_or_taken_away() -> None:
    change(Wish(days=10))
    assert dict(Loan.objects.values_list("code", "valid_until"))["a"] == END + timedelta(days=10)
    assert Loan.objects.get(code="b").valid_until is None
    change(Wish(until=END))
    assert {row.valid_until for row in Loan.objects.filter(code__in=CODES)} == {END}
    change(Wish(endless=True))
    assert not Loan.objects.exclude(valid_until=None).exists()


def test_all_or_nothing() -> None:
    with pytest.raises(Mistaken) as mistaken:
        change(Wish(points=Decimal(-20)))
    [mistake] = mistaken.value.report.mistakes
    assert mistake.place == "a"
    assert rates()["b"] == 20


def test_what_was_seen_is_what_is_done() -> None:
    wish = Wish(points=Decimal(1))
    seen = bulk.try_out(CODES, wish).fingerprint
    edit(Loan.objects.get(code="a"), rate_min=Decimal(15))
    with pytest.raises(Overtaken):
        change(wish, seen=seen)
    assert rates()["a"] == 15


def test_each_is_saved_on_its_own_with_an_entry_in_the_history() -> None:
    with patch.object(QuerySet, "update", side_effect=AssertionError):
        change(Wish(points=Decimal(1)))
    assert sorted(Edit.objects.values_list("code", "author")) == [("a", "tests"), ("b", "tests")]


def test_what_is_so_already_leaves_no_trace() -> None:
    assert change(Wish(endless=True)).unchanged == 1
    assert Edit.objects.count() == 1
