"""Flows as JSON."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.domain.base_period import BasePeriod, Unit
from offers.domain.full_cost import Flow, NoFullCostError
from offers.domain.full_cost_input import InputError, Task, read_task

IN_PERIODS = '{"periods_per_year": 12, "flows": [{"amount": "-100", "q": 0, "e": "0"}, %s]}'
IN_DATES = '{"flows": [{"amount": -100, "date": "2026-01-15"}, %s]}'


def read(text: str) -> Task:
    return read_task(text.encode())


def test_flows_in_base_periods() -> None:
    task = read(IN_PERIODS % '{"amount": 110.10, "q": "1", "e": 0.5}, {"amount": 1e1, "q": 2.0}')
    assert task == Task(
        (Flow(Decimal(-100), 0), Flow(Decimal("110.1"), 1, Decimal("0.5")), Flow(Decimal(10), 2)), Decimal(12)
    )


def test_flows_in_dates() -> None:
    task = read(IN_DATES % '{"amount": "+110.1", "date": "2026-02-15"}')
    assert task == Task((Flow(Decimal(-100), 0), Flow(Decimal("110.1"), 1)), Decimal(12), BasePeriod(1, Unit.MONTHS))


def test_numbers_are_never_floats() -> None:
    task = read(IN_PERIODS % '{"amount": 0.1000000000000000055511151231257827, "q": 1}')
    assert task.flows[1].amount == Decimal("0.1000000000000000055511151231257827")


def test_a_byte_order_mark_is_no_matter() -> None:
    assert read_task(b"\xef\xbb\xbf" + (IN_PERIODS % '{"amount": 110, "q": 1}').encode()).periods_per_year == 12


@pytest.mark.parametrize(
    ("flow", "complaint"),
    [
        ('{"q": 1}', "flows[1]: amount is missing"),
        ('{"amount": 1}', "flows[1]: q is missing"),
        ('{"amount": NaN, "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": -Infinity, "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": true, "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": null, "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": [1], "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": "", "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": "1_000", "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": " 1", "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": "١", "q": 1}', "flows[1]: amount is no number"),
        ('{"amount": "1e9999999", "q": 1}', "flows[1]: amount is no number"),
        (
            '{"amount": 1e400, "q": 1}',
            "flows[1]: amount is too large (amounts up to 1000000000000000, q up to 100000)",
        ),
        ('{"amount": 1e-400, "q": 1}', "flows[1]: amount is too small (at least 10^-20, or 0)"),
        ('{"amount": ' + "1" * 101 + ', "q": 1}', "flows[1]: amount is longer than 100 characters"),
        ('{"amount": 1, "q": 0.5}', "flows[1]: q is no whole number; the rest belongs to e"),
        ('{"amount": 1, "q": -1}', "flows[1]: q is negative"),
        (
            '{"amount": 1, "q": 1e999999}',
            "flows[1]: q is too large (amounts up to 1000000000000000, q up to 100000)",
        ),
        ('{"amount": 1, "q": 1, "e": 1}', "flows[1]: e is 1 or more; whole base periods belong to q"),
        ('{"amount": 1, "q": 1, "e": -0.1}', "flows[1]: e is negative"),
        ('{"amount": 1, "q": 1, "e": "half"}', "flows[1]: e is no number"),
        ('{"amount": 1, "q": 1, "date": "2026-01-15", "at": 1}', "flows[1]: at, date: not expected here"),
        ('{"amount": 1, "q": 1, "q": 2}', "flows[1]: a key is given twice"),
        ("5", "flows[1]: is no object"),
    ],
)
def test_names_what_is_wrong_with_a_flow(flow: str, complaint: str) -> None:
    with pytest.raises(InputError) as refusal:
        read(IN_PERIODS % flow)
    assert str(refusal.value) == complaint


@pytest.mark.parametrize(
    ("flow", "complaint"),
    [
        ('{"amount": 1}', "flows[1]: date is needed as YYYY-MM-DD"),
        ('{"amount": 1, "date": 20260115}', "flows[1]: date is needed as YYYY-MM-DD"),
        ('{"amount": 1, "date": 5.5}', "flows[1]: date is needed as YYYY-MM-DD"),
        ('{"amount": 1, "date": "20260115"}', "flows[1]: date is needed as YYYY-MM-DD"),
        ('{"amount": 1, "date": null}', "flows[1]: date is needed as YYYY-MM-DD"),
        ('{"amount": 1, "date": "2026-02-30"}', "flows[1]: date is not in the calendar"),
        ('{"amount": 1, "date": "0026-02-03"}', "flows[1]: date is outside the years 1900 to 2999"),
        ('{"amount": 1, "date": "2026-02-03", "q": 1}', "flows[1]: q: not expected here"),
    ],
)
def test_names_what_is_wrong_with_a_dated_flow(flow: str, complaint: str) -> None:
    with pytest.raises(InputError) as refusal:
        read(IN_DATES % flow)
    assert str(refusal.value) == complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the input is not JSON: Expecting value, line 1 column 1"),
        ('{"flows": [}', "the input is not JSON: Expecting value, line 1 column 12"),
        ("[" * 100_000, "the input is nested too deeply"),
        ("[]", "the input is a JSON object with flows"),
        ("5", "the input is a JSON object with flows"),
        ("{}", "flows: an array of at least one flow is needed"),
        ('{"flows": []}', "flows: an array of at least one flow is needed"),
        ('{"flows": "5"}', "flows: an array of at least one flow is needed"),
        ('{"flows": [' + "0," * 10_000 + "0]}", "flows: at most 10000, not 10001"),
        ('{"flows": [{"amount": 1, "q": 1}]}', "periods_per_year: needed where flows have q and e"),
        ('{"periods_per_year": 0, "flows": [{"amount": 1, "q": 1}]}', "periods_per_year: from 0.001 to 100000, not 0"),
        (
            '{"periods_per_year": 1e6, "flows": [{"amount": 1, "q": 1}]}',
            "periods_per_year: from 0.001 to 100000, not 1E+6",
        ),
        ('{"periods_per_year": "12m", "flows": [{"amount": 1, "q": 1}]}', "periods_per_year: is no number"),
        ('{"periods_per_year": 12, "flows": [1], "x": 1}', "x: not expected here"),
        ('{"flows": [1], "flows": [1]}', "a key is given twice"),
        (
            '{"periods_per_year": 12, "flows": [{"amount": -1, "date": "2026-01-15"}]}',
            "periods_per_year: not expected here: the base period is found from the dates",
        ),
    ],
)
def test_names_what_is_wrong_with_the_whole(text: str, complaint: str) -> None:
    with pytest.raises(InputError) as refusal:
        read(text)
    assert str(refusal.value) == complaint


def test_names_every_bad_flow_up_to_twenty() -> None:
    with pytest.raises(InputError) as refusal:
        read('{"periods_per_year": 12, "flows": [' + ",".join(["5"] * 30) + "]}")
    lines = str(refusal.value).splitlines()
    assert lines == [f"flows[{position}]: is no object" for position in range(20)]


def test_refuses_what_is_not_utf_8() -> None:
    with pytest.raises(InputError, match="the input is not UTF-8: byte 1"):
        read_task(b'"\xff"')


def test_refuses_what_is_too_long() -> None:
    with pytest.raises(InputError, match="longer than 4194304 bytes"):
        read_task(b" " * (4 * 1024 * 1024 + 1))


def test_dates_without_a_disbursement_have_no_full_cost() -> None:
    with pytest.raises(NoFullCostError, match="no_disbursement"):
        read('{"flows": [{"amount": 1, "date": "2026-01-15"}]}')


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["2026-01-15", "-1", "1e400"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["amount", "q", "e", "date", "flows"]), inner),
)


@given(st.dictionaries(st.sampled_from(["flows", "periods_per_year"]), JSON | st.lists(JSON, min_size=1)))
def test_whatever_is_written_is_read_or_refused(document: object) -> None:
    try:
        task = read(json.dumps(document))
    except (InputError, NoFullCostError):
        return
    assert isinstance(task, Task)


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), st.integers(-1000, 1000))
def test_any_date_is_counted(start: date, days: int) -> None:
    other = date.fromordinal(min(max(start.toordinal() + days, date(1900, 1, 1).toordinal()), start.toordinal() + days))
    if 1900 <= other.year <= 2999:
        task = read(json.dumps({"flows": [{"amount": "-1", "date": str(start)}, {"amount": 2, "date": str(other)}]}))
        assert all(flow.e < 1 for flow in task.flows)
