"""Offers as product managers edit them, and the releases made of them.

Every rule that SQL can say is a check constraint, and is said once: the constraint carries the sentence that says how
to mend a breach, and the field beside which a form shows it.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from offers.domain.catalogue import Product

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# The contract's bounds of what can be asked, in roubles and months.
AMOUNT_MAX = 10_000_000_000
TERM_MAX = 600
# No rate or full cost of a lawful offer comes near; it stops a slipped decimal point.
PERCENT_MAX = 999
LIST_ITEM_LENGTH = 300
CODE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}\Z"

# Plain HTTP only where nothing leaves the machine.
COUNTED_LINK_PATTERN = r"^(https://[^/?#]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)/go/\{ref\}\Z"

LOAN, CARD = Q(product_type=Product.LOAN), Q(product_type=Product.CREDIT_CARD)


def rule(name: str, field: str, condition: Q, sentence: "_StrOrPromise") -> models.CheckConstraint:
    """A rule of the catalogue: held by the database, shown beside `field`.

    The database lets a row pass where a condition is neither true nor false, so what must not be null says so. Django
    formats the sentence with %, so it spells "per cent".
    """
    return models.CheckConstraint(
        name=f"offers_{name}", condition=condition, violation_error_code=field, violation_error_message=sentence
    )


class ProductType(models.TextChoices):
    LOAN = Product.LOAN.value, _("Cash loan")
    CREDIT_CARD = Product.CREDIT_CARD.value, _("Credit card")


class Bank(models.Model):
    """The organisation whose offers these are: one row."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(
        _("name"),
        max_length=200,
        help_text=_("With its legal form, as Yandex shows it: АО Супер-банк."),
    )

    class Meta:
        verbose_name = _("bank")
        verbose_name_plural = _("bank")
        constraints = (models.CheckConstraint(name="offers_one_bank", condition=Q(id=1)),)

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """The working copy of an offer. Nothing of it reaches Yandex before it is published."""

    product_type = models.CharField(_("product"), max_length=11, choices=ProductType.choices)
    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(CODE_PATTERN, _("Use small Latin letters, digits and hyphens: cash-standard."))],
        help_text=_("Names the offer in links, reports and imports. It stays the same for ever."),
    )
    name = models.CharField(_("name"), max_length=120, help_text=_("For people inside the bank; Yandex shows no name."))
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=100,
        help_text=_("Smaller numbers stand first; equal ones are ordered by the lowest full cost."),
    )

    amount_min = models.DecimalField(_("amount from, ₽"), max_digits=13, decimal_places=2)
    amount_max = models.DecimalField(_("amount to, ₽"), max_digits=13, decimal_places=2)
    shown_amount_min = models.DecimalField(
        _("shown to whoever asks from, ₽"),
        max_digits=13,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: the offer's own bound."),
    )
    shown_amount_max = models.DecimalField(
        _("shown to whoever asks up to, ₽"),
        max_digits=13,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: the offer's own bound."),
    )
    term_min = models.PositiveSmallIntegerField(_("term from, months"), null=True, blank=True)
    term_max = models.PositiveSmallIntegerField(_("term to, months"), null=True, blank=True)
    shown_term_min = models.PositiveSmallIntegerField(
        _("shown to whoever asks from, months"), null=True, blank=True, help_text=_("Empty: the offer's own bound.")
    )
    shown_term_max = models.PositiveSmallIntegerField(
        _("shown to whoever asks up to, months"), null=True, blank=True, help_text=_("Empty: the offer's own bound.")
    )

    total_cost_min = models.DecimalField(_("full cost from, % p.a."), max_digits=6, decimal_places=3)
    total_cost_max = models.DecimalField(_("full cost to, % p.a."), max_digits=6, decimal_places=3)
    rate_min = models.DecimalField(_("rate from, % p.a."), max_digits=6, decimal_places=3)
    rate_max = models.DecimalField(_("rate to, % p.a."), max_digits=6, decimal_places=3)

    grace_period = models.PositiveSmallIntegerField(_("grace period, days"), null=True, blank=True)
    minimum_payment = models.DecimalField(
        _("minimum payment, of the debt in %"), max_digits=5, decimal_places=2, null=True, blank=True
    )

    special_conditions = ArrayField(
        models.CharField(max_length=LIST_ITEM_LENGTH), verbose_name=_("special conditions"), default=list, blank=True
    )
    required_documents = ArrayField(
        models.CharField(max_length=LIST_ITEM_LENGTH), verbose_name=_("required documents"), default=list, blank=True
    )
    choosable_documents = ArrayField(
        models.CharField(max_length=LIST_ITEM_LENGTH),
        verbose_name=_("documents to choose from"),
        default=list,
        blank=True,
        help_text=_("One line may name several documents, joined by a comma."),
    )

    link = models.URLField(_("link to the web form"), max_length=2000, blank=True)
    deep_link = models.CharField(_("link into the app"), max_length=2000, blank=True)
    counted_link = models.CharField(
        _("link that counts clicks"),
        max_length=300,
        blank=True,
        default="",
        help_text=_(
            "This service's own address, https://credits.bank.ru/go/{ref}: Yandex shows it in place of the link to "
            "the web form; the click is noted, and the person goes on to that form. Empty: people go there at once."
        ),
    )
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(
        _("valid until"), null=True, blank=True, help_text=_("From this moment on the offer is no longer shown.")
    )
    archived = models.BooleanField(_("archived"), default=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ("product_type", "position", "code")
        constraints = (
            rule("product", "product_type", LOAN | CARD, _("Choose a cash loan or a credit card.")),
            rule("code_format", "code", Q(code__regex=CODE_PATTERN), _("Use small Latin letters, digits and hyphens.")),
            rule("amount_above_zero", "amount_min", Q(amount_min__gt=0), _("The amount must be above zero.")),
            rule(
                "amount_range",
                "amount_max",
                Q(amount_max__gte=F("amount_min")),
                _("The largest amount must not be below the smallest."),
            ),
            rule(
                "amount_bound",
                "amount_max",
                Q(amount_max__lte=AMOUNT_MAX),
                _("The amount must be at most 10,000,000,000 ₽, the most that can be asked for."),
            ),
            rule(
                "shown_amount_min",
                "shown_amount_min",
                Q(shown_amount_min__isnull=True) | Q(shown_amount_min__gt=0, shown_amount_min__lte=F("amount_min")),
                _("Show the offer from an amount above zero and not above its own smallest, or leave this empty."),
            ),
            rule(
                "shown_amount_max",
                "shown_amount_max",
                Q(shown_amount_max__isnull=True)
                | Q(shown_amount_max__gte=F("amount_max"), shown_amount_max__lte=AMOUNT_MAX),
                _("Show the offer up to an amount not below its own largest, or leave this empty."),
            ),
            rule(
                "term_of_loan",
                "term_min",
                (LOAN & Q(term_min__isnull=False, term_max__isnull=False))
                | (CARD & Q(term_min=None, term_max=None, shown_term_min=None, shown_term_max=None)),
                _("A loan needs its shortest and its longest term; a card has none."),
            ),
            rule("term_above_zero", "term_min", Q(term_min__gte=1), _("The term must be at least one month.")),
            rule(
                "term_range",
                "term_max",
                Q(term_max__gte=F("term_min")),
                _("The longest term must not be below the shortest."),
            ),
            rule("term_bound", "term_max", Q(term_max__lte=TERM_MAX), _("The term must be at most 600 months.")),
            rule(
                "shown_term_min",
                "shown_term_min",
                Q(shown_term_min__isnull=True) | Q(shown_term_min__gte=1, shown_term_min__lte=F("term_min")),
                _("Show the offer from a term of at least one month and not above its shortest, or leave this empty."),
            ),
            rule(
                "shown_term_max",
                "shown_term_max",
                Q(shown_term_max__isnull=True) | Q(shown_term_max__gte=F("term_max"), shown_term_max__lte=TERM_MAX),
                _("Show the offer up to a term not below its own longest, or leave this empty."),
            ),
            rule("rate_not_negative", "rate_min", Q(rate_min__gte=0), _("The rate must not be below zero.")),
            rule(
                "rate_range",
                "rate_max",
                Q(rate_max__gte=F("rate_min"), rate_max__lte=PERCENT_MAX),
                _("The highest rate must not be below the lowest, nor above 999 per cent."),
            ),
            rule(
                "total_cost_not_negative",
                "total_cost_min",
                Q(total_cost_min__gte=0),
                _("The full cost must not be below zero."),
            ),
            rule(
                "total_cost_range",
                "total_cost_max",
                Q(total_cost_max__gte=F("total_cost_min"), total_cost_max__lte=PERCENT_MAX),
                _("The highest full cost must not be below the lowest, nor above 999 per cent."),
            ),
            rule(
                "grace_of_card",
                "grace_period",
                (LOAN & Q(grace_period=None)) | (CARD & Q(grace_period__isnull=False)),
                _("A card needs its grace period (0 where there is none); a loan has none."),
            ),
            rule(
                "minimum_payment_of_card",
                "minimum_payment",
                (LOAN & Q(minimum_payment=None))
                | (CARD & Q(minimum_payment__isnull=False, minimum_payment__gt=0, minimum_payment__lte=100)),
                _("A card needs its minimum payment, above 0 and up to 100 per cent of the debt; a loan has none."),
            ),
            rule(
                "some_link",
                "link",
                ~Q(link="") | ~Q(deep_link=""),
                _("Give at least one link: to the web form or into the app."),
            ),
            rule(
                "link_https",
                "link",
                Q(link="") | Q(link__startswith="https://"),
                _("The link must begin with https://."),
            ),
            rule(
                "counted_link",
                "counted_link",
                Q(counted_link="") | (Q(counted_link__regex=COUNTED_LINK_PATTERN) & ~Q(link="")),
                _("Write https://, the name of this service and /go/{ref}, beside a link to the web form to go on to."),
            ),
            rule(
                "validity_range",
                "valid_until",
                Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                _("The offer must end after it begins."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """A broken rule is an error of its field; of the whole where the form lacks that field."""
        try:
            super().validate_constraints(exclude=exclude)
        except ValidationError as error:
            raise ValidationError(_by_field(error, exclude or ())) from None


def _by_field(error: ValidationError, excluded: Collection[str]) -> dict[str, list[ValidationError]]:
    own = {field.name for field in Offer._meta.get_fields()} - set(excluded)
    sorted_out: dict[str, list[ValidationError]] = {}
    for place, errors in error.error_dict.items():
        for broken in errors:
            field = broken.code if place == NON_FIELD_ERRORS and broken.code in own else place
            sorted_out.setdefault(str(field), []).append(broken)
    return sorted_out


class _OfProduct(models.Manager["Offer"]):
    def __init__(self, product: Product) -> None:
        super().__init__()
        self.product = product

    def get_queryset(self) -> models.QuerySet["Offer"]:
        return super().get_queryset().filter(product_type=self.product)


class Loan(Offer):
    """The admin's face of cash loans."""

    objects: ClassVar[Any] = _OfProduct(Product.LOAN)

    class Meta:
        proxy = True
        verbose_name = _("cash loan")
        verbose_name_plural = _("cash loans")


class CreditCard(Offer):
    """The admin's face of credit cards."""

    objects: ClassVar[Any] = _OfProduct(Product.CREDIT_CARD)

    class Meta:
        proxy = True
        verbose_name = _("credit card")
        verbose_name_plural = _("credit cards")


class Release(models.Model):
    """An immutable snapshot of all that an answer depends on. A trigger refuses to change or delete one.

    Of the releases that hold already, the one with the largest number is live. So a release made later always
    takes the place of one made before, also of one that was scheduled for a moment still to come.
    """

    number = models.PositiveIntegerField(_("number"), primary_key=True)
    holds_from = models.DateTimeField(_("holds from"), db_default=Now())
    made_at = models.DateTimeField(_("made"), db_default=Now())
    author = models.CharField(_("author"), max_length=150)
    comment = models.CharField(_("comment"), max_length=500)
    digest = models.BinaryField(_("digest"))
    content = models.JSONField(_("content"))
    codes = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("offers"),
        default=list,
        help_text=_("The codes of its offers: to count and find them without reading contents."),
    )

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("-number",)
        indexes = (GinIndex(name="offers_release_codes", fields=("codes",)),)
        permissions = (("publish", _("Can publish offers")),)

    def __str__(self) -> str:
        return _("Release %(number)s") % {"number": self.number}
