"""Where the admin shows what."""

from django.urls import reverse

from offers.domain.catalogue import Product
from offers.models import Offer

FACES = {Product.LOAN: "loan", Product.CREDIT_CARD: "creditcard"}


def change_url(row: Offer) -> str:
    """The form of an offer, on the face of its product."""
    return reverse(f"admin:offers_{FACES[Product(row.product_type)]}_change", args=(row.pk,))
