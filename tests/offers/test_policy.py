"""By what it is decided who is offered a product: kept as a draft, published like an offer."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from offers import releases, timeline, wording
from offers.domain.catalogue import DecisionBasis, Policy, Product
from offers.domain.differences import FIRST, POLICY, SECOND
from offers.models import Loan
from offers.models import Policy as Row
from tests.factories import LoanFactory, edit, publish

pytestmark = pytest.mark.django_db
LOANS = f"{POLICY}loan"
SCORED = Policy(Product.LOAN, DecisionBasis.SCORING_REQUIRED)


def set_policy(product: str = "loan", **values: object) -> None:
    Row.objects.update_or_create(product_type=product, defaults=values)


def live() -> Policy:
    return timeline.live_content().policy(Product.LOAN)


def command(*words: str) -> str:
    told = StringIO()
    call_command("set_policy", *words, stdout=told)
    return told.getvalue()


def test_it_works() -> None:
    LoanFactory(code="cash")
    publish()
    set_policy(basis="scoring_required")
    (change,) = releases.unpublished().policies
    assert (change.code, change.after) == (LOANS, SCORED)
    assert live() == Policy(Product.LOAN)
    publish()
    assert live() == SCORED
    assert not releases.unpublished()


def test_nobody_has_set_anything() -> None:
    LoanFactory()
    assert publish().content.policies == ()


def test_it_is_published_by_itself() -> None:
    LoanFactory(code="cash")
    publish()
    edit(Loan.objects.get(code="cash"), rate_min=Decimal(18))
    set_policy(basis="lists_first", stop_lists=True, enquiries_a_day=3)
    made = releases.publish(author="me", comment="", codes=[LOANS])
    assert made.content.policies == (Policy(Product.LOAN, DecisionBasis.LISTS_FIRST, True, 3),)
    assert [change.code for change in releases.unpublished().offers] == ["cash"]


def test_taking_back_offers_lets_nobody_else_in() -> None:
    LoanFactory(code="cash")
    first = publish()
    set_policy(basis="scoring_required")
    LoanFactory(code="second")
    publish()
    releases.take_back(first.number, author="me", reason="rates")
    assert [offer.code for offer in timeline.live_content()] == ["cash"]
    assert live() == SCORED


@pytest.mark.parametrize(("choice", "basis"), [(FIRST, "scoring_required"), (SECOND, "lists_first")])
def test_what_is_scheduled_and_what_is_published_may_clash(choice: str, basis: str) -> None:
    LoanFactory()
    publish()
    set_policy(basis="scoring_required")
    planned = releases.publish(author="me", comment="", at=timezone.now() + timedelta(days=1))
    set_policy(basis="lists_first")
    with pytest.raises(releases.Clashing) as clashing:
        releases.publish(author="me", comment="")
    (clash,) = clashing.value.found
    made = releases.publish(author="me", comment="", choices={f"{planned.number} {clash.key}": choice})
    assert made.content.policy(Product.LOAN).basis == "lists_first"
    (later,) = timeline.planned(made.content) or (None,)
    assert (later.content if later else made.content).policy(Product.LOAN).basis == basis


def test_the_command_does_what_the_admin_does() -> None:
    LoanFactory()
    publish()
    told = command("loan", "scoring_with_fallback", "--enquiries-a-day", "3", "--author", "me")
    assert "№ 2" in told
    assert live() == Policy(Product.LOAN, DecisionBasis.SCORING_WITH_FALLBACK, enquiries_a_day=3)
    assert "Публиковать нечего" in command("loan", "scoring_with_fallback")
    command("loan", "catalogue_only", "--enquiries-a-day", "any", "--stop-lists", "on")
    assert live() == Policy(Product.LOAN, stop_lists=True)


def test_the_command_can_leave_a_draft() -> None:
    LoanFactory()
    publish()
    command("loan", "scoring_required", "--draft")
    assert live() == Policy(Product.LOAN)
    assert releases.unpublished().policies


@pytest.mark.parametrize(
    "words", [("mortgage", "lists_first"), ("loan", "chance"), ("loan", "lists_first", "--enquiries-a-day", "0")]
)
def test_the_command_says_what_it_takes(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        command(*words)


def test_it_is_told_in_one_line() -> None:
    LoanFactory()
    publish()
    set_policy(basis="lists_first", stop_lists=True)
    told = "сначала списки, затем каталог, людям из стоп-листов отказ"
    assert wording.summary(releases.unpublished()).endswith(told)
