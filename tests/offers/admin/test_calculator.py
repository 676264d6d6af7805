"""The calculator, its schedule, and what is taken away from it."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

CALCULATOR = "/admin/offers/marketvalue/calculator/"
LOAN = {
    "amount": "100 000",
    "rate": "12",
    "months": "12",
    "repayment": "annuity",
    "basis": "months",
    "start": "31.01.2026",
}


def said(client: Client, **differs: Any) -> str:
    return client.get(CALCULATOR, LOAN | differs).content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_it_works(analyst: Client) -> None:
    page = said(analyst)
    for figure in ("12 %", "8 884,88", "28.02.2026", "31.12.2026", "−100 000" if "−100" in page else "-100 000"):
        assert figure in page, figure


def test_it_opens_with_an_example(analyst: Client) -> None:
    page = analyst.get(CALCULATOR).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "19 695,27" in page
    assert "24,3 %" in page


def test_fees_raise_the_cost(analyst: Client) -> None:
    page = said(analyst, amount="300 000", rate="24", months="13", fee_yearly="5 000")
    assert "29,419 %" in page
    assert "vt-fees" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "много"}, "amount"),
        ({"months": "601"}, "months"),
        ({"rate": "-1"}, "rate"),
        ({"fee_once_share": "101"}, "fee_once_share"),
        ({"repayment": "balloon"}, "repayment"),
        ({"start": "31.02.2026"}, "start"),
        ({"fee_once": "100 000"}, "amount"),
    ],
)
def test_what_is_wrong_is_named(analyst: Client, typed: dict[str, str], field: str) -> None:
    answer = analyst.get(CALCULATOR, LOAN | typed | {"download": "csv"})
    assert set(answer.context["form"].errors) == {field}
    assert answer.context["result"] is None


@pytest.mark.parametrize(
    "differs", [{"rate": "0"}, {"basis": "actual_days"}, {"repayment": "equal_principal", "months": "600"}]
)
def test_any_loan(analyst: Client, differs: dict[str, str]) -> None:
    assert "<polygon" in said(analyst, **differs)


def test_csv(analyst: Client) -> None:
    answer = analyst.get(CALCULATOR, LOAN | {"download": "csv"})
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[2][:3] == ["1", "2026-02-28", "8884,88"]
    assert lines[-1][2] == "12"
    assert all(not cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    assert "attachment" in answer.headers["Content-Disposition"]


def test_xlsx(analyst: Client) -> None:
    answer = analyst.get(CALCULATOR, LOAN | {"download": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert sheet.max_row == 1 + 1 + 12 + 2
    assert sheet["C3"].value == pytest.approx(8884.88)


def test_strangers_log_in_first(client: Client, db: None) -> None:
    assert client.get(CALCULATOR).headers["location"].startswith("/admin/login/")
