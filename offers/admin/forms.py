"""Forms of the two faces of an offer."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from offers import catalogue, checks, findings
from offers.admin import meanwhile
from offers.domain import offer_cost
from offers.domain.catalogue import Product
from offers.domain.findings import Severity
from offers.domain.full_cost import NoFullCostError
from offers.domain.stated_cost import NO_FULL_COST

if TYPE_CHECKING:
    from offers.models import Offer

    Form = forms.ModelForm[Offer]
else:
    Form = forms.ModelForm


FULL_COST: Final = frozenset({"total_cost_min", "total_cost_max"})


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

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        meanwhile.hold(self)
        return cleaned

    def _post_clean(self) -> None:
        """After the rules, what the terms cost: only terms that can be have a cost."""
        super()._post_clean()  # type: ignore[misc]  # Django's own
        self._hold_links()
        if not self.errors:
            try:
                self._hold_full_cost(timezone.now())
            except NoFullCostError:
                self.add_error(None, findings.sentence(NO_FULL_COST))

    def _hold_links(self) -> None:
        """Beside the field, unless a rule has said already what is wrong there."""
        for name, found in checks.of_links(self.instance, checks.link_policy()).items():
            if name in self.fields and name not in self.errors:
                for finding in found:
                    self.add_error(name, findings.sentence(finding))

    def _hold_full_cost(self, now: datetime) -> None:
        """Work out what is left empty, or was worked out before; hold against the loans what was typed."""
        row = self.instance
        before = type(row).objects.filter(pk=row.pk).first() if row.pk else None
        if before and not FULL_COST & set(self.changed_data) and checks.follows(before, now):
            for name in FULL_COST:
                setattr(row, name, None)
        if checks.fill(row, now):
            self._hold_figures()
        if not self.errors:
            for finding in offer_cost.check_stated(catalogue.offer(row), now):
                if finding.severity is Severity.ERROR:
                    self.add_error(findings.FIELDS.get(finding.rule), findings.sentence(finding))

    def _hold_figures(self) -> None:
        """The rules about what was worked out just now."""
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())
        except ValidationError as broken:
            self._update_errors(broken)  # type: ignore[attr-defined]  # Django's own

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
        labels: ClassVar[dict[str, Any]] = {"amount_min": _("Limit from, ₽"), "amount_max": _("Limit to, ₽")}
        help_texts: ClassVar[dict[str, Any]] = {"grace_period": _("0 where there is none.")}
