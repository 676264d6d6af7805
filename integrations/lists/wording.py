"""What is wrong with lines of lists, as sentences. They quote nothing: a phone may stand anywhere in a line."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from integrations.lists.lines import Column, Wrong
from integrations.lists.models import APPROVALS
from offers.domain.catalogue import Product
from offers.domain.known import Approval
from offers.models import ProductType

LANGUAGES: Final = ("ru", "en")


def sentence(wrong: Wrong, other: int | None = None) -> str:
    """What is wrong, and how to mend it."""
    told = {
        Wrong.PHONE: _("This is no phone number: write its ten digits, with +7 or 8 before them or without."),
        Wrong.PRODUCT: _("There is no such product: write loan or credit_card."),
        Wrong.NO_PRODUCT: _("Write a product, loan or credit_card, or the code of an offer."),
        Wrong.OFFER: _("There is no offer with this code in the catalogue."),
        Wrong.OFFER_OF_OTHER_PRODUCT: _(
            "This offer is of the other product: leave the product empty, or write the offer's own."
        ),
        Wrong.LIMIT: _("The limit is an amount in roubles above 0, with 2 decimals at most: 500000 or 500 000,50."),
        Wrong.RATE: _("The rate is a number of per cent a year, with 3 decimals at most: 19.9 or 19,9."),
        Wrong.APPROVAL: _("Write pre_approved or full_approved, or leave it empty: pre_approved."),
        Wrong.VALID_UNTIL: _("This is no date: write the last day as 2026-12-31 or 31.12.2026."),
        Wrong.TOO_MANY_CELLS: _(
            "There are more cells than columns: put what holds the delimiter into quotation marks."
        ),
        Wrong.UNKNOWN: _("No such member may stand here."),
        Wrong.CONTRADICTS: _("Line %(line)s has other terms for the same person and offer: leave one of the two."),
    }
    return told[wrong] % {"line": other} if other else told[wrong]


def label(column: Column) -> str:
    """The head of the column in the language of the moment."""
    return {
        Column.PHONE: _("Phone"),
        Column.PRODUCT: _("Product"),
        Column.OFFER: _("Offer"),
        Column.LIMIT: _("Limit, ₽"),
        Column.RATE: _("Rate, % p.a."),
        Column.APPROVAL: _("Decision"),
        Column.VALID_UNTIL: _("Valid until"),
    }[column]


def told(mistake: Mapping[str, Any]) -> dict[str, Any]:
    """A mistake as it is kept, in words."""
    column = mistake["column"]
    return {
        "line": mistake["line"],
        "column": label(Column(column)) if column else "",
        "sentence": sentence(Wrong(mistake["wrong"]), mistake["other"]),
    }


def column_of(head: str) -> Column | None:
    """By its name on the wire, or its head in either language."""
    return _heads().get(_plain(head))


@cache
def _heads() -> Mapping[str, Column]:
    found = {column.value: column for column in Column}
    for language in LANGUAGES:
        with translation.override(language):
            found |= {_plain(label(column)): column for column in Column}
            found |= {_plain(label(column)).partition(",")[0]: column for column in Column}
    return found


@cache
def vocabulary() -> tuple[Mapping[str, Product], Mapping[str, Approval]]:
    """What lines may call products and decisions, in small letters."""
    products = {product.value: product for product in Product}
    approvals = {approval.value: approval for approval in Approval}
    for language in LANGUAGES:
        with translation.override(language):
            products |= {_plain(str(title)): Product(value) for value, title in ProductType.choices}
            approvals |= {_plain(str(title)): Approval(value) for value, title in APPROVALS}
    return products, approvals


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
