from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations import database
from integrations.lists import lookup
from integrations.lists.models import PersonList
from offers.domain.catalogue import Product
from offers.domain.known import Approval, Grant
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory, hashed, live, version_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOMEBODY_ELSE = "9330445041"


def look_up(phone: str = PHONE, product: Product = Product.LOAN, now: datetime = NOW) -> tuple[tuple[Grant, ...], Any]:
    parameters = {"phone_hash": hashed(phone), "product": product, "now": now}
    [(grants, stop)] = database.execute(f"select {lookup.GRANTS}, {lookup.STOP}", parameters)
    return lookup.read_grants(grants), stop


def stop_list(code: str) -> PersonList:
    return PersonListFactory(code=code, purpose=PersonList.Purpose.STOP)


def test_nothing_is_known_of_whom_no_list_names() -> None:
    live(PersonListFactory(), {"phone": SOMEBODY_ELSE})
    assert look_up() == ((), None)


def test_a_person_is_granted_what_their_line_says() -> None:
    terms = {"amount_max": Decimal("700000.50"), "rate": Decimal("17.900"), "approval": Approval.FULL_APPROVED}
    live(PersonListFactory(), {"phone": PHONE, "offer": "cash", **terms})
    assert look_up() == ((Grant(Approval.FULL_APPROVED, "cash", Decimal("700000.5"), Decimal("17.9")),), None)


def test_what_a_line_leaves_open_the_grant_leaves_open() -> None:
    live(PersonListFactory(), {"phone": PHONE})
    assert look_up() == ((Grant(Approval.PRE_APPROVED),), None)


def test_numbers_come_without_zeros_at_their_end() -> None:
    """What was known is journalled: the same terms must always be the same text."""
    live(PersonListFactory(), {"phone": PHONE, "amount_max": Decimal("500000.00")})
    [grant], _stop = look_up()
    assert str(grant.limit) == "500000"


def test_grants_of_all_lists_come_in_a_steady_order() -> None:
    live(PersonListFactory(code="b"), {"phone": PHONE, "offer": "b-first"}, {"phone": PHONE, "offer": "b-second"})
    live(PersonListFactory(code="a"), {"phone": PHONE, "offer": "a"})
    grants, _stop = look_up()
    assert [grant.offer for grant in grants] == ["a", "b-first", "b-second"]


@pytest.mark.parametrize(
    "line",
    [
        {"product_type": Product.CREDIT_CARD},
        {"valid_until": NOW},
        {"valid_until": NOW - timedelta(days=1)},
        {"phone": SOMEBODY_ELSE},
    ],
)
def test_a_line_of_another_product_time_or_person_means_nothing(line: dict[str, Any]) -> None:
    live(PersonListFactory(), {"phone": PHONE, **line})
    live(stop_list("stop"), {"phone": PHONE, **line})
    assert look_up() == ((), None)


def test_a_line_holds_until_just_before_its_end() -> None:
    end = NOW + timedelta(microseconds=1)
    live(PersonListFactory(), {"phone": PHONE, "valid_until": end})
    assert look_up() == ((Grant(Approval.PRE_APPROVED, until=end),), None)


def test_only_the_live_version_counts() -> None:
    listed = PersonListFactory()
    live(listed, {"phone": PHONE, "offer": "former"})
    live(listed, {"phone": PHONE, "offer": "live"})
    version_of(listed, {"phone": PHONE, "offer": "not-yet-live"})
    grants, _stop = look_up()
    assert [grant.offer for grant in grants] == ["live"]


def test_the_first_stop_list_by_its_code_is_named() -> None:
    for code in ("fraud", "bankrupt", "deceased"):
        live(stop_list(code), {"phone": PHONE if code != "bankrupt" else SOMEBODY_ELSE})
    assert look_up() == ((), "deceased")


def test_a_stop_list_may_be_for_one_product() -> None:
    live(stop_list("overdue-cards"), {"phone": PHONE, "product_type": Product.CREDIT_CARD})
    assert look_up(product=Product.CREDIT_CARD) == ((), "overdue-cards")
    assert look_up(product=Product.LOAN) == ((), None)
