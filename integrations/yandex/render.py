"""Decisions and refusals as the bytes of the contract. Numbers come from decimals and leave as JSON numbers."""

import json
from decimal import Decimal
from typing import Any

from integrations.questions import ANSWER_HEAD
from integrations.yandex.errors import Problem
from offers.domain.catalogue import Offer, Range
from offers.domain.decide import Decision, Proposal
from offers.domain.snapshot import plain_decimal

HAS_APPROVE, REJECTED = "has_approve", "rejected"


def decision_code(decision: Decision) -> str:
    return HAS_APPROVE if decision.proposals else REJECTED


def done(search_id: str, bank_name: str, decision: Decision) -> bytes:
    """The answer to an enquiry that is decided; `search_id` as it was spelt."""
    return _answer(
        search_id,
        status="done",
        name=bank_name,
        decision=decision_code(decision),
        data=[_proposal(proposal) for proposal in decision.proposals] or None,
    )


def pending(search_id: str) -> bytes:
    """The answer to an enquiry that is not decided yet."""
    return _answer(search_id, status="pending")


def problem(refusal: Problem) -> bytes:
    """A refusal: `properties` only where fields are wrong."""
    body: dict[str, Any] = {"search_id": refusal.search_id, "message": refusal.message}
    if refusal.properties:
        body["properties"] = list(refusal.properties)
    return encode(body).encode()


def _answer(search_id: str, **members: Any) -> bytes:
    """Begun with the id in the form on which `enquiries` relies to give it back as spelt."""
    return ANSWER_HEAD + search_id.encode() + b'",' + encode(members)[1:].encode()


def _proposal(proposal: Proposal) -> dict[str, Any]:
    offer = proposal.offer
    members = {
        "product_type": offer.product,
        "decision": proposal.approval,
        "amount": _range(offer.amount),
        "term": offer.term and _range(offer.term),
        "rate": _range(offer.rate),
        "total_cost": _range(offer.total_cost),
        "grace_period": offer.grace_period,
        "payment": _range(proposal.payment) if proposal.payment else {"cc_rate": offer.minimum_payment},
        "special_conditions": list(offer.special_conditions) or None,
        "required_documents": list(offer.required_documents) or None,
        "choosable_documents": list(offer.choosable_documents) or None,
        "propousal_link": _links(offer),
    }
    absent = "grace_period" if offer.term else "term"
    del members[absent]
    return members


def _range(bounds: Range[Decimal] | Range[int]) -> dict[str, Decimal | int]:
    return {"min": bounds.min, "max": bounds.max}


def _links(offer: Offer) -> dict[str, str]:
    return {name: link for name, link in (("link", offer.link), ("deep", offer.deep_link)) if link}


def encode(value: Any) -> str:
    """Compact JSON. The standard library's encoder knows no Decimal, and a float would not be what the bank wrote."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode(name)}:{encode(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    if isinstance(value, Decimal):
        return plain_decimal(value)
    return json.dumps(value, ensure_ascii=False)
