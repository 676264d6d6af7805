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

from offers.domain.catalogue import DecisionBasis, Drawing, Product
from offers.domain.fees import Charged
from offers.domain.schedule import InterestBasis, LoanRepayment

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# The contract's bounds of what can be asked, in roubles and months.
AMOUNT_MAX = 10_000_000_000
TERM_MAX = 600
# No rate or full cost of a lawful offer comes near; it stops a slipped decimal point.
PERCENT_MAX = 999
LIST_ITEM_LENGTH = 300
# A host without its scheme; a scheme without its colon.
HOST_PATTERN = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+\Z"
SCHEME_PATTERN = r"^[a-z][a-z0-9+.-]{0,49}\Z"
CODE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}\Z"

# Plain HTTP only where nothing leaves the machine.
COUNTED_LINK_PATTERN = r"^(https://[^/?#]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)/go/\{ref\}\Z"

CARD_TERMS = ("minimum_payment_floor", "cost_term", "cash_rate", "cash_fee", "cash_fee_share")

LOAN, CARD = Q(product_type=Product.LOAN), Q(product_type=Product.CREDIT_CARD)


def rule(name: str, field: str, condition: Q, sentence: "_StrOrPromise") -> models.CheckConstraint:
    """A rule of the catalogue: held by the database, shown beside `field`.

    The database lets a row pass where a condition is neither true nor false, so what must not be null says so. Django
    formats the sentence with %, so it spells "per cent".
    """
    return models.CheckConstraint(
        name=f"offers_{name}", condition=condition, violation_error_code=field, violation_error_message=sentence
    )


def not_negative(field: str) -> tuple[models.CheckConstraint, ...]:
    condition = Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lte": AMOUNT_MAX})
    return (rule(field, field, condition, _("The sum must not be below zero, nor above 10,000,000,000 ₽.")),)


def share_of_amount(field: str) -> tuple[models.CheckConstraint, ...]:
    condition = Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 100})
    return (rule(field, field, condition, _("The share is 0 to 100 per cent.")),)


def fee_rules(fee: str) -> tuple[models.CheckConstraint, ...]:
    """Of a fixed sum, a share of the amount, and the amounts for which they are charged."""
    start, end = f"{fee}_from", f"{fee}_to"
    band = Q(**{f"{start}__isnull": True}) | Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": F(start)})
    return (
        *not_negative(fee),
        *share_of_amount(f"{fee}_share"),
        *not_negative(start),
        *not_negative(end),
        rule(f"{fee}_band", end, band, _("The fee is charged up to an amount not below the one it is charged from.")),
    )


class ProductType(models.TextChoices):
    LOAN = Product.LOAN.value, _("Cash loan")
    CREDIT_CARD = Product.CREDIT_CARD.value, _("Credit card")


class Repayment(models.TextChoices):
    ANNUITY = LoanRepayment.ANNUITY.value, _("equal payments")
    EQUAL_PRINCIPAL = LoanRepayment.EQUAL_PRINCIPAL.value, _("equal parts of the principal")


class Basis(models.TextChoices):
    MONTHS = InterestBasis.MONTHS.value, _("by months, a twelfth of the rate")
    ACTUAL_DAYS = InterestBasis.ACTUAL_DAYS.value, _("by days, 365 or 366 in the year")


class PremiumCharged(models.TextChoices):
    ONCE = Charged.ONCE.value, _("once, when the loan is given")
    MONTHLY = Charged.MONTHLY.value, _("every month")
    YEARLY = Charged.YEARLY.value, _("at the start of each year")


class Drawn(models.TextChoices):
    CASHLESS = Drawing.CASHLESS.value, _("cashless")
    CASH = Drawing.CASH.value, _("cash")


def roubles(label: "_StrOrPromise", **options: Any) -> Any:
    """A sum that may be left out."""
    return models.DecimalField(label, max_digits=13, decimal_places=2, null=True, blank=True, **options)


def points(label: "_StrOrPromise", **options: Any) -> Any:
    """A rate or share in per cent that may be left out."""
    return models.DecimalField(label, max_digits=6, decimal_places=3, null=True, blank=True, **options)


class Bank(models.Model):
    """The organisation whose offers these are: one row."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(
        _("name"),
        max_length=200,
        help_text=_("With its legal form, as Yandex shows it: АО Супер-банк."),
    )
    only_warn_of_ceilings = models.BooleanField(
        _("go on showing offers above their ceiling"),
        default=False,
        help_text=_(
            "Off: from the first day of a quarter, an offer whose full cost exceeds the ceiling of the Bank of Russia "
            "is left out of the answers. It can't be published in either case."
        ),
    )
    ceiling_margin = models.DecimalField(
        _("warn below the ceiling by less than, points"),
        max_digits=5,
        decimal_places=3,
        default=1,
        help_text=_("An offer whose full cost comes closer to its ceiling is published only with a reason."),
    )
    link_hosts = ArrayField(
        models.CharField(
            max_length=253, validators=[RegexValidator(HOST_PATTERN, _("Write the host alone: www.bank.ru."))]
        ),
        verbose_name=_("hosts that links may lead to"),
        default=list,
        blank=True,
        help_text=_("bank.ru allows www.bank.ru too. Empty: any host."),
    )
    app_schemes = ArrayField(
        models.CharField(
            max_length=50, validators=[RegexValidator(SCHEME_PATTERN, _("Write the scheme alone: bankapp."))]
        ),
        verbose_name=_("schemes of the bank's apps"),
        default=list,
        blank=True,
        help_text=_("Links into the app begin with one of them: bankapp://… Empty: any that is safe."),
    )

    class Meta:
        verbose_name = _("bank")
        verbose_name_plural = _("bank")
        permissions = (("set_addresses", _("Can say where links may lead")),)
        constraints = (
            models.CheckConstraint(name="offers_one_bank", condition=Q(id=1)),
            rule(
                "ceiling_margin",
                "ceiling_margin",
                Q(ceiling_margin__gte=0),
                _("The margin must not be below zero."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class BasisOfDecision(models.TextChoices):
    CATALOGUE_ONLY = DecisionBasis.CATALOGUE_ONLY.value, _("catalogue only")
    LISTS_FIRST = DecisionBasis.LISTS_FIRST.value, _("lists first, then the catalogue")
    SCORING_REQUIRED = DecisionBasis.SCORING_REQUIRED.value, _("lists first, then scoring; without it a refusal")
    SCORING_WITH_FALLBACK = (
        DecisionBasis.SCORING_WITH_FALLBACK.value,
        _("lists first, then scoring; without it the catalogue"),
    )


class Policy(models.Model):
    """How it is decided who is offered a product: a row for each product that has one; published like an offer."""

    product_type = models.CharField(_("product"), primary_key=True, max_length=11, choices=ProductType.choices)
    basis = models.CharField(
        _("what decides"), max_length=21, choices=BasisOfDecision, default=BasisOfDecision.CATALOGUE_ONLY
    )
    stop_lists = models.BooleanField(
        _("refuse people on stop lists"), default=False, help_text=_("Before anything else is looked at.")
    )
    enquiries_a_day = models.PositiveSmallIntegerField(
        _("enquiries of one phone in 24 hours"),
        null=True,
        blank=True,
        help_text=_("Whoever asks more often is refused. Repeats of one enquiry don't count. Empty: any number."),
    )

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("who is offered what")
        ordering = ("-product_type",)
        constraints = (
            rule("policy_of_product", "product_type", Q(product_type__in=ProductType.values), _("Choose a product.")),
            rule("policy_basis", "basis", Q(basis__in=BasisOfDecision.values), _("Choose what decides.")),
            rule(
                "policy_enquiries",
                "enquiries_a_day",
                Q(enquiries_a_day__isnull=True) | Q(enquiries_a_day__gte=1),
                _("At least one enquiry a day, or leave it empty."),
            ),
        )

    def __str__(self) -> str:
        return self.get_product_type_display()


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

    total_cost_min = models.DecimalField(
        _("full cost from, % p.a."),
        max_digits=6,
        decimal_places=3,
        blank=True,
        help_text=_("Empty: worked out of the terms."),
    )
    total_cost_max = models.DecimalField(
        _("full cost to, % p.a."),
        max_digits=6,
        decimal_places=3,
        blank=True,
        help_text=_("Empty: worked out of the terms."),
    )
    rate_min = models.DecimalField(_("rate from, % p.a."), max_digits=6, decimal_places=3)
    rate_max = models.DecimalField(_("rate to, % p.a."), max_digits=6, decimal_places=3)

    repayment = models.CharField(
        _("repayment"), max_length=15, choices=Repayment.choices, default=Repayment.ANNUITY.value
    )
    interest_basis = models.CharField(
        _("interest is counted"), max_length=11, choices=Basis.choices, default=Basis.MONTHS.value
    )
    fee_once = roubles(_("one-off fee, ₽"))
    fee_once_share = points(_("one-off fee, of the amount in %"))
    fee_once_from = roubles(_("one-off fee: for amounts from, ₽"))
    fee_once_to = roubles(_("one-off fee: for amounts to, ₽"))
    fee_monthly = roubles(_("monthly fee, ₽"))
    fee_monthly_share = points(_("monthly fee, of the amount in %"))
    fee_monthly_from = roubles(_("monthly fee: for amounts from, ₽"))
    fee_monthly_to = roubles(_("monthly fee: for amounts to, ₽"))
    fee_yearly = roubles(_("yearly fee, ₽"))
    fee_yearly_share = points(_("yearly fee, of the amount in %"))
    fee_yearly_from = roubles(_("yearly fee: for amounts from, ₽"))
    fee_yearly_to = roubles(_("yearly fee: for amounts to, ₽"))
    insurance_premium = roubles(_("insurance premium, ₽"))
    insurance_premium_share = points(_("insurance premium, of the amount in %"))
    insurance_charged = models.CharField(
        _("the premium is paid"), max_length=7, choices=PremiumCharged.choices, default=PremiumCharged.ONCE.value
    )
    insurance_surcharge = points(
        _("rate without insurance is higher by, points"), help_text=_("Empty: there is no loan without insurance.")
    )

    grace_period = models.PositiveSmallIntegerField(_("grace period, days"), null=True, blank=True)
    minimum_payment = models.DecimalField(
        _("minimum payment, of the debt in %"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    minimum_payment_floor = roubles(_("minimum payment at least, ₽"))
    cost_term = models.PositiveSmallIntegerField(
        _("full cost is counted over, months"),
        null=True,
        blank=True,
        help_text=_("In so many months the limit is repaid by minimum payments. Empty: 36."),
    )
    cash_rate = points(_("rate of drawing cash, % p.a."), help_text=_("Empty: as for purchases."))
    cash_fee = roubles(_("fee for drawing cash, ₽"))
    cash_fee_share = points(_("fee for drawing cash, of the sum in %"))

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
                "repayment",
                "repayment",
                (LOAN & Q(repayment__in=Repayment.values)) | (CARD & Q(repayment=Repayment.ANNUITY)),
                _("Choose equal payments or equal parts of the principal; a card has its minimum payment."),
            ),
            rule(
                "interest_basis",
                "interest_basis",
                Q(interest_basis__in=Basis.values),
                _("Choose interest by months or by days."),
            ),
            *fee_rules("fee_once"),
            *fee_rules("fee_monthly"),
            *fee_rules("fee_yearly"),
            rule(
                "insurance_charged",
                "insurance_charged",
                Q(insurance_charged__in=PremiumCharged.values),
                _("Choose whether the premium is paid once, every month or every year."),
            ),
            *not_negative("insurance_premium"),
            *share_of_amount("insurance_premium_share"),
            rule(
                "insurance_surcharge",
                "insurance_surcharge",
                Q(insurance_surcharge__isnull=True)
                | (
                    Q(insurance_surcharge__gte=0, insurance_surcharge__lte=PERCENT_MAX - F("rate_max"))
                    & (Q(insurance_premium__isnull=False) | Q(insurance_premium_share__isnull=False))
                ),
                _("The rate without insurance is not lower, and there must be a premium that it depends on."),
            ),
            *not_negative("minimum_payment_floor"),
            rule(
                "cost_term",
                "cost_term",
                Q(cost_term=None) | Q(cost_term__gte=1, cost_term__lte=TERM_MAX),
                _("The full cost is counted over 1 to 600 months."),
            ),
            rule(
                "cash_rate",
                "cash_rate",
                Q(cash_rate=None) | Q(cash_rate__gte=0, cash_rate__lte=PERCENT_MAX),
                _("The rate of drawing cash is 0 to 999 per cent."),
            ),
            *not_negative("cash_fee"),
            *share_of_amount("cash_fee_share"),
            *(
                rule(
                    f"{name}_of_card",
                    name,
                    CARD | Q(**{name: None}),
                    _("Only a card has this; leave it empty for a loan."),
                )
                for name in CARD_TERMS
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


class MarketValue(models.Model):
    """A row of the Bank of Russia's table of average market values, from which the law's ceilings follow.

    The row says itself which loans its category takes in: the table's bands have changed before.
    """

    product_type = models.CharField(_("product"), max_length=11, choices=ProductType.choices)
    drawing = models.CharField(
        _("a card's limit is drawn"),
        max_length=8,
        choices=Drawn.choices,
        blank=True,
        default="",
        help_text=_("Empty: in either way. A loan has none."),
    )
    amount_above = roubles(_("amount above, ₽"), help_text=_("Without this sum itself. Empty: from the smallest."))
    amount_to = roubles(_("amount to, ₽"), help_text=_("With this sum itself. Empty: without a bound."))
    months_above = models.PositiveSmallIntegerField(
        _("term above, months"), null=True, blank=True, help_text=_("Without this term itself.")
    )
    months_to = models.PositiveSmallIntegerField(
        _("term to, months"), null=True, blank=True, help_text=_("With this term itself.")
    )
    year = models.PositiveSmallIntegerField(_("year of the values"))
    quarter = models.PositiveSmallIntegerField(
        _("quarter of the values"), help_text=_("The ceiling applies two quarters later.")
    )
    average = models.DecimalField(_("average market value, % p.a."), max_digits=6, decimal_places=3)
    applied = models.BooleanField(
        _("the ceiling is applied"), default=True, help_text=_("Off under a moratorium of the Bank of Russia.")
    )
    source = models.CharField(
        _("source"), max_length=300, blank=True, default="", help_text=_("Where the Bank of Russia published it.")
    )

    class Meta:
        verbose_name = _("average market value")
        verbose_name_plural = _("ceilings of the full cost")
        ordering = ("-year", "-quarter", "product_type", "drawing", "amount_above", "months_above")
        constraints = (
            rule("market_product", "product_type", LOAN | CARD, _("Choose a cash loan or a credit card.")),
            rule(
                "market_drawing",
                "drawing",
                Q(drawing="") | (CARD & Q(drawing__in=Drawn.values)),
                _("Only a card is drawn cashless or in cash."),
            ),
            *not_negative("amount_above"),
            *not_negative("amount_to"),
            rule(
                "market_amounts",
                "amount_to",
                Q(amount_above=None) | Q(amount_to=None) | Q(amount_to__gt=F("amount_above")),
                _("The band must end above the amount from which it begins."),
            ),
            rule(
                "market_months",
                "months_to",
                Q(months_above=None) | Q(months_to=None) | Q(months_to__gt=F("months_above")),
                _("The band must end after the term from which it begins."),
            ),
            rule("market_year", "year", Q(year__gte=2014, year__lte=2999), _("The values are of 2014 or later.")),
            rule("market_quarter", "quarter", Q(quarter__gte=1, quarter__lte=4), _("A quarter is 1 to 4.")),
            rule(
                "market_average",
                "average",
                Q(average__gt=0, average__lte=PERCENT_MAX),
                _("The average is above 0 and up to 999 per cent."),
            ),
            models.UniqueConstraint(
                name="offers_market_once",
                fields=(
                    "product_type", "drawing", "amount_above", "amount_to", "months_above", "months_to",
                    "year", "quarter",
                ),
                nulls_distinct=False,
                violation_error_message=_("There is a row of this category and quarter already."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return _("Q%(quarter)s %(year)s: %(average)s %%") % {
            "quarter": self.quarter,
            "year": self.year,
            "average": self.average,
        }


class Kind(models.TextChoices):
    """What made a release."""

    PUBLICATION = "publication", _("publication")
    PAUSE = "pause", _("pause")
    RESUMPTION = "resumption", _("end of a pause")
    TAKEN_BACK = "taken_back", _("return to an earlier release")
    WITHDRAWAL = "withdrawal", _("schedule withdrawn")


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
    acknowledged = models.JSONField(
        _("acknowledged warnings"),
        default=list,
        help_text=_("Which warnings were acknowledged when it was made: rule, offer, by whom, why."),
    )
    kind = models.CharField(
        _("made by"), max_length=11, choices=Kind.choices, db_default=Kind.PUBLICATION.value, editable=False
    )
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True, db_default="")
    anew_of = models.PositiveIntegerField(
        _("made anew of release"),
        null=True,
        blank=True,
        help_text=_("Scheduled as that one was, on what has been published since."),
    )

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("-number",)
        indexes = (GinIndex(name="offers_release_codes", fields=("codes",)),)
        permissions = (
            ("publish", _("Can publish offers, approve, take back")),
            ("ask", _("Can ask for a publication")),
            ("pause", _("Can pause and resume offers")),
        )

    def __str__(self) -> str:
        return _("Release %(number)s") % {"number": self.number}


class PublicationRequest(models.Model):
    """What one person asks to have published, and another approves or sends back.

    It holds what was seen of the changes, not the changes: once one of them is another, it can't be approved.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("waits for approval")
        APPROVED = "approved", _("approved")
        SENT_BACK = "sent_back", _("sent back")
        TAKEN_AWAY = "taken_away", _("taken away by its author")

    author = models.CharField(_("author"), max_length=150)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    seen = models.JSONField(_("changes"), help_text=_("The offers, and what was seen of their changes."))
    choices = models.JSONField(_("choices"), default=dict, blank=True)
    at = models.DateTimeField(_("holds from"), null=True, blank=True, help_text=_("Empty: as soon as it is approved."))
    comment = models.CharField(_("comment"), max_length=500)
    reason = models.CharField(_("why it is published with warnings"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    release = models.PositiveIntegerField(_("release"), null=True, blank=True)

    class Meta:
        verbose_name = _("request for publication")
        verbose_name_plural = _("requests for publication")
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                name="offers_request_four_eyes",
                condition=~Q(status="approved") | ~Q(decided_by=F("author")),
                violation_error_message=_("Nobody approves their own request."),
            ),
        )

    def __str__(self) -> str:
        return _("Request %(number)s") % {"number": self.pk}


class Edit(models.Model):
    """Who changed an offer, when, and how: every field before and after. It stands alone and is never changed."""

    class Kind(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")

    at = models.DateTimeField(_("when"), db_index=True)
    author = models.CharField(_("who"), max_length=150)
    code = models.CharField(_("offer"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("what"), max_length=7, choices=Kind.choices)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)

    class Meta:
        verbose_name = _("edit")
        verbose_name_plural = _("history of edits")
        ordering = ("-id",)
        default_permissions = ("view",)
        indexes = (models.Index(name="offers_edit_code", fields=("code", "-id")),)

    def __str__(self) -> str:
        return f"{self.code}, {self.get_kind_display()}"
