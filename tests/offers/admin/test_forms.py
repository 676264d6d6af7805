import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from offers.models import CreditCard, Loan, Offer
from tests.factories import CreditCardFactory, LoanFactory, publish
from tests.offers.admin.pages import CARDS, LOANS, OF_CARDS, OF_LOANS, form_of
from tests.offers.broken_rules import BREACHES, CARD, Breach

# What is chosen from a list can't be mistyped.
CHOSEN = ("product", "repayment", "interest_basis", "insurance_charged")
# A face has no field for what its product has not, so nobody can type it there.
TYPED = [
    breach
    for breach in BREACHES
    if breach.rule not in CHOSEN
    and not (breach.factory is LoanFactory and breach.field in OF_CARDS)
    and not (breach.factory is CARD and breach.field in OF_LOANS)
]


def page_of(row: Offer) -> str:
    return f"{LOANS if row.product_type == 'loan' else CARDS}{row.pk}/change/"


def errors_of(manager: Client, row: Offer, **typed: Any) -> dict[str, list[str]]:
    """What the form says of what was typed into it; nothing when it was saved."""
    response = manager.post(page_of(row), form_of(row, **typed))
    return {} if response.status_code == 302 else dict(response.context["adminform"].form.errors)


def saved(manager: Client, row: Offer, **typed: Any) -> Offer:
    assert errors_of(manager, row, **typed) == {}
    return Offer.objects.get(pk=row.pk)


@pytest.mark.parametrize(("factory", "face"), [(LoanFactory, LOANS), (CreditCardFactory, CARDS)])
def test_it_works(manager: Client, factory: Any, face: str) -> None:
    new = factory.build(code="brand-new")
    response = manager.post(f"{face}add/", form_of(new))
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Offer.objects.get().product_type == new.product_type


@pytest.mark.parametrize("breach", TYPED, ids=str)
def test_the_broken_rule_is_named_beside_its_field(manager: Client, breach: Breach) -> None:
    rule = next(rule for rule in Offer._meta.constraints if rule.name == f"offers_{breach.rule}")
    row = breach.factory.build(code="cash")
    shown = manager.post(
        f"{LOANS if breach.factory is LoanFactory else CARDS}add/", form_of(breach.factory.build(**breach.values))
    )
    errors = shown.context["adminform"].form.errors
    missing = [name for name, value in breach.values.items() if value is None]
    if missing:
        assert set(errors) == set(missing), "what is needed is asked for where it is missing"
    elif breach.rule == "code_format":
        assert set(errors) == {"code"}
    else:
        assert errors[breach.field] == [rule.violation_error_message]
        assert not Offer.objects.filter(code=row.code).exists()


def test_each_face_has_its_own_fields_only(manager: Client) -> None:
    loan, card = LoanFactory(), CreditCardFactory()
    loans = set(manager.get(page_of(loan)).context["adminform"].form.fields)
    cards = set(manager.get(page_of(card)).context["adminform"].form.fields)
    assert (loans & set(OF_CARDS), cards & set(OF_LOANS)) == (set(), set())
    assert loans - cards == set(OF_LOANS)
    assert cards - loans == set(OF_CARDS)
    assert not {"product_type", "archived"} & (loans | cards)


def test_a_face_does_not_open_the_other_product(manager: Client) -> None:
    card = CreditCardFactory()
    assert manager.get(f"{LOANS}{card.pk}/change/").status_code == 302
    assert not Loan.objects.exists()
    assert CreditCard.objects.exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1 000 000,50", "1000000.50"),
        ("1\u00a0000\u202f000,50", "1000000.50"),
        ("1 000 000", "1000000"),
        ("1000000.5", "1000000.50"),
        ("1,000,000.50", "1000000.50"),
        ("1,000,000", "1000000"),
    ],
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_amounts_as_people_write_them(manager: Client, typed: str, meant: str, language: str) -> None:
    manager.cookies["django_language"] = language
    assert saved(manager, LoanFactory(), amount_max=typed).amount_max == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["500,000", "1.000.000", "1 000 000,505", "миллион", "٣٠٠٠٠٠", "1_000_000", "1e6", "NaN"]
)
def test_amounts_that_could_mean_something_else_are_refused(manager: Client, typed: str) -> None:
    assert set(errors_of(manager, LoanFactory(), amount_max=typed)) == {"amount_max"}


@pytest.mark.parametrize("typed", ["24,3", "24.3", "24,300", " 24,3 "])
def test_rates_as_people_write_them(manager: Client, typed: str) -> None:
    assert saved(manager, LoanFactory(), rate_min=typed).rate_min == Decimal("24.3")


@pytest.mark.parametrize(("language", "shown"), [("ru", "1 234 567,5"), ("en", "1 234 567.5")])
def test_what_the_form_shows_it_takes_back(manager: Client, language: str, shown: str) -> None:
    manager.cookies["django_language"] = language
    row = LoanFactory(amount_max=Decimal("1234567.50"))
    found = re.search(r'name="amount_max" value="([^"]+)"', manager.get(page_of(row)).content.decode())
    assert found
    assert found[1].replace("\N{NO-BREAK SPACE}", " ") == shown
    assert saved(manager, row, amount_max=found[1]).amount_max == row.amount_max


def test_a_line_may_hold_commas(manager: Client) -> None:
    lines = ["СНИЛС, ИНН, водительское удостоверение", "  Загранпаспорт ", "", " "]
    row = saved(manager, LoanFactory(), choosable_documents=lines)
    assert row.choosable_documents == ["СНИЛС, ИНН, водительское удостоверение", "Загранпаспорт"]


def test_a_list_can_be_emptied(manager: Client) -> None:
    assert saved(manager, LoanFactory(required_documents=["Паспорт"]), required_documents=[""]).required_documents == []


def test_too_long_a_line_is_named(manager: Client) -> None:
    (said,) = errors_of(manager, LoanFactory(), special_conditions=["Коротко", "Ы" * 301])["special_conditions"]
    assert said.startswith("В строке может быть не больше 300 знаков, а здесь 301: ЫЫЫ")


def test_lines_survive_an_error_elsewhere(manager: Client) -> None:
    row = LoanFactory()
    page = manager.post(page_of(row), form_of(row, name="", special_conditions=["Раз, два", "Три"])).content.decode()
    assert 'value="Раз, два"' in page
    assert 'value="Три"' in page


def test_validity_is_in_moscow_time(manager: Client) -> None:
    row = saved(manager, LoanFactory(), valid_from_0="01.12.2026", valid_from_1="00:00")
    assert row.valid_from == datetime(2026, 12, 1, tzinfo=ZoneInfo("Europe/Moscow"))


def test_the_code_stays_once_it_is_published(manager: Client) -> None:
    row = saved(manager, LoanFactory(code="before"), code="after")
    assert row.code == "after"
    publish()
    assert saved(manager, row, code="other").code == "after"


def test_what_is_archived_can_be_taken_back(manager: Client) -> None:
    row = LoanFactory(archived=True)
    assert "archived" in manager.get(page_of(row)).context["adminform"].form.fields
    assert not saved(manager, row).archived


def test_an_analyst_sees_and_changes_nothing(analyst: Client) -> None:
    row = LoanFactory(name="Наличными")
    page = analyst.get(page_of(row))
    assert (page.status_code, "Наличными" in page.content.decode()) == (200, True)
    assert 'name="_save"' not in page.content.decode()
    assert analyst.post(page_of(row), form_of(row, name="Взлом")).status_code == 403
    assert analyst.get(f"{LOANS}add/").status_code == 403
    assert analyst.get(f"{LOANS}{row.pk}/delete/").status_code == 403


def costs(row: Offer) -> tuple[str, str]:
    return str(row.total_cost_min), str(row.total_cost_max)


def test_an_empty_full_cost_is_worked_out(manager: Client) -> None:
    row = saved(manager, LoanFactory(), total_cost_min="", total_cost_max="", fee_monthly="99")
    assert costs(row) == ("20.078", "42.433")


def test_a_full_cost_that_was_worked_out_follows_the_terms(manager: Client) -> None:
    assert costs(saved(manager, LoanFactory(), rate_min="18")) == ("18.000", "38.500")


def test_a_full_cost_that_was_typed_stays(manager: Client) -> None:
    row = LoanFactory(total_cost_min=Decimal(15))
    assert costs(saved(manager, row, rate_min="18")) == ("15.000", "38.500")


@pytest.mark.parametrize("typed", [{"total_cost_min": "", "total_cost_max": ""}, {"total_cost_max": "99"}])
def test_fees_that_take_the_whole_loan_are_named(typed: dict[str, str], manager: Client) -> None:
    errors = errors_of(manager, LoanFactory(), fee_once="50000", **typed)
    [[sentence]] = errors.values()
    assert "ПСК нет" in sentence


def test_a_loan_outside_of_what_is_typed_is_named_beside_the_field(manager: Client) -> None:
    errors = errors_of(manager, LoanFactory(), total_cost_min="20", total_cost_max="30", fee_once="500")
    assert set(errors) == {"total_cost_min", "total_cost_max"}
    said = errors["total_cost_max"][0].replace("\N{NO-BREAK SPACE}", " ")
    for part in ("30 %", "50 000 ₽, 38,5 %, 6 месяцев", "353-ФЗ"):
        assert part in said
    assert errors_of(manager, LoanFactory(), total_cost_max="38,5009") != {}, "three decimals"
    assert errors_of(manager, LoanFactory(), total_cost_max="38,499") == {}, "within a thousandth"


def test_what_costs_too_much_to_be_written_is_an_error(manager: Client) -> None:
    terms = {"total_cost_min": "", "total_cost_max": "", "fee_monthly": "999 999"}
    assert set(errors_of(manager, LoanFactory(), **terms)) == {"total_cost_max"}


def test_the_cost_of_a_card_runs_to_drawing_cash(manager: Client) -> None:
    row = saved(manager, CreditCardFactory(), total_cost_min="", total_cost_max="", cash_rate="59,9", cost_term="24")
    assert costs(row) == ("19.900", "59.900")


def test_who_saves_hears_what_stands_against_publication(manager: Client) -> None:
    row = LoanFactory()
    typed = form_of(row, special_conditions=["Ставка от 5 % годовых"])
    page = manager.post(page_of(row), typed, follow=True).content.decode()
    assert "38-ФЗ «О рекламе», статья 28" in page
