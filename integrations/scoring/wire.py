"""The JSON of the bank's scoring service, as docs/scoring.openapi.yaml describes it: a question out, an answer in."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeVar

from integrations.scoring.question import Later, ScoringQuestion
from integrations.yandex import render, strict_json
from offers.domain.known import Approval, Grant, Scored, Verdict
from offers.domain.money import KOPECK, MAX_AMOUNT, MAX_RATE, THOUSANDTH

LONGEST: Final = 64 * 1024  # bytes of an answer
MOST_GRANTS: Final = 1000
LONGEST_PAUSE: Final = 3600  # seconds
# Harmless wherever a reason is shown, and never a phone number.
CODE: Final = re.compile(r"(?!.*[0-9]{5})[A-Za-z][A-Za-z0-9_.-]{0,39}")
UNNAMED: Final = "unnamed"
NOTHING_GRANTED: Final = "nothing_granted"

_Choice = TypeVar("_Choice", bound=Enum)


class Unreadable(ValueError):
    """What of an answer can't be read. It names the place, and never what stood there."""


def write(question: ScoringQuestion, *, key_id: str, clear: bool) -> bytes:
    """The same bytes for the same question. The number is told only where it shall be, the hash only in its place."""
    enquiry = question.enquiry
    person: dict[str, Any]
    if clear and question.phone_number is not None:
        person = {"phone_number": question.phone_number}
    else:
        person = {"phone_hash": question.phone_hash.hex(), "phone_hash_key": key_id}
    members = {
        "id": str(question.id),
        **person,
        "product_type": enquiry.product.value,
        "amount": enquiry.amount,
        "term": enquiry.term,
        "offers": list(question.offers),
    }
    return render.encode(members).encode()


def read(content: bytes, offers: Collection[str]) -> Scored | Later:
    """What it says of these offers; raises Unreadable. Members that nobody knows are left alone."""
    try:
        answer = strict_json.loads(content)
    except strict_json.NotStrict as refusal:
        raise Unreadable(f"JSON: {refusal}") from None
    if not isinstance(answer, dict):
        raise Unreadable("no object")
    match answer.get("decision"):
        case "approved":
            return _approved(answer, offers)
        case "refused":
            return Scored(Verdict.REFUSED, _reason(answer.get("reason")))
        case "later":
            return Later("later", _seconds(answer.get("after")))
    raise Unreadable("decision")


def pause(retry_after: str) -> float | None:
    """Of the header: its seconds. A date is not read, since clocks differ."""
    digits = retry_after.strip()
    known = digits.isascii() and digits.isdigit() and len(digits) <= len(str(LONGEST_PAUSE))
    return float(min(int(digits), LONGEST_PAUSE)) if known else None


def _approved(answer: Mapping[str, Any], offers: Collection[str]) -> Scored:
    approval = _one_of(Approval, answer.get("approval"), "approval", default=Approval.PRE_APPROVED)
    if "grants" not in answer:
        return Scored(Verdict.APPROVED, approval=approval)
    given = answer["grants"]
    if not (isinstance(given, list) and 1 <= len(given) <= MOST_GRANTS):
        raise Unreadable("grants")
    read_all = [_grant(grant, f"grants[{place}]", approval) for place, grant in enumerate(given)]
    grants = tuple(grant for grant in read_all if grant.offer is None or grant.offer in offers)
    if not grants:  # An approval without grants would be one of everything.
        return Scored(Verdict.REFUSED, NOTHING_GRANTED)
    return Scored(Verdict.APPROVED, approval=approval, grants=grants)


def _grant(grant: Any, where: str, approval: Approval) -> Grant:
    if not isinstance(grant, dict):
        raise Unreadable(where)
    offer = grant.get("offer")
    if not (offer is None or isinstance(offer, str)):
        raise Unreadable(f"{where}.offer")
    return Grant(
        _one_of(Approval, grant.get("approval"), f"{where}.approval", default=approval),
        offer,
        limit=_number(grant.get("limit"), f"{where}.limit", MAX_AMOUNT, KOPECK),
        rate=_number(grant.get("rate"), f"{where}.rate", MAX_RATE, THOUSANDTH),
    )


def _one_of(choices: type[_Choice], value: Any, where: str, *, default: _Choice) -> _Choice:
    if value is None:
        return default
    try:
        return choices(value)
    except ValueError:
        raise Unreadable(where) from None


def _number(value: Any, where: str, highest: Decimal, step: Decimal) -> Decimal | None:
    """At most the highest, and no finer than the step, in which it is written."""
    if value is None:
        return None
    if not (isinstance(value, Decimal) and 0 <= value <= highest):
        raise Unreadable(where)
    rounded = abs(value).quantize(step)
    if rounded != value:
        raise Unreadable(where)
    return rounded


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    if not (isinstance(value, Decimal) and 0 <= value <= LONGEST_PAUSE):
        raise Unreadable("after")
    return float(value)


def _reason(value: Any) -> str:
    """A refusal stays one, however its reason is spelt."""
    return value if isinstance(value, str) and CODE.fullmatch(value) else UNNAMED
