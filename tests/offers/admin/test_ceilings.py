"""The page on which the Bank of Russia's rows are kept."""

from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from offers.domain.differences import CEILINGS as CHOICE
from offers.models import MarketValue
from tests.factories import LoanFactory, publish

CEILINGS = "/admin/offers/marketvalue/"
IMPORT = f"{CEILINGS}import/"
HEAD = "product_type;drawing;amount_to;year;quarter;average"
ROW: dict[str, Any] = {"product_type": "credit_card", "drawing": "cashless", "year": 2025, "quarter": 1}


def rows(count: int, since: int = 0) -> None:
    MarketValue.objects.bulk_create(
        MarketValue(**ROW, average=Decimal("48.245"), amount_to=Decimal(100_000 + number))
        for number in range(since, since + count)
    )


def file(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("table.csv", "\n".join([HEAD, *lines]).encode("utf-8-sig"))


def test_no_query_a_row(analyst: Client) -> None:
    LoanFactory()
    publish()
    analyst.get(CEILINGS)  # what is read once a process
    counts = []
    for more in (2, 40):
        rows(more, since=more)
        with CaptureQueriesContext(connection) as asked:
            analyst.get(CEILINGS)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_it_tells_the_ceiling_and_where_it_applies(analyst: Client) -> None:
    rows(1)
    MarketValue.objects.create(
        product_type="loan", year=2025, quarter=1, average=Decimal(30), applied=False, months_above=12
    )
    page = analyst.get(CEILINGS).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    for said in ("64,327", "48,245", "1 кв. 2025", "3 кв. 2025", "до 100 000 ₽", "свыше 12 месяцев", "не применяется"):
        assert said in page, said


def test_a_product_manager_keeps_them(manager: Client) -> None:
    typed = {
        **ROW,
        "amount_above": "",
        "amount_to": "100 000",
        "months_above": "",
        "months_to": "",
        "average": "48,245",
    }
    done = manager.post(f"{CEILINGS}add/", {**typed, "applied": "on", "source": "cbr.ru"})
    assert done.status_code == 302, done.context["adminform"].form.errors
    row = MarketValue.objects.get()
    assert (row.average, row.amount_to, row.applied) == (Decimal("48.245"), Decimal(100_000), True)
    page = manager.get(f"{CEILINGS}{row.pk}/change/").content.decode()
    assert "64,327" in page
    again = manager.post(f"{CEILINGS}add/", {**typed, "applied": "on", "source": ""})
    assert "уже есть" in again.content.decode()


def test_a_file_is_taken_in(manager: Client) -> None:
    done = manager.post(IMPORT, {"file": file("credit_card;cash;100000;2025;1;48,951")}, follow=True)
    assert done.redirect_chain[-1][0] == CEILINGS
    assert MarketValue.objects.get().average == Decimal("48.951")
    wrong = manager.post(IMPORT, {"file": file("credit_card;cash;100000;2025;7;48,951")}).content.decode()
    assert "Строка 2" in wrong
    assert manager.post(IMPORT, {}).status_code == 200


def test_an_analyst_only_looks(analyst: Client) -> None:
    assert analyst.get(CEILINGS).status_code == 200
    assert IMPORT not in analyst.get(CEILINGS).content.decode()
    assert analyst.get(IMPORT).status_code == 403
    assert analyst.post(IMPORT, {"file": file()}).status_code == 403
    assert analyst.get(f"{CEILINGS}add/").status_code == 403


def test_new_rows_are_published_with_a_tick(manager: Client) -> None:
    LoanFactory()
    publish()
    rows(1)
    page = manager.get("/admin/offers/release/publish/").content.decode()
    assert CHOICE in page
    assert "Пределы" in page
