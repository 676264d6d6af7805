"""Flows written as JSON, in base periods or in dates, read strictly: every problem is named with its place.

`{"periods_per_year": 12, "flows": [{"amount": "-5000", "q": 0, "e": "0"}, …]}` or
`{"flows": [{"amount": "-100000", "date": "2026-01-15"}, …]}`. A number is a JSON number or a string; never a float.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from offers.domain.base_period import FIRST_YEAR, LAST_YEAR, BasePeriod, DatedFlow, equation
from offers.domain.full_cost import (
    MAX_AMOUNT,
    MAX_DECIMALS,
    MAX_FLOWS,
    MAX_PERIODS,
    MAX_PERIODS_PER_YEAR,
    MIN_PERIODS_PER_YEAR,
    BadFlowError,
    Flow,
    FlowRule,
)

MAX_BYTES: Final = 4 * 1024 * 1024

_MAX_NUMBER_LENGTH: Final = 100
_MAX_PROBLEMS: Final = 20
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,6})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_SENTENCES: Final = {
    FlowRule.NOT_FINITE: "is no finite number",
    FlowRule.TOO_LARGE: f"is too large (amounts up to {MAX_AMOUNT:f}, q up to {MAX_PERIODS})",
    FlowRule.TOO_SMALL: f"is too small (at least 10^-{MAX_DECIMALS}, or 0)",
    FlowRule.NEGATIVE: "is negative",
    FlowRule.NOT_BELOW_ONE: "is 1 or more; whole base periods belong to q",
    FlowRule.YEAR_OUT_OF_RANGE: f"is outside the years {FIRST_YEAR} to {LAST_YEAR}",
}

Read = TypeVar("Read", Flow, DatedFlow)


class InputError(ValueError):
    """What is wrong and where, a problem a line."""


class _Ambiguous(dict[str, object]):
    """A JSON object in which a key stands twice."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to solve: flows in base periods. `base_period` is given where it was found from dates."""

    flows: tuple[Flow, ...]
    periods_per_year: Decimal
    base_period: BasePeriod | None = None


def read_task(text: bytes) -> Task:
    """InputError with every problem (the first twenty); NoFullCostError where no dated flow is a disbursement."""
    document = _load(text)
    if not isinstance(document, dict):
        raise InputError("the input is a JSON object with flows")
    flows = document.get("flows")
    if not isinstance(flows, list) or not flows:
        raise InputError("flows: an array of at least one flow is needed")
    if len(flows) > MAX_FLOWS:
        raise InputError(f"flows: at most {MAX_FLOWS}, not {len(flows)}")
    if isinstance(flows[0], dict) and "date" in flows[0]:
        _refuse_unknown(document, {"flows"}, ": the base period is found from the dates")
        found = equation(_read_all(flows, _dated_flow))
        return Task(found.flows, found.base_period.periods_per_year, found.base_period)
    _refuse_unknown(document, {"flows", "periods_per_year"})
    return Task(tuple(_read_all(flows, _flow)), _periods_per_year(document))


def _load(text: bytes) -> object:
    if len(text) > MAX_BYTES:
        raise InputError(f"the input is longer than {MAX_BYTES} bytes")
    try:
        return json.loads(
            text.decode("utf-8-sig"),
            # As text, so that a bad number is refused where its place is known.
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise InputError(f"the input is not UTF-8: byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"the input is not JSON: {error.msg}, line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise InputError("the input is nested too deeply") from error


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    return _Ambiguous(pairs) if len({key for key, _ in pairs}) < len(pairs) else dict(pairs)


def _number(value: object) -> Decimal:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise InputError("is no number")
    if len(value) > _MAX_NUMBER_LENGTH:
        raise InputError(f"is longer than {_MAX_NUMBER_LENGTH} characters")
    return Decimal(value)


def _periods_per_year(document: Mapping[str, object]) -> Decimal:
    if "periods_per_year" not in document:
        raise InputError("periods_per_year: needed where flows have q and e")
    try:
        periods = _number(document["periods_per_year"])
    except InputError as error:
        raise InputError(f"periods_per_year: {error}") from error
    if not MIN_PERIODS_PER_YEAR <= periods <= MAX_PERIODS_PER_YEAR:
        raise InputError(f"periods_per_year: from {MIN_PERIODS_PER_YEAR} to {MAX_PERIODS_PER_YEAR}, not {periods}")
    return periods


def _read_all(flows: Sequence[object], read: Callable[[Mapping[str, object]], Read]) -> list[Read]:
    found, problems = [], []
    for position, flow in enumerate(flows):
        try:
            if not isinstance(flow, dict):
                raise InputError("is no object")  # noqa: TRY301 - one place adds the position
            found.append(read(flow))
        except InputError as error:
            problems.append(f"flows[{position}]: {error}")
        except BadFlowError as error:
            problems.append(f"flows[{position}]: {error.field} {_SENTENCES[error.rule]}")
    if problems:
        raise InputError("\n".join(problems[:_MAX_PROBLEMS]))
    return found


def _flow(flow: Mapping[str, object]) -> Flow:
    _refuse_unknown(flow, {"amount", "q", "e"})
    q = _field(flow, "q")
    if q > MAX_PERIODS:
        raise BadFlowError("q", FlowRule.TOO_LARGE)
    if q != q.to_integral_value():
        raise InputError("q is no whole number; the rest belongs to e")
    e = _field(flow, "e") if "e" in flow else Decimal(0)
    return Flow(_field(flow, "amount"), int(q), e)


def _dated_flow(flow: Mapping[str, object]) -> DatedFlow:
    _refuse_unknown(flow, {"amount", "date"})
    written = flow.get("date")
    if not isinstance(written, str) or not _DATE.fullmatch(written):
        raise InputError("date is needed as YYYY-MM-DD")
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise InputError("date is not in the calendar") from error
    return DatedFlow(_field(flow, "amount"), day)


def _field(flow: Mapping[str, object], name: str) -> Decimal:
    if name not in flow:
        raise InputError(f"{name} is missing")
    try:
        return _number(flow[name])
    except InputError as error:
        raise InputError(f"{name} {error}") from error


def _refuse_unknown(found: Mapping[str, object], known: set[str], why: str = "") -> None:
    if isinstance(found, _Ambiguous):
        raise InputError("a key is given twice")
    unknown = sorted(found.keys() - known)
    if unknown:
        raise InputError(f"{', '.join(unknown)}: not expected here{why}")
