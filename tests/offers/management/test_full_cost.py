"""`manage.py full_cost`, as it is run: JSON in, the number on the last line, or what is wrong and exit 2."""

import io
import sys
from typing import NamedTuple

import pytest
from django.core.management import ManagementUtility

TWELVE = b"""{"flows": [{"amount": "-100000", "date": "2026-01-31"}, {"amount": 34002.21, "date": "2026-02-28"},
    {"amount": 34002.21, "date": "2026-03-31"}, {"amount": 34002.21, "date": "2026-04-30"}]}"""
TWO_WEEKS = b'{"periods_per_year": "52.5", "flows": [{"amount": -100, "q": 0}, {"amount": "101", "q": 1, "e": "0.5"}]}'


class Ran(NamedTuple):
    status: int
    out: list[str]
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Run":
    return Run(monkeypatch, capsys)


class Run:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, text: bytes, *arguments: str) -> Ran:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        status = 0
        try:
            ManagementUtility(["manage.py", "full_cost", *arguments]).execute()
        except SystemExit as end:
            status = int(end.code or 0)
        captured = self.capsys.readouterr()
        return Ran(status, captured.out.splitlines(), captured.err)


def test_it_works(run: Run) -> None:
    assert run(TWELVE) == Ran(0, ["12.000"], "")
    assert run(TWO_WEEKS) == Ran(0, ["34.923"], "")


def test_explains_the_base_period_and_the_terms(run: Run) -> None:
    assert run(TWELVE, "--explain").out == [
        "base period: 1 months, periods per year: 12",
        "full cost = i * 12 * 100, i the smallest positive root of the sum of",
        "-100000 / ((1 + 0 * i) * (1 + i)^0)",
        "34002.21 / ((1 + 0 * i) * (1 + i)^1)",
        "34002.21 / ((1 + 0 * i) * (1 + i)^2)",
        "34002.21 / ((1 + 0 * i) * (1 + i)^3)",
        "= 0",
        "12.000",
    ]
    assert run(TWO_WEEKS, "--explain").out[0] == "periods per year: 52.5"


def test_bad_input_is_refused_with_its_place(run: Run) -> None:
    ran = run(b'{"periods_per_year": 12, "flows": [{"amount": "-100", "q": 0}, {"amount": NaN, "q": 1}]}')
    assert (ran.status, ran.out) == (2, [])
    assert "bad input: flows[1]: amount is no number" in ran.err


@pytest.mark.parametrize(
    ("flows", "why"),
    [
        ('{"amount": -100, "q": 0}, {"amount": 99, "q": 1}', "the payments sum to less than the loan"),
        ('{"amount": -100, "q": 0}, {"amount": -99, "q": 1}', "there is no change of sign"),
        ('{"amount": 100, "q": 0}, {"amount": 99, "q": 1}', "is no disbursement"),
        ('{"amount": 0, "q": 0}', "every flow is 0"),
    ],
)
def test_no_full_cost_is_refused_with_the_reason(run: Run, flows: str, why: str) -> None:
    ran = run(b'{"periods_per_year": 12, "flows": [%s]}' % flows.encode())
    assert (ran.status, ran.out) == (2, [])
    assert "no full cost: " in ran.err
    assert why in ran.err
