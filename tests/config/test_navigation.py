"""The menu of the admin: where one is stands out, and nothing else does."""

import pytest
from django.test import RequestFactory

from config.navigation import sidebar
from tests import factories


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("/admin/integrations/journalentry/", "Журнал"),
        ("/admin/integrations/journalentry/dashboard/", "Показатели"),
        ("/admin/offers/marketvalue/calculator/", "Калькулятор"),
        ("/admin/offers/loan/1/change/", "Кредиты наличными"),
        ("/admin/", None),
    ],
)
def test_the_page_one_is_on_stands_out(address: str, here: str | None, db: None) -> None:
    request = RequestFactory().get(address)
    request.user = factories.product_manager()
    active = [str(item["title"]) for group in sidebar(request) for item in group["items"] if item["active"]]
    assert active == ([here] if here else [])
