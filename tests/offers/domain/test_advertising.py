"""What an offer may not say of itself."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from offers.domain.advertising import CREDIT_WARNING, RULES, Field, Text, lint
from offers.domain.findings import Severity


def broken(content: str, field: Field = Field.SPECIAL_CONDITION) -> list[str]:
    return [finding.rule for finding in lint([Text(field, content)])]


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        ("Кредит без залога и поручителей", []),
        ("Ставка 19,9 %", ["rate_without_full_cost"]),
        ("Всего 19,9% годовых", ["rate_without_full_cost"]),
        ("Деньги под 19,9 процентов", ["rate_without_full_cost"]),
        ("Кредит наличными от 5 до 10 %: ПСК внизу", []),
        ("Кредит от 5 %", ["rate_without_full_cost", "half_range"]),
        ("ПСК 20,1–25,3 %, ставка 19,9–24,9 %", []),
        ("Полная стоимость кредита 20–25 %. Ставка 19 % годовых", []),
        ("Ставка 19,9 %, ПСК 20,1 %", ["rate_before_full_cost"]),
        ("ставка ниже на 2 % при страховании", []),
        ("минус к ставке: на 2 % годовых", []),
        ("скидка 2 % годовых", []),
        ("Кешбэк 5 % на всё", []),
        ("Кешбэк до 10 %", ["half_range"]),
        ("Кешбэк от 1 до 10 %", []),
        ("Кешбэк от 1 % до 10 %", []),
        ("Кешбэк от 1% – до 10%", []),
        ("Кешбэк от 1 %—10 %", []),
        ("Кешбэк от 1 %", ["half_range"]),
        ("Кешбэк от 1 %, затем до 5 %", ["half_range", "half_range"]),
        ("0 % на покупки", ["zero_percent"]),
        ("Комиссия 0,00%", ["zero_percent"]),
        ("ноль процентов", ["zero_percent"]),
        ("10 % и 0,5 % и 5,0 %", []),
        ("Рассрочка без  переплат", ["no_overpayment"]),
        ("Гарантированно одобрим", ["guaranteed"]),
        ("Одобрим всем", ["approval_for_all"]),
        ("Всем одобряем", ["approval_for_all"]),
        ("одобряем каждому, без отказа", ["approval_for_all", "approval_for_all"]),
    ],
)
def test_special_conditions(content: str, rules: list[str]) -> None:
    assert broken(content) == rules
    assert broken(content, Field.OFFER_NAME) == rules


def test_spaces_of_any_kind_are_spaces() -> None:
    assert broken("без\u00a0переплат") == ["no_overpayment"]
    assert broken("0\u202f%") == ["zero_percent"]


@pytest.mark.parametrize(
    ("link", "rules"),
    [
        ("https://bank.example/credit?utm_source=yandex", []),
        ("https://bank.example/кредит-без-переплат", ["no_overpayment"]),
        ("https://bank.example/?promo=%D0%B1%D0%B5%D0%B7_%D0%BE%D1%82%D0%BA%D0%B0%D0%B7%D0%B0", ["approval_for_all"]),
        ("https://bank.example/stavka-19-%25-годовых", []),
    ],
)
def test_links_are_read_as_words(link: str, rules: list[str]) -> None:
    assert broken(link, Field.LINK) == rules


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("АО Супер-банк", []),
        ("ПАО «Банк»", []),
        ("Супер-банк (ООО)", []),
        ("Публичное акционерное общество «Банк»", []),
        ("Супер-банк", ["legal_form_missing"]),
        ("Хаос-банк", ["legal_form_missing"]),
    ],
)
def test_the_banks_name_has_its_legal_form(name: str, rules: list[str]) -> None:
    assert broken(name, Field.BANK_NAME) == rules


def test_a_rendered_offer_has_the_credit_warning() -> None:
    assert broken("ПСК 20–25 %, ставка 19–24 %", Field.RENDERED) == ["credit_warning_missing"]
    assert broken("ПСК 20–25 %, ставка 19–24 %.\n" + CREDIT_WARNING.replace(" ", "\n"), Field.RENDERED) == []


def test_a_finding_names_place_fragment_rule_and_source() -> None:
    texts = [Text(Field.SPECIAL_CONDITION, "Без залога"), Text(Field.SPECIAL_CONDITION, "Ставка 5 % навсегда", index=1)]
    [finding] = lint(texts)
    assert finding.rule == "rate_without_full_cost"
    assert finding.severity is Severity.ERROR
    assert finding.parameters == {"field": "special_condition", "index": 1, "fragment": "Ставка 5 %"}
    assert finding.source == "38-ФЗ «О рекламе», статья 28"


def severities(codes: Iterable[str]) -> set[Severity]:
    return {rule.severity for rule in RULES if rule.code in codes}


def test_only_the_rate_without_its_full_cost_is_an_error() -> None:
    rates = {"rate_without_full_cost", "rate_before_full_cost"}
    assert severities(rates) == {Severity.ERROR}
    assert severities({rule.code for rule in RULES} - rates) == {Severity.WARNING}


def test_rules_are_data() -> None:
    stricter = [replace(rule, severity=Severity.ERROR) for rule in RULES if rule.code == "guaranteed"]
    [finding] = lint([Text(Field.OFFER_NAME, "Гарантия, ставка 5 %")], stricter)
    assert (finding.rule, finding.severity) == ("guaranteed", Severity.ERROR)
