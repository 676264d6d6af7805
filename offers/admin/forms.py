"""Forms of the two faces of an offer."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from offers.domain.catalogue import Product

if TYPE_CHECKING:
    from offers.models import Offer

    Form = forms.ModelForm[Offer]
else:
    Form = forms.ModelForm


class OfferForm(Form):
    """Sets the product by the face and asks for what that product needs."""

    product: ClassVar[Product]
    needed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.instance.product_type = self.product.value
        for name in self.needed:
            if name in self.fields:  # whoever may only look has none
                self.fields[name].required = True

    def _get_validation_exclusions(self) -> set[str]:
        """Only what is wrong by itself. Django would leave out what is not in the form, and every rule about it."""
        return {name for name in super()._get_validation_exclusions() if name in self.fields}  # type: ignore[misc]


class LoanForm(OfferForm):
    product = Product.LOAN
    needed = ("term_min", "term_max")


class CreditCardForm(OfferForm):
    product = Product.CREDIT_CARD
    needed = ("grace_period", "minimum_payment")

    class Meta:
        labels: ClassVar[dict[str, Any]] = {"amount_min": _("limit from, ₽"), "amount_max": _("limit to, ₽")}
        help_texts: ClassVar[dict[str, Any]] = {"grace_period": _("0 where there is none.")}
