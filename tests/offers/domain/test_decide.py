"""Which offers a person is shown, in which order, with what payment, and why the others are not."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.domain import decide as deciding
from offers.domain.catalogue import AboveCeiling, Content, Offer, Product, Range
from offers.domain.cost_terms import Insurance
from offers.domain.decide import Decision, Enquiry, Reason, available, decide, unavailability
from offers.domain.fees import Charged, Fee
from offers.domain.known import Approval
from offers.domain.payments import annuity, equal_principal
from offers.domain.schedule import LoanRepayment
from tests.offers.domain import values
from tests.offers.domain.values import NOW, card, content, loan, roubles

HOUR = timedelta(hours=1)
KOPECK = Decimal("0.01")
EXAMPLE = Enquiry(Product.LOAN, Decimal("500000.00"), 36)


def offered(decision: Decision) -> list[str]:
    return [proposal.offer.code for proposal in decision.proposals]


def reason(enquiry: Enquiry, offer: Offer, now: datetime = NOW, **differs: Any) -> Reason:
    [only] = decide(enquiry, content(offer, **differs), now).reasons
    return only


def test_it_works() -> None:
    decision = decide(EXAMPLE, content(loan("small"), card(), loan("short", term=Range(6, 12))), NOW)

    assert offered(decision) == ["small"]
    assert decision.reasons == (Reason.OFFERED, Reason.OTHER_PRODUCT, Reason.TERM_ABOVE_MAX)
    assert decision.proposals[0].approval is Approval.PRE_APPROVED


def test_nothing_is_offered_where_there_is_nothing() -> None:
    assert decide(EXAMPLE, content(), NOW) == Decision((), ())


def test_reasons_keep_their_numbers() -> None:
    """The journal of past years holds them: a number may be added here, never changed and never used again."""
    known = {
        0: "offered",
        1: "other_product",
        2: "paused",
        3: "not_yet_valid",
        4: "no_longer_valid",
        5: "amount_below_min",
        6: "amount_above_max",
        7: "term_below_min",
        8: "term_above_max",
        9: "above_ceiling",
    }

    assert {int(each): each.code for each in Reason if each in known} == known


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("99999.99", Reason.AMOUNT_BELOW_MIN),
        ("100000", Reason.OFFERED),
        ("600000.00", Reason.OFFERED),
        ("600000.01", Reason.AMOUNT_ABOVE_MAX),
        (None, Reason.OFFERED),
    ],
)
@pytest.mark.parametrize("offer", [loan(), card(amount=roubles("100000", "600000"))], ids=["loan", "card"])
def test_the_amount_asked(offer: Offer, amount: str | None, why: Reason) -> None:
    assert reason(Enquiry(offer.product, amount and Decimal(amount)), offer) is why  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("term", "why"),
    [
        (11, Reason.TERM_BELOW_MIN),
        (12, Reason.OFFERED),
        (36, Reason.OFFERED),
        (37, Reason.TERM_ABOVE_MAX),
        (None, Reason.OFFERED),
    ],
)
def test_the_term_asked(term: int | None, why: Reason) -> None:
    assert reason(Enquiry(Product.LOAN, term=term), loan()) is why


@pytest.mark.parametrize("term", [1, 600])
def test_a_term_means_nothing_to_a_card(term: int) -> None:
    assert reason(Enquiry(Product.CREDIT_CARD, term=term), card()) is Reason.OFFERED


@pytest.mark.parametrize(
    ("validity", "why"),
    [
        ({"valid_from": NOW}, Reason.OFFERED),
        ({"valid_from": NOW + timedelta(microseconds=1)}, Reason.NOT_YET_VALID),
        ({"valid_until": NOW}, Reason.NO_LONGER_VALID),
        ({"valid_until": NOW + timedelta(microseconds=1)}, Reason.OFFERED),
        ({"valid_from": NOW - HOUR, "valid_until": NOW + HOUR}, Reason.OFFERED),
        ({"valid_from": NOW - 2 * HOUR, "valid_until": NOW - HOUR}, Reason.NO_LONGER_VALID),
    ],
)
def test_an_offer_is_valid_from_its_first_moment_until_just_before_its_last(
    validity: dict[str, Any], why: Reason
) -> None:
    assert reason(EXAMPLE, loan(**validity)) is why


def test_validity_is_a_moment_in_any_zone() -> None:
    in_moscow = NOW.astimezone(timezone(timedelta(hours=3)))

    assert reason(EXAMPLE, loan(valid_from=in_moscow)) is Reason.OFFERED
    assert reason(EXAMPLE, loan(valid_until=in_moscow)) is Reason.NO_LONGER_VALID


@pytest.mark.parametrize(
    ("pause", "why"),
    [
        ({}, Reason.OFFERED),
        ({"paused": frozenset({"other"})}, Reason.OFFERED),
        ({"paused": frozenset({"loan"})}, Reason.PAUSED),
        ({"all_paused": True}, Reason.PAUSED),
    ],
)
def test_a_paused_offer(pause: dict[str, Any], why: Reason) -> None:
    assert reason(EXAMPLE, loan(), **pause) is why


@pytest.mark.parametrize(
    ("span", "why"),
    [
        ((NOW, NOW + HOUR), Reason.ABOVE_CEILING),
        ((NOW - HOUR, NOW), Reason.OFFERED),
        ((NOW + HOUR, NOW + 2 * HOUR), Reason.OFFERED),
    ],
)
def test_above_its_ceiling_an_offer_is_left_out_from_the_turn_of_the_quarter_on(
    span: tuple[datetime, datetime], why: Reason
) -> None:
    assert reason(EXAMPLE, loan(), above_ceiling=(AboveCeiling("loan", *span),)) is why
    assert reason(EXAMPLE, loan(), above_ceiling=(AboveCeiling("other", *span),)) is Reason.OFFERED


def test_the_first_thing_that_keeps_it_away_is_the_reason() -> None:
    """Each step mends what was named, and so finds what stands behind it."""
    enquiry = Enquiry(Product.LOAN, Decimal(1), 1)
    past: dict[str, Any] = {"valid_until": NOW}

    assert reason(enquiry, card(**past), all_paused=True) is Reason.OTHER_PRODUCT
    assert reason(enquiry, loan(**past), all_paused=True) is Reason.PAUSED
    assert reason(enquiry, loan(**past)) is Reason.NO_LONGER_VALID
    assert reason(enquiry, loan()) is Reason.AMOUNT_BELOW_MIN
    assert reason(replace(enquiry, amount=None), loan()) is Reason.TERM_BELOW_MIN


def test_the_payment_of_what_is_asked() -> None:
    [proposal] = decide(EXAMPLE, content(loan()), NOW).proposals

    # As in the table of the closed form: 24.3 % and 36.2 %.
    assert proposal.payment == roubles("19695.27", "22958.89")


def test_the_payment_spans_what_is_not_asked() -> None:
    [proposal] = decide(Enquiry(Product.LOAN), content(loan()), NOW).proposals

    lowest = annuity(Decimal(100_000), Decimal("24.3"), 36)
    highest = annuity(Decimal(600_000), Decimal("36.2"), 12)
    assert proposal.payment == Range(lowest, highest)


def test_the_payment_of_an_offer_shown_to_more_people_is_worked_out_at_its_nearest() -> None:
    large = loan(amount=roubles("600000.01", "1000000"), shown_amount=roubles("300000", "1000000"), term=Range(48, 60))
    large = replace(large, shown_term=Range(24, 60))

    [proposal] = decide(EXAMPLE, content(large), NOW).proposals

    rates = large.rate
    assert proposal.payment == Range(*(annuity(Decimal("600000.01"), rate, 48) for rate in (rates.min, rates.max)))


def payment(enquiry: Enquiry, offer: Offer) -> Range[Decimal] | None:
    [proposal] = decide(enquiry, content(offer), NOW).proposals
    return proposal.payment


def test_equal_parts_begin_with_the_greatest_payment_and_end_with_the_smallest() -> None:
    rates = roubles("24", "24")
    offer = loan(repayment=LoanRepayment.EQUAL_PRINCIPAL, rate=rates, amount=roubles("120000", "120000"))
    assert payment(Enquiry(Product.LOAN, Decimal(120_000), 12), offer) == roubles("10200.00", "12400.00")


def test_monthly_fees_are_part_of_the_payment_and_others_are_not() -> None:
    fees = (
        Fee(Charged.MONTHLY, Decimal(99), share=Decimal("0.1")),
        Fee(Charged.YEARLY, Decimal(5000)),
        Fee(Charged.ONCE, Decimal(1000)),
    )
    assert payment(EXAMPLE, loan(fees=fees)) == roubles("20294.27", "23557.89")


@pytest.mark.parametrize(("surcharge", "lowest"), [("0", "19795.27"), ("5", "19695.27")])
def test_monthly_insurance_is_part_of_it_where_there_is_no_loan_without(surcharge: str, lowest: str) -> None:
    insurance = Insurance(Fee(Charged.MONTHLY, Decimal(100)), Decimal(surcharge))
    found = payment(EXAMPLE, loan(insurance=insurance))
    assert found
    assert found.min == Decimal(lowest)


def test_a_fee_in_steps_can_make_a_smaller_loan_the_dearer_one() -> None:
    fee = Fee(Charged.MONTHLY, Decimal(50_000), amount_to=Decimal(200_000))
    found = payment(Enquiry(Product.LOAN, term=36), loan(fees=(fee,)))
    rates, above = roubles("24.3", "36.2"), Decimal("200000.01")
    assert found == Range(annuity(above, rates.min, 36), annuity(Decimal(200_000), rates.max, 36) + 50_000)


def test_a_card_has_no_payment() -> None:
    [proposal] = decide(Enquiry(Product.CREDIT_CARD), content(card()), NOW).proposals

    assert proposal.payment is None


def test_best_first() -> None:
    wide = {"amount": roubles("600000.01", "1000000"), "shown_amount": roubles("1", "1000000")}
    best_to_worst = [
        loan("a-first", position=1, total_cost=roubles("90", "99")),
        loan("z-cheap", position=2, total_cost=roubles("20", "50")),
        loan("b-narrow", position=2, total_cost=roubles("21", "30")),
        loan("b-wide", position=2, total_cost=roubles("21", "31")),
        loan("c-equal", position=2, total_cost=roubles("21", "31")),
        loan("a-stretched", position=0, total_cost=roubles("1", "2"), **wide),
    ]

    decision = decide(EXAMPLE, content(*reversed(best_to_worst)), NOW)

    assert offered(decision) == [offer.code for offer in best_to_worst]


@given(values.questions())
def test_every_offer_has_one_reason_in_the_order_of_the_release(question: tuple[Enquiry, Content]) -> None:
    enquiry, of_content = question
    decision = decide(enquiry, of_content, NOW)

    assert len(decision.reasons) == len(of_content.offers)
    chosen = {o.code for o, why in zip(of_content, decision.reasons, strict=True) if why is Reason.OFFERED}
    assert sorted(offered(decision)) == sorted(chosen)
    for offer, why in zip(of_content, decision.reasons, strict=True):
        [only] = decide(enquiry, replace(of_content, offers=(offer,)), NOW).reasons
        assert only is why


@given(values.questions_in_a_row())
def test_what_was_asked_before_changes_nothing(row: tuple[Content, list[tuple[Enquiry, datetime]]]) -> None:
    of_content, questions = row

    for enquiry, now in questions:
        never_asked = replace(of_content)
        assert decide(enquiry, of_content, now) == decide(enquiry, never_asked, now)
        assert available(of_content, now) == {o.code for o in of_content if not unavailability(o, of_content, now)}


@pytest.mark.parametrize("order", [1, -1])
def test_amounts_on_either_side_of_a_bound_are_told_apart(order: int) -> None:
    expected = {
        "99999.99": Reason.AMOUNT_BELOW_MIN,
        "100000": Reason.OFFERED,
        "600000": Reason.OFFERED,
        "600000.01": Reason.AMOUNT_ABOVE_MAX,
    }
    one, amounts = content(loan()), list(expected)[::order]

    found = [decide(Enquiry(Product.LOAN, Decimal(amount)), one, NOW).reasons[0] for amount in amounts]
    assert found == [expected[amount] for amount in amounts]


def test_what_is_kept_of_a_content_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "REASONS_KEPT", 20)
    ladder = content(*(loan(f"step-{step}", amount=roubles(f"{step}1", f"{step}9")) for step in range(1, 10)))

    for amount in range(10, 100, 3):
        decide(Enquiry(Product.LOAN, Decimal(amount)), ladder, NOW)

    assert 0 < len(deciding._sieve(ladder)._sifted) <= 20 // 9 + 1


@given(values.questions())
def test_what_is_offered_is_live_and_shown_to_who_asks(question: tuple[Enquiry, Content]) -> None:
    enquiry, of_content = question
    live = available(of_content, NOW)

    for offer, why in zip(of_content, decide(enquiry, of_content, NOW).reasons, strict=True):
        shown = (
            offer.product is enquiry.product
            and offer.code in live
            and (enquiry.amount is None or enquiry.amount in offer.shown_amount)
            and (enquiry.term is None or offer.shown_term is None or enquiry.term in offer.shown_term)
        )
        assert (why is Reason.OFFERED) is shown


@given(values.questions())
def test_what_fits_comes_before_what_is_stretched(question: tuple[Enquiry, Content]) -> None:
    enquiry, of_content = question
    proposed = [proposal.offer for proposal in decide(enquiry, of_content, NOW).proposals]

    stretched = [not offer.fits(enquiry.amount, enquiry.term) for offer in proposed]
    assert stretched == sorted(stretched)
    for fitting in (True, False):
        alike = [offer for offer in proposed if offer.fits(enquiry.amount, enquiry.term) is fitting]
        order = [(offer.position, offer.total_cost.min, offer.total_cost.max, offer.code) for offer in alike]
        assert order == sorted(order)


@given(values.questions(), st.data())
def test_no_payment_that_the_enquiry_allows_is_outside_of_what_is_stated(
    question: tuple[Enquiry, Content], data: st.DataObject
) -> None:
    enquiry, of_content = question

    for proposal in decide(enquiry, of_content, NOW).proposals:
        offer = proposal.offer
        if offer.term is None:
            assert proposal.payment is None
            continue
        assert proposal.payment is not None
        amount = _allowed(data, offer.amount, enquiry.amount, KOPECK)
        term = _allowed(data, offer.term, enquiry.term, 1)
        rate = data.draw(st.decimals(offer.rate.min, offer.rate.max, places=3))
        monthly = sum(fee.due(amount) for fee in offer.fees if fee.charged is Charged.MONTHLY)
        monthly += compulsory(offer, amount)
        if offer.repayment is LoanRepayment.ANNUITY:
            assert annuity(amount, rate, term) + monthly in proposal.payment
            continue
        # The last of equal parts takes what the others are rounded by.
        rounding = KOPECK * term
        assert proposal.payment.min <= min(equal_principal(amount, rate, term)) + monthly + rounding
        assert max(equal_principal(amount, rate, term)) + monthly - rounding <= proposal.payment.max


def compulsory(offer: Offer, amount: Decimal) -> Decimal:
    insurance = offer.insurance
    if insurance is None or insurance.surcharge or insurance.premium.charged is not Charged.MONTHLY:
        return Decimal(0)
    return insurance.premium.due(amount)


def _allowed(data: st.DataObject, own: Range[Any], asked: Any, step: Any) -> Any:
    """What the person could get: what is asked or the nearest to it, else anything."""
    if asked is not None:
        return own.nearest(asked)
    return own.min + data.draw(st.integers(0, int((own.max - own.min) / step))) * step


@given(values.questions(), st.randoms(use_true_random=False))
def test_the_order_of_the_release_changes_nothing_but_the_order_of_reasons(
    question: tuple[Enquiry, Content], chance: Any
) -> None:
    enquiry, of_content = question
    decision = decide(enquiry, of_content, NOW)
    shuffled = chance.sample(of_content.offers, len(of_content.offers))
    again = decide(enquiry, replace(of_content, offers=tuple(shuffled)), NOW)

    assert again.proposals == decision.proposals
    by_code = dict(zip((offer.code for offer in shuffled), again.reasons, strict=True))
    assert [by_code[offer.code] for offer in of_content] == list(decision.reasons)


@given(values.questions())
def test_what_has_nothing_to_do_with_it_changes_nothing(question: tuple[Enquiry, Content]) -> None:
    enquiry, of_content = question
    decision = decide(enquiry, of_content, NOW)
    relevant = tuple(offer for offer in of_content if offer.product is enquiry.product)

    assert decide(enquiry, replace(of_content, bank_name="ПАО Другой банк"), NOW) == decision
    assert decide(enquiry, of_content, NOW.astimezone(timezone(5 * HOUR))) == decision
    assert decide(enquiry, replace(of_content, offers=relevant), NOW).proposals == decision.proposals
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert decide(enquiry, of_content, NOW) == decision


@given(values.contents(values.around_now))
def test_what_is_available_is_what_somebody_could_be_offered(of_content: Content) -> None:
    could_be = {code for product in Product for code in offered(decide(Enquiry(product), of_content, NOW))}

    assert available(of_content, NOW) == could_be
