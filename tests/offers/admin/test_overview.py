from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import CreditCardFactory, LoanFactory, UserFactory, publish

# Session, person, their rights (two); the live release, what is scheduled, the offers, the bank, the ceilings; the
# look of the bar, and what it compares where something has changed; the latest acts.
QUERIES = 20


def test_what_is_live_what_ends_and_what_needs_attention(manager: Client) -> None:
    publish(
        LoanFactory(name="Скоро кончится", valid_until=timezone.now() + timedelta(days=3)),
        CreditCardFactory(code="card"),
    )
    LoanFactory(name="Без переплат")
    page = manager.get("/admin/").content.decode()
    ending = page.split('id="ending"')[1]
    assert "Скоро кончится" in ending
    assert "Без переплат" in page.split('id="attention"')[1].split("</section>")[0]
    assert "/admin/preview/" in page


@pytest.mark.parametrize("offers", [1, 30])
def test_no_query_an_offer(manager: Client, django_assert_max_num_queries: Any, offers: int) -> None:
    for _number in range(offers):
        LoanFactory()
    publish()
    with django_assert_max_num_queries(QUERIES):
        manager.get("/admin/")


def test_whoever_sees_no_offers_sees_none_here(client: Client, db: None) -> None:
    client.force_login(UserFactory())
    LoanFactory(name="Наличными")
    page = client.get("/admin/")
    assert page.status_code == 200
    assert "/admin/preview/" not in page.content.decode()
