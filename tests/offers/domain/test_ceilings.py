"""The Bank of Russia's ceilings."""

from datetime import date
from decimal import Decimal

import pytest

from offers.domain.catalogue import Drawing, Product, Range
from offers.domain.ceilings import (
    Band,
    Category,
    MarketValue,
    Part,
    PricedPart,
    Quarter,
    card_parts,
    check_ceilings,
    loan_parts,
    priced_card_parts,
    priced_loan_parts,
    quarters_between,
)
from offers.domain.cost_terms import CardTerms, LoanTerms
from offers.domain.fees import Charged, Fee
from offers.domain.findings import Severity
from offers.domain.full_cost_range import Box, DisbursementDays
from offers.domain.schedule import InterestBasis, MinimumPayment, schedule

THIRD = Quarter(2025, 3)
RATE = Range(Decimal(20), Decimal(40))


def category(code: str, **differs: object) -> Category:
    terms: dict[str, object] = {"product": Product.LOAN} | differs
    return Category(code, **terms)  # type: ignore[arg-type]


SMALL_SHORT = category("small_short", amount=Band(None, Decimal(100_000)), months=Band(None, 12))
SMALL_LONG = category("small_long", amount=Band(None, Decimal(100_000)), months=Band(12, None))
LARGE = category("large", amount=Band(Decimal(100_000), None))
CARD_CASHLESS = category(
    "card_cashless", product=Product.CREDIT_CARD, amount=Band(None, Decimal(100_000)), drawing=Drawing.CASHLESS
)
CARD_CASH = category(
    "card_cash", product=Product.CREDIT_CARD, amount=Band(None, Decimal(100_000)), drawing=Drawing.CASH
)
CATEGORIES = (SMALL_SHORT, SMALL_LONG, LARGE, CARD_CASHLESS, CARD_CASH)


def box(amount: tuple[str, str], months: tuple[int, int]) -> Box:
    return Box(Range(*map(Decimal, amount)), RATE, Range(*months))


def priced(full_cost: str, of: Category | None = LARGE) -> PricedPart:
    return PricedPart(Part(of, box(("100000.01", "500000"), (12, 60))), Decimal(full_cost))


def value(average: str, code: str = "large", *, applied: bool = True) -> MarketValue:
    """That of the first quarter of 2025, which applies in the third."""
    return MarketValue(code, Quarter(2025, 1), Decimal(average), applied)


@pytest.mark.parametrize(
    ("average", "ceiling"),
    [
        ("26.699", "35.599"),
        ("28.230", "37.640"),
        ("48.245", "64.327"),
        ("48.951", "65.268"),
        ("219.000", "292.000"),
        ("219.001", "292"),
        ("300", "292"),
    ],
)
def test_the_ceiling_is_the_average_and_a_third_but_at_most_292(average: str, ceiling: str) -> None:
    assert value(average).ceiling == Decimal(ceiling)


def test_values_apply_two_quarters_later() -> None:
    assert value("26.699").applies_in == THIRD
    assert MarketValue("large", Quarter(2025, 3), Decimal(1)).applies_in == Quarter(2026, 1)


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2025, 1, 1), Quarter(2025, 1)),
        (date(2025, 3, 31), Quarter(2025, 1)),
        (date(2025, 4, 1), Quarter(2025, 2)),
        (date(2025, 12, 31), Quarter(2025, 4)),
    ],
)
def test_the_quarter_of_a_day(day: date, quarter: Quarter) -> None:
    assert Quarter.of(day) == quarter
    assert quarter.first_day <= day <= quarter.last_day


def test_the_days_of_a_quarter() -> None:
    assert (Quarter(2025, 4).first_day, Quarter(2025, 4).last_day) == (date(2025, 10, 1), date(2025, 12, 31))
    assert (Quarter(2028, 1).first_day, Quarter(2028, 1).last_day) == (date(2028, 1, 1), date(2028, 3, 31))


@pytest.mark.parametrize("number", [0, 5])
def test_there_are_four_quarters(number: int) -> None:
    with pytest.raises(ValueError, match=f"a quarter is 1 to 4, not {number}"):
        Quarter(2025, number)


def test_quarters_between_two_days() -> None:
    assert quarters_between(date(2025, 9, 30), date(2026, 1, 1)) == (THIRD, Quarter(2025, 4), Quarter(2026, 1))
    assert quarters_between(date(2025, 9, 1), date(2025, 9, 2)) == (THIRD,)
    assert quarters_between(date(2025, 9, 1), date(2025, 6, 1)) == ()


def test_a_loan_is_cut_along_its_categories() -> None:
    assert loan_parts(box(("50000", "500000"), (6, 24)), CATEGORIES) == (
        Part(SMALL_SHORT, box(("50000", "100000"), (6, 12))),
        Part(SMALL_LONG, box(("50000", "100000"), (13, 24))),
        Part(LARGE, box(("100000.01", "500000"), (6, 12))),
        Part(LARGE, box(("100000.01", "500000"), (13, 24))),
    )


@pytest.mark.parametrize(
    ("amount", "months", "found"),
    [
        (("100000", "100000"), (12, 12), [SMALL_SHORT]),
        (("100000", "100000"), (13, 13), [SMALL_LONG]),
        (("100000.01", "100000.01"), (12, 12), [LARGE]),
        (("100000", "100000.01"), (12, 12), [SMALL_SHORT, LARGE]),
    ],
)
def test_bands_take_in_their_upper_end(amount: tuple[str, str], months: tuple[int, int], found: list[Category]) -> None:
    assert [part.category for part in loan_parts(box(amount, months), CATEGORIES)] == found


def test_a_band_begins_above_its_lower_end() -> None:
    band = Band(12, 24)
    assert [months in band for months in (12, 13, 24, 25)] == [False, True, True, False]


def test_a_card_is_cut_once_for_each_way_of_drawing() -> None:
    parts = card_parts(box(("50000", "150000"), (36, 36)), CATEGORIES)
    assert [(part.category, part.drawing, part.box.amount) for part in parts] == [
        (CARD_CASHLESS, Drawing.CASHLESS, Range(Decimal(50_000), Decimal(100_000))),
        (None, Drawing.CASHLESS, Range(Decimal("100000.01"), Decimal(150_000))),
        (CARD_CASH, Drawing.CASH, Range(Decimal(50_000), Decimal(100_000))),
        (None, Drawing.CASH, Range(Decimal("100000.01"), Decimal(150_000))),
    ]


def test_a_category_for_any_drawing_takes_both() -> None:
    both = category("card", product=Product.CREDIT_CARD)
    assert [part.category for part in card_parts(box(("1", "2"), (1, 1)), [both])] == [both, both]


@pytest.mark.parametrize(
    ("full_cost", "average", "rule", "severity"),
    [
        ("35.600", "26.699", "above_ceiling", Severity.ERROR),
        ("35.599", "26.699", "close_to_ceiling", Severity.WARNING),
        ("34.600", "26.699", "close_to_ceiling", Severity.WARNING),
        ("292.001", "300", "above_absolute_limit", Severity.ERROR),
        ("292", "300", "close_to_ceiling", Severity.WARNING),
    ],
)
def test_each_part_is_held_against_its_row(full_cost: str, average: str, rule: str, severity: Severity) -> None:
    [finding] = check_ceilings([priced(full_cost)], [THIRD], [value(average)], margin=Decimal(1))
    assert (finding.rule, finding.severity) == (rule, severity)
    assert finding.parameters["full_cost"] == Decimal(full_cost)
    assert finding.parameters["category"] == "large"
    assert finding.parameters["part"] == priced(full_cost).part
    assert finding.source == "353-ФЗ, статья 6, часть 11"


def test_a_finding_has_the_numbers() -> None:
    [finding] = check_ceilings([priced("40")], [THIRD], [value("26.699")], margin=Decimal(1))
    assert finding.parameters["ceiling"] == Decimal("35.599")
    assert finding.parameters["average"] == Decimal("26.699")
    assert finding.parameters["quarter"] == THIRD
    [absolute] = check_ceilings([priced("293")], [THIRD], [], margin=Decimal(1))
    assert absolute.parameters["ceiling"] == Decimal(292)


@pytest.mark.parametrize("full_cost", ["34.599", "5"])
def test_room_enough_is_no_finding(full_cost: str) -> None:
    assert check_ceilings([priced(full_cost)], [THIRD], [value("26.699")], margin=Decimal(1)) == []


def test_a_moratorium_holds_nobody_back_but_the_absolute_limit_does() -> None:
    rows = [value("26.699", applied=False)]
    assert check_ceilings([priced("290")], [THIRD], rows, margin=Decimal(5)) == []
    [finding] = check_ceilings([priced("292.001")], [THIRD], rows, margin=Decimal(5))
    assert finding.rule == "above_absolute_limit"


def test_every_quarter_is_checked_and_a_missing_row_is_a_warning() -> None:
    fourth = Quarter(2025, 4)
    findings = check_ceilings([priced("40")], [THIRD, fourth], [value("26.699")], margin=Decimal(1))
    assert [(each.rule, each.severity, each.parameters["quarter"]) for each in findings] == [
        ("above_ceiling", Severity.ERROR, THIRD),
        ("ceiling_missing", Severity.WARNING, fourth),
    ]


def test_a_part_without_a_category_is_a_warning_and_the_others_are_checked() -> None:
    findings = check_ceilings([priced("40", of=None), priced("40")], [THIRD], [value("26.699")], margin=Decimal(1))
    assert [(each.rule, each.severity) for each in findings] == [
        ("category_missing", Severity.WARNING),
        ("above_ceiling", Severity.ERROR),
    ]
    assert findings[0].parameters["category"] is None


def test_each_part_of_a_loan_has_its_own_highest_cost() -> None:
    fee = Fee(Charged.ONCE, Decimal(1000))
    parts = priced_loan_parts(box(("50000", "500000"), (6, 24)), LoanTerms(fees=(fee,)), CATEGORIES)
    assert [(each.part.category, each.full_cost) for each in parts] == [
        (category, schedule(Decimal(amount), RATE.max, months, fees=[fee]).full_cost())
        for category, amount, months in (
            (SMALL_SHORT, "50000", 6),
            (SMALL_LONG, "50000", 13),
            (LARGE, "100000.01", 6),
            (LARGE, "100000.01", 13),
        )
    ]


def test_each_part_of_a_card_is_priced_as_it_is_drawn() -> None:
    terms = CardTerms(MinimumPayment(Decimal(5)), months=36, cash_rate=Decimal(60))
    parts = priced_card_parts(Range(Decimal(50_000), Decimal(90_000)), RATE, terms, CATEGORIES)
    assert [(each.part.category, each.part.drawing, each.full_cost) for each in parts] == [
        (CARD_CASHLESS, Drawing.CASHLESS, Decimal("40.000")),
        (CARD_CASH, Drawing.CASH, Decimal("60.000")),
    ]
    assert parts[0].part.box == Box(Range(Decimal(50_000), Decimal(90_000)), RATE, Range(36, 36))


def test_parts_by_actual_days_are_priced_over_the_days_of_disbursement() -> None:
    days = DisbursementDays(date(2026, 1, 1), date(2026, 12, 31))
    whole = box(("200000", "200000"), (12, 12))
    [part] = priced_loan_parts(whole, LoanTerms(basis=InterestBasis.ACTUAL_DAYS), CATEGORIES, days)
    assert part.full_cost > RATE.max
    terms = CardTerms(MinimumPayment(Decimal(5)), months=12, basis=InterestBasis.ACTUAL_DAYS)
    for drawn in priced_card_parts(whole.amount, RATE, terms, CATEGORIES, days):
        assert drawn.full_cost > RATE.max
