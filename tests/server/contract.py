"""The tables of the contract (docs/protocol/README.md) as checks of an answer; written from them, not from our code."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

Check = Callable[[Any], None]
Members = dict[str, Check]

LARGEST_AMOUNT = Decimal(10_000_000_000)
KOPECK, THOUSANDTH = Decimal("0.01"), Decimal("0.001")


def loads(content: bytes) -> Any:
    """Strictly: UTF-8, numbers as they were written, no name twice, no NaN."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), f"a name stands twice among {[name for name, _ in pairs]}"
        return dict(pairs)

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(constant)

    return json.loads(
        content.decode(), parse_int=Decimal, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=once
    )


def check_answer(answer: Any) -> None:
    """The table "Answer: 200" of an enquiry that is done."""
    check_object(
        answer,
        required={"search_id": string, "status": one_of("done"), "name": string, "decision": one_of(*DECISIONS)},
        optional={"data": anything},
    )
    if answer["decision"] == "rejected":
        assert answer["data"] is None
    else:
        array(check_offer)(answer["data"])
        assert answer["data"], "approved, and no offer"


def check_offer(offer: Any) -> None:
    """The rows data[] of the same table."""
    own = {"loan": LOAN, "credit_card": CARD}[offer["product_type"]]
    check_object(offer, required=OFFER | own, optional=LISTS)


def check_error(error: Any, *, fields: tuple[str, ...] = ()) -> None:
    """The table "Errors"; `properties` where fields are wrong."""
    required: Members = {"search_id": nullable(string), "message": string}
    check_object(error, required=required | ({"properties": equal(list(fields))} if fields else {}))
    first, *others = error["message"].split("; ")
    assert first[0].isupper()
    assert not any(sentence[0].isupper() for sentence in others)


def check_object(value: Any, *, required: Members, optional: Members | None = None) -> None:
    assert isinstance(value, dict)
    known = required | (optional or {})
    assert set(value) <= set(known), f"undocumented: {set(value) - set(known)}"
    assert set(required) <= set(value), f"missing: {set(required) - set(value)}"
    for name, member in value.items():
        try:
            known[name](member)
        except AssertionError as failure:
            failure.add_note(f"in {name}")
            raise


def anything(_value: Any) -> None:
    """Looked at elsewhere."""


def string(value: Any) -> None:
    assert isinstance(value, str)
    assert value


def one_of(*values: str) -> Check:
    def check(value: Any) -> None:
        assert value in values

    return check


def equal(expected: Any) -> Check:
    def check(value: Any) -> None:
        assert value == expected

    return check


def number(step: Decimal) -> Check:
    def check(value: Any) -> None:
        assert isinstance(value, Decimal), f"{value!r} is no JSON number"
        assert value >= 0
        assert value % step == 0, f"{value} is finer than {step}"

    return check


def bounds(step: Decimal) -> Check:
    def check(value: Any) -> None:
        check_object(value, required={"min": number(step), "max": number(step)})
        assert value["min"] <= value["max"]

    return check


def array(of: Check) -> Check:
    def check(value: Any) -> None:
        assert isinstance(value, list)
        for item in value:
            of(item)

    return check


def nullable(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def links(value: Any) -> None:
    check_object(value, required={}, optional={"link": string, "deep": string})
    assert value, "neither link nor deep"


DECISIONS = ("has_approve", "rejected")
OFFER: Members = {
    "product_type": one_of("loan", "credit_card"),
    "decision": one_of("pre_approved", "full_approved"),
    "amount": bounds(KOPECK),
    "rate": bounds(THOUSANDTH),
    "total_cost": bounds(THOUSANDTH),
    "propousal_link": links,
}
LOAN: Members = {"term": bounds(Decimal(1)), "payment": bounds(KOPECK)}
CARD: Members = {
    "grace_period": number(Decimal(1)),
    "payment": lambda value: check_object(value, required={"cc_rate": number(KOPECK)}),
}
LISTS: Members = {
    name: nullable(array(string)) for name in ("special_conditions", "required_documents", "choosable_documents")
}
