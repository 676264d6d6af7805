"""The contract's example messages, and the offers that are described in their answers."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from offers import models
from tests import factories

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "examples"


def example(name: str) -> dict[str, Any]:
    """Numbers as they are written there."""
    message: dict[str, Any] = json.loads(
        (EXAMPLES / f"{name}.json").read_text(), parse_float=Decimal, parse_int=Decimal
    )
    return message


def rows(answer: dict[str, Any], *, smallest: str = "100000") -> list[models.Offer]:
    """Offers with the terms that the answer states; `smallest` where it says null."""
    return [_row(number, offer, smallest) for number, offer in enumerate(answer["data"] or [], 1)]


def _row(position: int, offer: dict[str, Any], smallest: str) -> models.Offer:
    terms = {
        f"{name}_{end}": offer[name][end]
        for name in ("amount", "term", "rate", "total_cost")
        if name in offer
        for end in ("min", "max")
    }
    if terms["amount_min"] is None:
        terms["amount_min"] = Decimal(smallest)
    lists = ("special_conditions", "required_documents", "choosable_documents")
    shared = {
        "code": f"example-{position}",
        "position": position,
        "link": offer["propousal_link"]["link"],
        **terms,
        **{name: offer[name] or [] for name in lists},
    }
    if offer["product_type"] == "loan":
        row: models.Offer = factories.LoanFactory.build(**shared)
    else:
        row = factories.CreditCardFactory.build(
            grace_period=offer["grace_period"], minimum_payment=offer["payment"]["cc_rate"], **shared
        )
    return row
