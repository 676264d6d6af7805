"""What is asked holds no more of the person than it may; what is read is read whole, or not at all."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.scoring import wire
from integrations.scoring.question import Later
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry
from offers.domain.known import Approval, Grant, Scored, Verdict
from offers.domain.money import MAX_AMOUNT, MAX_RATE
from tests.integrations.scoring.conftest import PHONE, QUESTION

OFFERS = QUESTION.offers
GRANT = {"offer": "cash", "limit": 300000, "rate": 24.5}


def read(**answer: Any) -> Scored | Later:
    return wire.read(json.dumps(answer).encode(), OFFERS)


def test_the_question_tells_the_hash_of_the_phone() -> None:
    assert json.loads(wire.write(QUESTION, key_id="7", clear=False)) == {
        "id": str(QUESTION.id),
        "phone_hash": QUESTION.phone_hash.hex(),
        "phone_hash_key": "7",
        "product_type": "loan",
        "amount": 500000.5,
        "term": 36,
        "offers": ["cash", "refinancing"],
    }


def test_or_the_number_in_its_place() -> None:
    asked = json.loads(wire.write(QUESTION, key_id="7", clear=True))

    assert asked["phone_number"] == PHONE
    assert not {"phone_hash", "phone_hash_key"} & set(asked)


def test_where_the_number_is_not_known_any_more_the_hash_is_told() -> None:
    asked = json.loads(wire.write(replace(QUESTION, phone_number=None), key_id="7", clear=True))

    assert asked["phone_hash"] == QUESTION.phone_hash.hex()
    assert "phone_number" not in asked


def test_what_was_not_said_is_null() -> None:
    asked = json.loads(wire.write(replace(QUESTION, enquiry=Enquiry(Product.CREDIT_CARD)), key_id="1", clear=False))

    assert (asked["product_type"], asked["amount"], asked["term"]) == ("credit_card", None, None)


def test_approved_without_grants() -> None:
    assert read(decision="approved") == Scored(Verdict.APPROVED)
    assert read(decision="approved", approval="full_approved") == Scored(
        Verdict.APPROVED, approval=Approval.FULL_APPROVED
    )


def test_approved_with_grants() -> None:
    answer = read(
        decision="approved",
        approval="full_approved",
        grants=[GRANT, {"approval": "pre_approved", "limit": 100000.5}],
        score=712,
    )

    assert answer == Scored(
        Verdict.APPROVED,
        approval=Approval.FULL_APPROVED,
        grants=(
            Grant(Approval.FULL_APPROVED, "cash", Decimal("300000.00"), Decimal("24.500")),
            Grant(Approval.PRE_APPROVED, None, Decimal("100000.50")),
        ),
    )


def test_grants_of_offers_that_were_not_asked_about_are_left_alone() -> None:
    answer = read(decision="approved", grants=[{"offer": "gone", "limit": 1}, GRANT])

    assert isinstance(answer, Scored)
    assert [grant.offer for grant in answer.grants] == ["cash"]


def test_where_no_other_is_left_nothing_is_granted() -> None:
    assert read(decision="approved", grants=[{"offer": "gone"}]) == Scored(Verdict.REFUSED, "nothing_granted")


@pytest.mark.parametrize("reason", ["low_score", "A1.b-2", "x" * 40, "R1234"])
def test_refused_with_a_reason(reason: str) -> None:
    assert read(decision="refused", reason=reason) == Scored(Verdict.REFUSED, reason)


@pytest.mark.parametrize(
    "reason", [None, "", 7, ["low"], "x" * 41, "<b>", "a b", "low\n", "p9330445040", "p12345", "скоринг", "9x"]
)
def test_a_refusal_stays_one_however_its_reason_is_spelt(reason: Any) -> None:
    assert read(decision="refused", reason=reason) == Scored(Verdict.REFUSED, "unnamed")


def test_later() -> None:
    assert read(decision="later") == Later("later")
    assert read(decision="later", after=2.5) == Later("later", 2.5)


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("decision", {}),
        ("decision", {"decision": "yes"}),
        ("decision", {"decision": ["approved"]}),
        ("approval", {"decision": "approved", "approval": "yes"}),
        ("approval", {"decision": "approved", "approval": {}}),
        ("grants", {"decision": "approved", "grants": []}),
        ("grants", {"decision": "approved", "grants": None}),
        ("grants", {"decision": "approved", "grants": [GRANT] * 1001}),
        ("grants[1]", {"decision": "approved", "grants": [GRANT, "cash"]}),
        ("grants[0].offer", {"decision": "approved", "grants": [{"offer": 1}]}),
        ("grants[0].approval", {"decision": "approved", "grants": [{"approval": "approved"}]}),
        ("grants[0].limit", {"decision": "approved", "grants": [{"limit": "300000"}]}),
        ("grants[0].limit", {"decision": "approved", "grants": [{"limit": -1}]}),
        ("grants[0].limit", {"decision": "approved", "grants": [{"limit": 0.001}]}),
        ("grants[0].limit", {"decision": "approved", "grants": [{"limit": 10**13}]}),
        ("grants[0].limit", {"decision": "approved", "grants": [{"limit": True}]}),
        ("grants[0].rate", {"decision": "approved", "grants": [{"rate": 1000.1}]}),
        ("grants[0].rate", {"decision": "approved", "grants": [{"rate": 19.9999}]}),
        ("after", {"decision": "later", "after": -1}),
        ("after", {"decision": "later", "after": 3601}),
        ("after", {"decision": "later", "after": "5"}),
    ],
)
def test_what_can_t_be_read_is_named(where: str, answer: Any) -> None:
    with pytest.raises(wire.Unreadable) as refusal:
        read(**answer)

    assert str(refusal.value) == where


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'"approved"',
        b"{",
        b"\xff",
        b'{"decision": "approved", "decision": "refused"}',
        b'{"decision": "approved", "grants": [{"limit": NaN}]}',
        b'{"decision": "approved", "grants": [{"limit": 1e999999999}]}',
        b'{"decision": "approved", "grants": [{"limit": 1e9999999999999999999}]}',
        b'{"decision": "approved", "grants": [{"rate": 1e-999999999}]}',
        b"[" * 60_000,
    ],
)
def test_rubbish_is_unreadable(content: bytes) -> None:
    with pytest.raises(wire.Unreadable):
        wire.read(content, OFFERS)


def test_of_a_number_only_its_value_counts() -> None:
    answer = wire.read(b'{"decision":"approved","grants":[{"limit":3e5,"rate":-0.0}]}', OFFERS)

    assert isinstance(answer, Scored)
    assert [(str(grant.limit), str(grant.rate)) for grant in answer.grants] == [("300000.00", "0.000")]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", None), ("5", 5.0), (" 0 ", 0.0), ("9999", 3600.0), ("99999", None), ("-1", None), ("1.5", None), ("٣", None)],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    assert wire.pause(header) == seconds


def is_sound(answer: Scored | Later) -> bool:
    if isinstance(answer, Later):
        return answer.after is None or 0 <= answer.after <= 3600
    return bool(wire.CODE.fullmatch(answer.reason) or not answer.reason) and all(
        (grant.offer is None or grant.offer in OFFERS)
        and (grant.limit is None or (0 <= grant.limit <= MAX_AMOUNT and grant.limit.as_tuple().exponent == -2))
        and (grant.rate is None or (0 <= grant.rate <= MAX_RATE and grant.rate.as_tuple().exponent == -3))
        for grant in answer.grants
    )


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        answer = wire.read(content, OFFERS)
    except wire.Unreadable:
        return
    assert is_sound(answer)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NEARLY = st.fixed_dictionaries(
    {"decision": st.sampled_from(["approved", "refused", "later"])},
    optional={
        "approval": st.sampled_from(["pre_approved", "full_approved", "x"]) | ANYTHING,
        "reason": st.text(max_size=50) | ANYTHING,
        "after": st.integers() | ANYTHING,
        "grants": ANYTHING
        | st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "offer": st.sampled_from([*OFFERS, "gone"]) | ANYTHING,
                    "limit": st.decimals(0, 10**13, places=2) | ANYTHING,
                    "rate": st.decimals(0, 1001, places=3) | ANYTHING,
                },
            ),
            max_size=4,
        ),
    },
)


@given(NEARLY)
def test_any_json_is_read_or_refused(answer: Any) -> None:
    content = json.dumps(answer, default=float).encode()
    try:
        read_answer = wire.read(content, OFFERS)
    except wire.Unreadable:
        return
    assert is_sound(read_answer)
