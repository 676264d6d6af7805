"""What an offer states of its full cost, and what its loans cost."""

from decimal import Decimal

import pytest

from offers.domain.catalogue import Range
from offers.domain.findings import Severity
from offers.domain.full_cost_range import Case, FullCostRange
from offers.domain.stated_cost import check_stated_cost


def case(full_cost: str) -> Case:
    return Case(Decimal(full_cost), Decimal(100_000), Decimal(24), 12, insured=False, disbursed_on=None)


COMPUTED = FullCostRange(case("24.300"), case("36.200"))


@pytest.mark.parametrize(
    ("stated", "rules"),
    [
        (("24.300", "36.200"), []),
        (("24.301", "36.199"), []),
        (("24.299", "36.201"), []),
        (("24.302", "36.200"), [("loan_below_stated_cost", Severity.ERROR)]),
        (("24.300", "36.198"), [("loan_above_stated_cost", Severity.ERROR)]),
        (("24.298", "36.200"), [("stated_cost_wider_below", Severity.WARNING)]),
        (("24.300", "36.202"), [("stated_cost_wider_above", Severity.WARNING)]),
        (
            ("20", "30"),
            [("loan_above_stated_cost", Severity.ERROR), ("stated_cost_wider_below", Severity.WARNING)],
        ),
    ],
)
def test_by_more_than_a_thousandth(stated: tuple[str, str], rules: list[tuple[str, Severity]]) -> None:
    findings = check_stated_cost(Range(*map(Decimal, stated)), COMPUTED)
    assert [(finding.rule, finding.severity) for finding in findings] == rules


def test_a_finding_has_the_numbers_and_the_loan() -> None:
    below, above = check_stated_cost(Range(Decimal(25), Decimal(36)), COMPUTED)
    assert below.parameters == {"stated": Decimal(25), "case": COMPUTED.lowest}
    assert above.parameters == {"stated": Decimal(36), "case": COMPUTED.highest}
    wider_below, wider_above = check_stated_cost(Range(Decimal(24), Decimal(37)), COMPUTED)
    assert wider_below.parameters == {"stated": Decimal(24), "case": COMPUTED.lowest}
    assert wider_above.parameters == {"stated": Decimal(37), "case": COMPUTED.highest}
    assert below.source == "353-ФЗ, статья 6; 38-ФЗ «О рекламе», статья 28"
