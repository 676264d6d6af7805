"""What stands against a publication, and what a person answers for."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from offers import checks, findings, releases
from offers.domain.addresses import LinkRule
from offers.domain.advertising import RULES
from offers.domain.catalogue import Product
from offers.domain.ceilings import CeilingRule, Quarter
from offers.domain.decide import Enquiry, Reason, decide
from offers.domain.differences import CEILINGS
from offers.domain.offer_cost import MOSCOW
from offers.domain.stated_cost import StatedCostRule
from offers.models import Bank, Loan, MarketValue, Release
from tests import factories
from tests.factories import BankFactory, CreditCardFactory, LoanFactory

pytestmark = pytest.mark.django_db

PROMISE = "Одобрим всем, гарантированно"
RATE_ALONE = "Ставка от 5 % годовых"


def found() -> dict[str, list[str]]:
    """The codes of broken rules by offer, but for what no row of the Bank of Russia tells of."""
    content = releases.draft()
    names = checks.names_of(offer.code for offer in content)
    told: dict[str, list[str]] = {}
    for each in checks.check(content, timezone.now(), names=names):
        if each.finding.rule not in checks.ONLY_SHOWN:
            told.setdefault(each.code, []).append(each.finding.rule)
    return told


def market_row(average: str, ahead: int = 0, **differs: Any) -> MarketValue:
    """A row of all loans that applies in this quarter, or so many later."""
    values_of = Quarter.of(timezone.localdate()).later(ahead - 2)
    return MarketValue.objects.create(
        product_type="loan", year=values_of.year, quarter=values_of.number, average=Decimal(average), **differs
    )


def publish(**options: Any) -> releases.Published:
    return releases.publish(author="anna", comment="", **options)


def test_every_finding_has_a_sentence() -> None:
    rules = [*CeilingRule, *StatedCostRule, *LinkRule, *(rule.code for rule in RULES)]
    assert set(findings.SENTENCES) == {str(rule) for rule in rules}


def test_a_sound_catalogue() -> None:
    BankFactory()
    LoanFactory()
    CreditCardFactory()
    assert found() == {}


def test_each_offer_is_checked_for_all_that_it_says() -> None:
    BankFactory(name="Супер-банк")
    LoanFactory(code="dear", total_cost_max=Decimal(30))
    LoanFactory(code="loud", special_conditions=["Для всех", RATE_ALONE], link="https://bank.example/без-переплат")
    LoanFactory(code="name", name="Кредит 0 %")
    assert found() == {
        "": ["legal_form_missing"],
        "dear": ["loan_above_stated_cost"],
        "loud": ["rate_without_full_cost", "half_range", "no_overpayment"],
        "name": ["zero_percent"],
    }


def test_sentences_name_the_case_the_rule_and_the_way_out() -> None:
    BankFactory()
    market_row("20")
    LoanFactory(total_cost_max=Decimal(30), special_conditions=[RATE_ALONE])
    told = [findings.sentence(each.finding) for each in checks.check(releases.draft(), timezone.now())]
    text = "\n".join(told).replace("\N{NO-BREAK SPACE}", " ")
    for said in ("50 000 ₽, 38,5 %, 6 месяцев", "353-ФЗ, статья 6", "26,667 %", "строка 1", "Ставка от 5 %", "38-ФЗ"):
        assert said in text, said


def test_an_error_stands_against_publication() -> None:
    BankFactory()
    LoanFactory(code="wrong", total_cost_max=Decimal(30))
    LoanFactory(code="right")
    with pytest.raises(releases.Broken) as caught:
        publish(reason="срочно")
    assert [each.code for each in caught.value.found] == ["wrong"]
    assert publish(codes=["right"]).content.get("right"), "what is not chosen stands against nothing"


def test_what_stays_as_it_is_live_stands_against_nothing() -> None:
    LoanFactory(code="wrong", total_cost_max=Decimal(30))
    factories.publish()
    LoanFactory(code="right")
    assert len(publish().content.offers) == 2


def test_a_warning_is_acknowledged_and_kept_with_the_release() -> None:
    BankFactory()
    LoanFactory(code="loud", special_conditions=[PROMISE])
    with pytest.raises(releases.Unacknowledged) as caught:
        publish()
    assert {each.finding.rule for each in caught.value.found} == {"approval_for_all", "guaranteed"}
    publish(reason="согласовано с юристами")
    assert {
        (each["offer"], each["rule"], each["by"], each["reason"]) for each in Release.objects.get().acknowledged
    } == {
        ("loud", "guaranteed", "anna", "согласовано с юристами"),
        ("loud", "approval_for_all", "anna", "согласовано с юристами"),
    }


def test_the_banks_name_is_checked_when_it_is_published() -> None:
    BankFactory(name="Супер-банк")
    LoanFactory()
    with pytest.raises(releases.Unacknowledged):
        publish()
    publish(reason="так в договоре")
    LoanFactory()
    publish()


def test_above_its_ceiling_nothing_is_published() -> None:
    BankFactory()
    market_row("20")
    LoanFactory()
    with pytest.raises(releases.Broken):
        publish()
    Bank.objects.update(only_warn_of_ceilings=True)
    with pytest.raises(releases.Broken):
        publish()


def test_close_to_the_ceiling_a_person_answers() -> None:
    BankFactory()
    market_row("29.25")  # 39.000, half a point above
    LoanFactory()
    with pytest.raises(releases.Unacknowledged):
        publish()
    Bank.objects.update(ceiling_margin=Decimal("0.5"))
    publish()


def test_from_the_turn_of_the_quarter_it_is_left_out() -> None:
    """The offer was published before the lower ceiling was known, and goes on as it is live."""
    BankFactory()
    market_row("30")
    LoanFactory(code="dear")
    publish()
    market_row("20", ahead=1)
    (change,) = [releases.unpublished()]
    assert len(change) == 1
    content = publish(codes=[CEILINGS]).content
    turn = _midnight(Quarter.of(timezone.localdate()).later(1))
    reasons = [
        decide(Enquiry(Product.LOAN), content, moment).reasons[0] for moment in (turn - timedelta(microseconds=1), turn)
    ]
    assert reasons == [Reason.OFFERED, Reason.ABOVE_CEILING]


def test_unless_the_policy_is_to_warn_only() -> None:
    BankFactory(only_warn_of_ceilings=True)
    market_row("30")
    LoanFactory(code="dear")
    publish()
    market_row("20", ahead=1)
    content = publish().content
    assert content.only_warn_of_ceilings
    assert content.above_ceiling == ()


def test_ceilings_go_with_whatever_is_published() -> None:
    BankFactory()
    LoanFactory(code="cash")
    market_row("40")
    assert len(publish(codes=["cash"]).content.market) == 1


def _midnight(quarter: Quarter) -> datetime:
    return datetime.combine(quarter.first_day, datetime.min.time(), MOSCOW)


def test_what_nobody_typed_is_worked_out() -> None:
    row = LoanFactory.build(total_cost_min=None, total_cost_max=Decimal(39), fee_monthly=Decimal(99))
    assert checks.fill(row, timezone.now())
    assert (row.total_cost_min, row.total_cost_max) == (Decimal("20.078"), Decimal(39))
    assert not checks.fill(row, timezone.now())


def told(command: str, **options: Any) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def test_check_catalogue() -> None:
    BankFactory()
    LoanFactory(code="loud", special_conditions=[PROMISE])
    assert "Предупреждение: loud: " in told("check_catalogue")
    factories.edit(Loan.objects.get(), special_conditions=[RATE_ALONE])
    with pytest.raises(CommandError) as caught:
        told("check_catalogue")
    assert caught.value.returncode == 1


def test_the_command_publishes_what_is_acknowledged() -> None:
    BankFactory()
    LoanFactory(code="loud", special_conditions=[PROMISE])
    with pytest.raises(CommandError, match="loud: "):
        told("publish", comment="Акция")
    told("publish", comment="Акция", acknowledge="согласовано")
    assert Release.objects.get().acknowledged[0]["reason"] == "согласовано"


def test_the_command_refuses_errors() -> None:
    BankFactory()
    LoanFactory(code="wrong", special_conditions=[RATE_ALONE])
    with pytest.raises(CommandError, match="wrong: "):
        told("publish", comment="Акция", acknowledge="всё равно")
