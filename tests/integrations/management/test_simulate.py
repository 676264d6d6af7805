import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations import preview
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry
from offers.models import Policy
from tests.factories import LoanFactory, edit, publish

pytestmark = pytest.mark.django_db
ASKED = ("--product", "loan", "--amount", "500000", "--term", "36")


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("simulate", *arguments, stdout=out)
    return out.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def test_json_is_what_yandex_gets_and_nothing_else() -> None:
    publish(LoanFactory(code="cash"))
    enquiry = Enquiry(Product.LOAN, Decimal(500_000), 36)
    answer = preview.preview(enquiry, preview.released(1), timezone.now()).answer.decode()
    assert said(*ASKED, "--json") == answer
    assert json.loads(answer)["decision"] == "has_approve"


def test_it_tells_what_is_shown_and_why_others_are_not() -> None:
    publish(LoanFactory(code="cash"), LoanFactory(code="small", amount_max=Decimal(300_000)))
    told = said(*ASKED)
    assert "1. cash: ПСК 19,9–38,5 %, ставка 19,9–38,5 %" in told
    assert "–  small: " in told
    assert "200 000 ₽" in told
    assert "выпуск № 1" in told


def test_the_draft_and_any_release() -> None:
    row = LoanFactory(code="cash")
    publish(row)
    edit(row, rate_min=Decimal(11))
    assert "ставка 11–38,5 %" in said(*ASKED, "--draft")
    assert "ставка 19,9–38,5 %" in said(*ASKED, "--release", "1")
    publish(row)
    assert "ставка 11–38,5 %" in said(*ASKED)


def test_at_another_moment() -> None:
    publish(LoanFactory(code="cash", valid_until="2027-01-01T00:00+03:00"))
    assert json.loads(said(*ASKED, "--at", "2026-12-31T23:59", "--json"))["decision"] == "has_approve"
    assert json.loads(said(*ASKED, "--at", "2027-01-01T00:00", "--json"))["decision"] == "rejected"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--product", "mortgage"),
        ("--product", "loan", "--amount", "0"),
        ("--product", "loan", "--amount", "1e5"),
        ("--product", "loan", "--amount", "1.001"),
        ("--product", "loan", "--term", "601"),
        ("--product", "loan", "--term", "٣"),
        ("--product", "loan", "--at", "tomorrow"),
        ("--product", "loan", "--release", "1", "--draft"),
        ("--product", "loan"),
        ("--product", "loan", "--release", "3"),
    ],
)
def test_it_refuses(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        said(*arguments)


def test_what_would_be_known_of_the_person() -> None:
    Policy.objects.update_or_create(product_type="loan", defaults={"basis": "scoring_required"})
    LoanFactory(code="cash")
    publish()
    refused = said(*ASKED, "--person", "refused")
    assert "*  Скоринг: отказано: Скоринг отказал" in refused
    assert "–  cash: Скоринг отказал" in refused
    assert "ставка 21,5 %" in said(*ASKED, "--person", "listed", "--rate", "21.5", "--limit", "300000")
