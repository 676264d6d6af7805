"""The range of the full cost that an offer states, held against what its loans cost."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from offers.domain.catalogue import Range
from offers.domain.findings import Finding, Severity
from offers.domain.full_cost_range import Case, FullCostRange
from offers.domain.money import CONTEXT, THOUSANDTH

SOURCE: Final = "353-ФЗ, статья 6; 38-ФЗ «О рекламе», статья 28"


class StatedCostRule(StrEnum):
    """How a stated range differs from the computed one by more than a thousandth; or that there is none."""

    NO_FULL_COST = "no_full_cost"
    LOAN_BELOW = "loan_below_stated_cost"
    LOAN_ABOVE = "loan_above_stated_cost"
    WIDER_BELOW = "stated_cost_wider_below"
    WIDER_ABOVE = "stated_cost_wider_above"


NO_FULL_COST: Final = Finding(StatedCostRule.NO_FULL_COST.value, Severity.ERROR, {}, SOURCE)


def check_stated_cost(stated: Range[Decimal], computed: FullCostRange) -> list[Finding]:
    """A loan outside the stated range is an error, a range wider than its loans a warning.

    Parameters: `stated`, the end of the range in per cent, and `case`, the loan that differs from it.
    """
    lowest, highest = computed.lowest, computed.highest
    findings = []
    if _exceeds(stated.min, lowest.full_cost):
        findings.append(_finding(StatedCostRule.LOAN_BELOW, Severity.ERROR, stated.min, lowest))
    if _exceeds(highest.full_cost, stated.max):
        findings.append(_finding(StatedCostRule.LOAN_ABOVE, Severity.ERROR, stated.max, highest))
    if _exceeds(lowest.full_cost, stated.min):
        findings.append(_finding(StatedCostRule.WIDER_BELOW, Severity.WARNING, stated.min, lowest))
    if _exceeds(stated.max, highest.full_cost):
        findings.append(_finding(StatedCostRule.WIDER_ABOVE, Severity.WARNING, stated.max, highest))
    return findings


def _exceeds(larger: Decimal, smaller: Decimal) -> bool:
    return CONTEXT.subtract(larger, smaller) > THOUSANDTH


def _finding(rule: StatedCostRule, severity: Severity, stated: Decimal, case: Case) -> Finding:
    return Finding(rule.value, severity, {"stated": stated, "case": case}, SOURCE)
