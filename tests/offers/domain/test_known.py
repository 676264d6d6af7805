"""What is known of the person, and what the policy makes of it: who is offered what, and on which terms."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from offers.domain import snapshot
from offers.domain.catalogue import Content, DecisionBasis, Offer, Policy, Product, Range
from offers.domain.decide import Decision, Enquiry, Reason, Step, decide, ruling, steps
from offers.domain.fees import Charged, Fee
from offers.domain.full_cost import NoFullCostError
from offers.domain.known import NOTHING, Approval, Grant, Known, Scored, Trial, Verdict
from offers.domain.offer_cost import cost_range
from tests.offers.domain import values
from tests.offers.domain.values import NOW, card, content, loan, roubles

CATALOGUE, LISTS = DecisionBasis.CATALOGUE_ONLY, DecisionBasis.LISTS_FIRST
REQUIRED, FALLBACK = DecisionBasis.SCORING_REQUIRED, DecisionBasis.SCORING_WITH_FALLBACK
LOAN = Enquiry(Product.LOAN, Decimal(300_000), 24)
FULL = Approval.FULL_APPROVED
DAY = timedelta(days=1)
UNAVAILABLE = Scored(Verdict.UNAVAILABLE, "timeout")


def policy(basis: DecisionBasis = CATALOGUE, **rules: Any) -> Policy:
    return Policy(Product.LOAN, basis, **rules)


def decided(held: Policy, known: Known = NOTHING, *offers: Offer) -> Decision:
    return decide(LOAN, content(*(offers or (loan(),)), policies=(held,)), NOW, known)


def reason(held: Policy, known: Known = NOTHING) -> Reason:
    [only] = decided(held, known).reasons
    return only


def granted(**terms: Any) -> Known:
    return Known(listed=(Grant(FULL, **terms),))


def test_it_works() -> None:
    known = granted(offer="loan", limit=Decimal(250_000), rate=Decimal("19.9"))
    [proposal] = decided(policy(LISTS), known).proposals

    assert proposal.granted
    assert proposal.approval is FULL
    assert proposal.offer.amount == roubles("100000", "250000")
    assert proposal.offer.rate == roubles("19.9", "19.9")
    assert proposal.offer.total_cost.max <= Decimal("20.0")
    assert proposal.payment
    assert proposal.payment.min == proposal.payment.max


@pytest.mark.parametrize(
    ("held", "known", "expected"),
    [
        (policy(), Known(stop="fraud", enquiries=99, scored=UNAVAILABLE), Reason.OFFERED),
        (policy(stop_lists=True), NOTHING, Reason.OFFERED),
        (policy(stop_lists=True), Known(stop="fraud"), Reason.STOP_LISTED),
        (policy(enquiries_a_day=3), Known(enquiries=2), Reason.OFFERED),
        (policy(enquiries_a_day=3), Known(enquiries=3), Reason.TOO_MANY_ENQUIRIES),
        (policy(LISTS), NOTHING, Reason.OFFERED),
        (policy(LISTS), granted(offer="another"), Reason.OFFERED),
        (policy(LISTS), granted(limit=Decimal(99_999)), Reason.LIMIT_BELOW_MIN),
        (policy(LISTS), granted(rate=Decimal("36.201")), Reason.RATE_ABOVE_MAX),
        (policy(REQUIRED), NOTHING, Reason.SCORING_UNAVAILABLE),
        (policy(REQUIRED), Known(scored=UNAVAILABLE), Reason.SCORING_UNAVAILABLE),
        (policy(REQUIRED), Known(scored=Scored(Verdict.REFUSED, "DTI")), Reason.REFUSED_BY_SCORING),
        (policy(REQUIRED), Known(scored=Scored(Verdict.APPROVED)), Reason.OFFERED),
        (policy(REQUIRED), granted(offer="another"), Reason.NOT_GRANTED),
        (policy(FALLBACK), Known(scored=UNAVAILABLE), Reason.OFFERED_WITHOUT_SCORING),
        (policy(FALLBACK), Known(scored=Scored(Verdict.REFUSED)), Reason.REFUSED_BY_SCORING),
    ],
)
def test_each_step_has_its_reason(held: Policy, known: Known, expected: Reason) -> None:
    assert reason(held, known) is expected


@pytest.mark.parametrize(("ends", "expected"), [((), None), ((None,), None), ((NOW, None, NOW - DAY), NOW - DAY)])
def test_it_holds_until_the_first_of_the_grants_ends(
    ends: tuple[datetime | None, ...], expected: datetime | None
) -> None:
    assert Known(listed=tuple(Grant(FULL, until=end) for end in ends)).holds_until == expected


def test_the_steps_come_in_one_order() -> None:
    everything = policy(FALLBACK, stop_lists=True, enquiries_a_day=1)
    assert [step for step, _ruling in steps(everything, NOTHING)] == [
        Step.STOP_LISTS,
        Step.FREQUENCY,
        Step.LISTS,
        Step.SCORING,
        Step.CATALOGUE,
    ]
    assert [step for step, _ruling in steps(policy(), NOTHING)] == [Step.CATALOGUE]


def test_a_stop_list_comes_before_what_is_granted() -> None:
    known = replace(granted(), stop="fraud", scored=Scored(Verdict.APPROVED))
    assert reason(policy(REQUIRED, stop_lists=True), known) is Reason.STOP_LISTED


def test_whom_a_list_names_is_not_scored() -> None:
    known = replace(granted(rate=Decimal(20)), scored=Scored(Verdict.REFUSED))
    assert reason(policy(REQUIRED), known) is Reason.OFFERED


def test_what_the_catalogue_leaves_out_nobody_grants() -> None:
    of_content = content(loan(), policies=(policy(LISTS),), paused=frozenset({"loan"}))
    assert decide(LOAN, of_content, NOW, granted()).reasons == (Reason.PAUSED,)


def test_the_other_product_keeps_its_policy() -> None:
    of_content = content(loan(), card(), policies=(policy(REQUIRED),))
    assert decide(Enquiry(Product.CREDIT_CARD), of_content, NOW).reasons == (Reason.OTHER_PRODUCT, Reason.OFFERED)


def test_scoring_grants_single_offers() -> None:
    scored = Scored(Verdict.APPROVED, grants=(Grant(FULL, "second", limit=Decimal(200_000)),))
    decision = decided(policy(REQUIRED), Known(scored=scored), loan("first"), loan("second"))
    assert decision.reasons == (Reason.NOT_GRANTED, Reason.OFFERED)


def test_of_several_grants_the_one_of_the_offer_holds() -> None:
    grants = (Grant(FULL, None, rate=Decimal(15)), Grant(Approval.PRE_APPROVED, "loan", rate=Decimal(25)))
    [proposal] = decided(policy(LISTS), Known(listed=grants)).proposals
    assert (proposal.approval, proposal.offer.rate.min) == (Approval.PRE_APPROVED, Decimal(25))


def test_what_is_granted_stands_before_what_the_catalogue_has() -> None:
    known = granted(offer="second")
    decision = decided(policy(LISTS), known, loan("first", position=1), loan("second", position=2))
    assert [proposal.offer.code for proposal in decision.proposals] == ["second", "first"]


def test_a_limit_below_what_is_asked_is_offered_all_the_same() -> None:
    """Who asks for 300 000 and may have 200 000 is shown that."""
    [proposal] = decided(policy(LISTS), granted(limit=Decimal(200_000))).proposals
    assert proposal.offer.amount.max == Decimal(200_000)


def test_a_limit_above_the_offers_own_widens_nothing() -> None:
    [proposal] = decided(policy(LISTS), granted(limit=Decimal(9_000_000))).proposals
    assert proposal.offer.amount == loan().amount


def test_a_personal_rate_is_priced_with_the_offers_fees() -> None:
    with_fee = loan(fees=(Fee(Charged.ONCE, Decimal(3000)),))
    [proposal] = decided(policy(LISTS), granted(rate=Decimal(20)), with_fee).proposals
    cost = cost_range(proposal.offer, NOW)
    assert proposal.offer.total_cost == Range(cost.lowest.full_cost, cost.highest.full_cost)
    assert proposal.offer.total_cost.max > Decimal(20)


@pytest.mark.parametrize(
    ("trial", "expected"),
    [
        (Trial.APPROVE, Reason.OFFERED),
        (Trial.WAIT, Reason.OFFERED),
        (Trial.REFUSE, Reason.REFUSED_ON_TRIAL),
        (Trial.UNKNOWN, Reason.SCORING_UNAVAILABLE),
    ],
)
def test_named_phones_of_a_test_client(trial: Trial, expected: Reason) -> None:
    assert reason(policy(REQUIRED, stop_lists=True), Known(trial=trial)) is expected


asked = values.questions(with_policies=True).flatmap(
    lambda question: st.tuples(st.just(question), values.known([offer.code for offer in question[1]]))
)


def decided_if_it_has_a_cost(enquiry: Enquiry, of_content: Content, known: Known) -> Decision:
    """An offer whose fees eat the loan up has no full cost, and none that has one comes to that by a smaller limit."""
    try:
        return decide(enquiry, of_content, NOW, known)
    except NoFullCostError:
        reject()


@settings(max_examples=50)
@given(asked)
def test_nobody_is_offered_more_than_was_held_against_the_law(asked: tuple[tuple[Enquiry, Content], Known]) -> None:
    (enquiry, of_content), known = asked
    for proposal in decided_if_it_has_a_cost(enquiry, of_content, known).proposals:
        own = of_content.get(proposal.offer.code)
        assert own
        assert own.amount.holds(proposal.offer.amount)
        assert proposal.offer.rate.max <= own.rate.max
        assert proposal.offer.term == own.term


@settings(max_examples=50)
@given(asked)
def test_knowledge_lets_nobody_in_whom_the_catalogue_leaves_out(asked: tuple[tuple[Enquiry, Content], Known]) -> None:
    (enquiry, of_content), known = asked
    by_catalogue = decide(enquiry, replace(of_content, policies=()), NOW).reasons
    for alone, why in zip(by_catalogue, decided_if_it_has_a_cost(enquiry, of_content, known).reasons, strict=True):
        assert (why is alone) if alone is not Reason.OFFERED else (why is not Reason.OTHER_PRODUCT)


@given(asked)
def test_every_question_is_settled(asked: tuple[tuple[Enquiry, Content], Known]) -> None:
    (enquiry, of_content), known = asked
    taken = list(steps(of_content.policy(enquiry.product), known))
    settling = [ruled for _step, ruled in taken if ruled]
    assert ruling(of_content.policy(enquiry.product), known) == settling[0]


@given(values.known(["loan", "card"]))
def test_it_is_kept_as_text_and_read_again(known: Known) -> None:
    assert snapshot.from_plain(Known, snapshot.to_plain(known)) == known


costs = st.sampled_from([Decimal(3), Decimal("12.5"), Decimal("24.3")])


@settings(max_examples=25)
@given(st.integers(100_000, 600_000), costs)
def test_personal_terms_never_cost_more_than_the_offer(limit: int, rate: Decimal) -> None:
    """Of an offer whose cost follows its terms, with a fee that weighs the more the smaller the loan."""
    plain = loan(fees=(Fee(Charged.ONCE, Decimal(1500), Decimal("0.5")),), term=Range(12, 15))
    cost = cost_range(plain, NOW)
    priced = replace(plain, total_cost=Range(cost.lowest.full_cost, cost.highest.full_cost))
    enquiry = Enquiry(Product.LOAN, Decimal(300_000), 12)
    of_content = content(priced, policies=(policy(LISTS),))
    [proposal] = decide(enquiry, of_content, NOW, granted(limit=Decimal(limit), rate=rate)).proposals
    assert proposal.offer.total_cost.max <= priced.total_cost.max
