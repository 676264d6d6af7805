"""What a browser would send from the admin's forms."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField
from django.utils import timezone

from offers.models import CARD_TERMS, Offer

LOANS = "/admin/offers/loan/"
CARDS = "/admin/offers/creditcard/"
PUBLISH = "/admin/offers/release/publish/"
OF_LOANS = ("term_min", "term_max", "shown_term_min", "shown_term_max", "repayment")
OF_CARDS = ("grace_period", "minimum_payment", *CARD_TERMS)
NOT_IN_FORMS = ("id", "product_type", "changed_at", "archived")


def form_of(row: Offer, **typed: Any) -> dict[str, Any]:
    """The fields of a row as its form sends them; `typed` as people type them."""
    data: dict[str, Any] = {}
    for field in Offer._meta.concrete_fields:
        value = getattr(row, field.name)
        if field.name in NOT_IN_FORMS:
            continue
        if isinstance(field, DateTimeField):
            local = timezone.localtime(value) if value else None
            data[f"{field.name}_0"] = f"{local:%d.%m.%Y}" if local else ""
            data[f"{field.name}_1"] = f"{local:%H:%M:%S}" if local else ""
        elif isinstance(field, ArrayField):
            data[field.name] = [*value, ""]
        else:
            data[field.name] = "" if value is None else value
    return data | typed
