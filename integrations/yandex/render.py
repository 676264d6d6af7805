"""Decisions and refusals as the bytes of the contract. Numbers come from decimals and leave as JSON numbers."""

import json
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from integrations import links, references
from integrations.questions import ANSWER_HEAD
from integrations.yandex.errors import Problem
from offers.domain.catalogue import Content, Offer, Range, Release
from offers.domain.decide import Decision, Proposal
from offers.domain.snapshot import plain_decimal
from offers.once import once

HAS_APPROVE, REJECTED = "has_approve", "rejected"


def decision_code(decision: Decision) -> str:
    return HAS_APPROVE if decision.proposals else REJECTED


class Signature(NamedTuple):
    """What the references in an answer's links are made of: the entry that decided it, and the key."""

    enquiry: UUID
    key: bytes


def done(search_id: str, release: Release, decision: Decision, signature: Signature) -> bytes:
    """The answer to an enquiry that is decided on this release; `search_id` as it was spelt."""
    name, offers = _parts(release)
    asked = _Asked(search_id, release.number, signature)
    proposals = ",".join([_proposal(proposal, offers[proposal.offer.code], asked) for proposal in decision.proposals])
    data = f"[{proposals}]" if proposals else "null"
    return _answer(search_id, f'"status":"done","name":{name},"decision":"{decision_code(decision)}","data":{data}')


def pending(search_id: str) -> bytes:
    """The answer to an enquiry that is not decided yet."""
    return _answer(search_id, '"status":"pending"')


def problem(refusal: Problem) -> bytes:
    """A refusal: `properties` only where fields are wrong."""
    body: dict[str, Any] = {"search_id": refusal.search_id, "message": refusal.message}
    if refusal.properties:
        body["properties"] = list(refusal.properties)
    return encode(body).encode()


def _answer(search_id: str, members: str) -> bytes:
    """Begun with the id in the form on which `enquiries` relies to give it back as spelt."""
    return ANSWER_HEAD + f'{search_id}",{members}}}'.encode()


class _Asked(NamedTuple):
    """What the links of all proposals of one answer share."""

    search_id: str
    release: int
    signature: Signature


def _proposal(proposal: Proposal, parts: "_OfferParts", asked: _Asked) -> str:
    if proposal.granted:
        parts = _offer(proposal.offer, parts.place)  # the person's own terms
    payment = _payment(proposal.payment) if proposal.payment else parts.card_payment
    its_links = _filled(proposal.offer.code, parts, asked) if parts.has_placeholders else parts.links
    before = f'{parts.before_approval}"{proposal.approval}"{parts.before_payment}'
    return f"{before}{payment}{parts.after_payment}{its_links}}}"


def _payment(bounds: Range[Decimal]) -> str:
    return f'{{"min":{plain_decimal(bounds.min)},"max":{plain_decimal(bounds.max)}}}'


def _filled(code: str, parts: "_OfferParts", asked: _Asked) -> str:
    """The id in one spelling: a repeat that spells it otherwise gets the same links."""
    ref = references.write(asked.signature.key, asked.signature.enquiry, asked.release, parts.place)
    return links.fill(parts.links, links.Names(ref, asked.search_id.lower(), code, asked.release))


class _OfferParts(NamedTuple):
    """An offer as JSON, but for what differs from one enquiry to the next."""

    before_approval: str
    before_payment: str
    card_payment: str
    after_payment: str
    links: str
    has_placeholders: bool
    place: int  # in the release


class _Offers(dict[str, _OfferParts]):
    """By code; each made when it is shown first, as callers wait for the first answers of a new release."""

    def __init__(self, content: Content) -> None:
        self._unmade = {offer.code: (offer, place) for place, offer in enumerate(content)}

    def __missing__(self, code: str) -> _OfferParts:
        parts = self[code] = _offer(*self._unmade[code])
        return parts


@once
def _parts(release: Release) -> tuple[str, _Offers]:
    """The bank's name and the offers: the same in every answer, so encoded once a release."""
    return encode(release.content.bank_name), _Offers(release.content)


def _offer(offer: Offer, place: int) -> _OfferParts:
    terms = {
        "amount": _range(offer.amount),
        "term": offer.term and _range(offer.term),
        "rate": _range(offer.rate),
        "total_cost": _range(offer.total_cost),
        "grace_period": offer.grace_period,
    }
    del terms["grace_period" if offer.term else "term"]
    rest = {
        "special_conditions": list(offer.special_conditions) or None,
        "required_documents": list(offer.required_documents) or None,
        "choosable_documents": list(offer.choosable_documents) or None,
    }
    its_links = encode(_links(offer))
    return _OfferParts(
        before_approval=f'{{"product_type":"{offer.product}","decision":',
        before_payment=f',{encode(terms)[1:-1]},"payment":',
        card_payment=encode({"cc_rate": offer.minimum_payment}),
        after_payment=f',{encode(rest)[1:-1]},"propousal_link":',
        links=its_links,
        has_placeholders=links.has_placeholders(its_links),
        place=place,
    )


def _range(bounds: Range[Decimal] | Range[int]) -> dict[str, Decimal | int]:
    return {"min": bounds.min, "max": bounds.max}


def _links(offer: Offer) -> dict[str, str]:
    shown = (("link", offer.counted_link or offer.link), ("deep", offer.deep_link))
    return {name: link for name, link in shown if link}


def encode(value: Any) -> str:
    """Compact JSON. The standard library's encoder knows no Decimal, and a float would not be what the bank wrote."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode(name)}:{encode(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    if isinstance(value, Decimal):
        return plain_decimal(value)
    return json.dumps(value, ensure_ascii=False)
