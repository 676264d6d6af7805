"""What is published and what changes, in the words and numbers that people read."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import formats, timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from offers import releases
from offers.domain.catalogue import Offer, Policy, Product, Range
from offers.domain.cost_terms import Insurance
from offers.domain.differences import Change, Difference, PolicyChange
from offers.domain.fees import Charged, Fee
from offers.domain.schedule import InterestBasis, LoanRepayment
from offers.domain.snapshot import plain_decimal
from offers.models import Basis, BasisOfDecision, Release, Repayment

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOTHING = "—"
COMMENT_LENGTH = Release._meta.get_field("comment").max_length or 0

LABELS: dict[str, "_StrPromise"] = {
    "position": gettext_lazy("Position"),
    "amount": gettext_lazy("Amount"),
    "shown_amount": gettext_lazy("Shown to whoever asks for"),
    "term": gettext_lazy("Term"),
    "shown_term": gettext_lazy("Shown to whoever asks for a term of"),
    "rate": gettext_lazy("Rate"),
    "total_cost": gettext_lazy("Full cost"),
    "grace_period": gettext_lazy("Grace period"),
    "minimum_payment": gettext_lazy("Minimum payment"),
    "special_conditions": gettext_lazy("Special conditions"),
    "required_documents": gettext_lazy("Required documents"),
    "choosable_documents": gettext_lazy("Documents to choose from"),
    "link": gettext_lazy("Link to the web form"),
    "deep_link": gettext_lazy("Link into the app"),
    "counted_link": gettext_lazy("Link that counts clicks"),
    "repayment": gettext_lazy("Repayment"),
    "interest_basis": gettext_lazy("Interest is counted"),
    "fees": gettext_lazy("Fees"),
    "insurance": gettext_lazy("Insurance"),
    "minimum_payment_floor": gettext_lazy("Minimum payment at least"),
    "cost_term": gettext_lazy("Full cost is counted over"),
    "cash_rate": gettext_lazy("Rate of drawing cash"),
    "cash_fee": gettext_lazy("Fee for drawing cash"),
    "valid_from": gettext_lazy("Valid from"),
    "valid_until": gettext_lazy("Valid until"),
}
CHARGED: dict[Charged, "_StrPromise"] = {
    Charged.ONCE: gettext_lazy("once"),
    Charged.MONTHLY: gettext_lazy("a month"),
    Charged.YEARLY: gettext_lazy("a year"),
}
# The order in which a table names them: the law wants the full cost before the rate.
ORDER = ("amount", "shown_amount", "term", "shown_term", "total_cost", "rate")
# What says which offer it is, not on which terms.
IDENTITY = ("code", "product")

STATES: dict[releases.State, "_StrPromise"] = {
    releases.State.DRAFT: gettext_lazy("draft"),
    releases.State.CHANGED: gettext_lazy("changed"),
    releases.State.LIVE: gettext_lazy("live"),
    releases.State.PAUSED: gettext_lazy("paused"),
    releases.State.SCHEDULED: gettext_lazy("scheduled"),
    releases.State.ENDED: gettext_lazy("ended"),
    releases.State.ARCHIVED: gettext_lazy("in the archive"),
}

REFUSALS: dict[type[releases.Refused], "_StrPromise"] = {
    releases.NothingToPublish: gettext_lazy("There is nothing to publish: Yandex sees all of it already."),
    releases.NoBankName: gettext_lazy("Name the bank first: every answer to Yandex carries its name."),
    releases.Overtaken: gettext_lazy(
        "Nothing is published: somebody has changed or published this since you opened the page. Look again."
    ),
    releases.Busy: gettext_lazy("Another publication is under way. Try again in a moment."),
    releases.Broken: gettext_lazy("Nothing is published: correct the errors first."),
    releases.Unacknowledged: gettext_lazy(
        "Nothing is published: there are warnings. Mend what they say, or give the reason to publish all the same."
    ),
    releases.Clashing: gettext_lazy(
        "Nothing is published yet: something scheduled gives another value to the same field. Choose which holds."
    ),
    releases.PastMoment: gettext_lazy(
        "Nothing is published: that moment has passed. Choose one that is still to come."
    ),
    releases.NoReason: gettext_lazy("Give the reason: those who find this later will ask."),
    releases.NotApproved: gettext_lazy(
        "Nothing is published: four eyes are wanted. Ask for the publication, and let another person approve it."
    ),
    releases.NoSuchOffer: gettext_lazy("Yandex sees no offer of that code."),
    releases.NoSuchRelease: gettext_lazy("There is no such release, or it is no longer what it was. Look again."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of differences."""

    label: str
    before: str
    after: str


def rows(change: Change) -> list[Row]:
    """Field by field: what differs, or all that a new or a leaving offer says."""
    names = [name for name in change.fields if not _follows(name, change)]
    if not names:
        names = [name for name in _names() if _says(name, change.after or change.before)]
    return [
        Row(label(name), shown(name, change.before), shown(name, change.after))
        for name in sorted(names, key=_names().index)
    ]


def policy_rows(change: PolicyChange) -> Iterator[Row]:
    """What differs between two policies of a product."""
    before, after = change.before, change.after
    told = (
        (_("What decides"), [str(BasisOfDecision(each.basis).label) for each in (before, after)]),
        (_("Stop lists"), [_("are looked at") if each.stop_lists else NOTHING for each in (before, after)]),
        (_("Enquiries of one phone in 24 hours"), [_limit(each.enquiries_a_day) for each in (before, after)]),
    )
    return (Row(label, old, new) for label, (old, new) in told if old != new)


def _limit(enquiries: int | None) -> str:
    return _("any number") if enquiries is None else str(enquiries)


def label(name: str) -> str:
    return str(LABELS.get(name, name))


def shown(name: str, offer: Offer | None) -> str:
    """A field of an offer as people write it."""
    value = None if offer is None else getattr(offer, name)
    if value in (None, "", ()):
        return NOTHING
    if name in ("amount", "shown_amount"):
        return money_range(value)
    if name in ("term", "shown_term"):
        return months(value)
    if name == "grace_period":
        return days(value)
    if name == "cost_term":
        return months(Range(value, value))
    if name == "minimum_payment_floor":
        return money(value)
    if name == "position":
        return str(value)
    return _by_type(value)


def summary(difference: Difference) -> str:
    """The difference in one line: what a comment begins with."""
    parts = [_summary(change) for change in difference.offers]
    if difference.bank_name:
        parts.append(_("the bank's name: %(name)s") % {"name": difference.bank_name[1]})
    if difference.ceilings:
        parts.append(_("the ceilings of the Bank of Russia"))
    parts += [f"{product(change.after.product)}: {policy(change.after)}" for change in difference.policies]
    parts += pauses(difference)
    return Truncator("; ".join(parts)).chars(COMMENT_LENGTH)


def counts(difference: Difference) -> str:
    """How many offers were added, changed and removed."""
    parts = [
        ngettext("%(count)d offer added", "%(count)d offers added", len(difference.added))
        % {"count": len(difference.added)},
        ngettext("%(count)d offer changed", "%(count)d offers changed", len(difference.changed))
        % {"count": len(difference.changed)},
        ngettext("%(count)d offer removed", "%(count)d offers removed", len(difference.removed))
        % {"count": len(difference.removed)},
    ]
    if difference.bank_name:
        parts.append(_("the bank renamed"))
    if difference.ceilings:
        parts.append(_("the ceilings renewed"))
    if difference.policies:
        parts.append(_("who is offered what"))
    return ", ".join(parts)


def pauses(difference: Difference) -> list[str]:
    """What was taken out of the answers for a while, and what came back."""
    parts = [_("%(code)s: paused") % {"code": code} for code in difference.paused]
    parts += [_("%(code)s: resumed") % {"code": code} for code in difference.resumed]
    if difference.all_paused is not None:
        parts.append(_("everything is paused") if difference.all_paused else _("the pause of everything is lifted"))
    return parts


def policy(policy: Policy) -> str:
    """In one line: by what it is decided, and which rules hold."""
    return ", ".join([str(BasisOfDecision(policy.basis).label), *policy_rules(policy)])


def policy_rules(policy: Policy) -> list[str]:
    rules = [_("people on stop lists are refused")] if policy.stop_lists else []
    if policy.enquiries_a_day is not None:
        most = policy.enquiries_a_day
        rules.append(ngettext("%(most)d enquiry a day", "%(most)d enquiries a day", most) % {"most": most})
    return rules


def refusal(error: releases.Refused) -> str:
    """Why a publication was not made, and what to do about it."""
    return str(REFUSALS[type(error)])


def money(value: Decimal) -> str:
    """Roubles; kopecks where there are any."""
    return f"{number(value)}\N{NO-BREAK SPACE}₽"


def money_range(value: Range[Decimal]) -> str:
    return f"{number_range(value)}\N{NO-BREAK SPACE}₽"


def percent(value: Decimal) -> str:
    return f"{decimal(value)}\N{NO-BREAK SPACE}%"


def percent_range(value: Range[Decimal]) -> str:
    return f"{decimal_range(value)}\N{NO-BREAK SPACE}%"


def decimal_range(value: Range[Decimal]) -> str:
    return decimal(value.min) if value.min == value.max else f"{decimal(value.min)}–{decimal(value.max)}"


def whole_range(value: Range[int]) -> str:
    return str(value.min) if value.min == value.max else f"{value.min}–{value.max}"


def months(value: Range[int]) -> str:
    """A range of terms. The noun agrees with the last number, as in speech."""
    spelled = ngettext("%(terms)s month", "%(terms)s months", value.max)
    return spelled % {"terms": whole_range(value)}


def days(value: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", value) % {"count": value}


def moment(value: datetime) -> str:
    """In Moscow time."""
    return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def validity(start: datetime | None, end: datetime | None) -> str:
    if start and end:
        return _("from %(start)s until %(end)s") % {"start": moment(start), "end": moment(end)}
    if start:
        return _("from %(moment)s") % {"moment": moment(start)}
    if end:
        return _("until %(moment)s") % {"moment": moment(end)}
    return _("without an end")


def number(value: Decimal) -> str:
    whole = value == value.to_integral_value()
    return formats.number_format(value, 0 if whole else 2, force_grouping=True)


def number_range(value: Range[Decimal]) -> str:
    if value.min == value.max:
        return number(value.min)
    return f"{number(value.min)}\N{NO-BREAK SPACE}– {number(value.max)}"


def decimal(value: Decimal) -> str:
    """As many decimals as it has: 24,3."""
    return formats.number_format(Decimal(plain_decimal(value)))


def _names() -> list[str]:
    rest = [field.name for field in fields(Offer) if field.name not in (*ORDER, *IDENTITY)]
    return [*ORDER, *rest]


def _follows(name: str, change: Change) -> bool:
    """Whether it changes only because the range from which it is not widened does."""
    own = name.removeprefix("shown_")
    return own != name and all(
        offer and getattr(offer, name) == getattr(offer, own) for offer in (change.before, change.after)
    )


def _says(name: str, offer: Offer | None) -> bool:
    """Whether the field tells anything: who is shown the offer goes without saying if it is who may have it."""
    if offer is None or getattr(offer, name) in (None, "", ()):
        return False
    if name == "repayment" and offer.term is None:
        return False
    own = name.removeprefix("shown_")
    return own == name or getattr(offer, name) != getattr(offer, own)


def fee(value: Fee) -> str:
    """On one line: 5 000 ₽ + 1 % of the amount once, for amounts from 100 000 ₽."""
    parts = [money(value.fixed)] if value.fixed else []
    if value.share:
        parts.append(_("%(share)s of the amount") % {"share": percent(value.share)})
    band = [
        _("from %(amount)s") % {"amount": money(value.amount_from)} if value.amount_from is not None else "",
        _("up to %(amount)s") % {"amount": money(value.amount_to)} if value.amount_to is not None else "",
    ]
    bounds = " ".join(filter(None, band))
    told = f"{' + '.join(parts)} {CHARGED[value.charged]}"
    return f"{told}, {bounds}" if bounds else told


def _insurance(value: Insurance) -> str:
    if not value.surcharge:
        return _("%(premium)s; no loan without it") % {"premium": fee(value.premium)}
    told = {"premium": fee(value.premium), "surcharge": percent(value.surcharge)}
    return _("%(premium)s; without it the rate is higher by %(surcharge)s") % told


def _by_type(value: Any) -> str:
    if isinstance(value, Fee):
        return fee(value)
    if isinstance(value, Insurance):
        return _insurance(value)
    if isinstance(value, LoanRepayment):
        return str(Repayment(value).label)
    if isinstance(value, InterestBasis):
        return str(Basis(value).label)
    if isinstance(value, Range):
        return percent_range(value)
    if isinstance(value, Decimal):
        return percent(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, tuple):
        return "\n".join(fee(item) if isinstance(item, Fee) else str(item) for item in value)
    return str(value)


def _summary(change: Change) -> str:
    if change.before is None:
        return _("%(code)s: new") % {"code": change.code}
    if change.after is None:
        return _("%(code)s: removed") % {"code": change.code}
    told = ", ".join(_told(row) for row in rows(change))
    return f"{change.code}: {told}"


def _told(row: Row) -> str:
    """Short fields with both values, long ones by name."""
    name = row.label[:1].lower() + row.label[1:] if not row.label[:2].isupper() else row.label
    if "\n" in row.before + row.after or "://" in row.before + row.after:
        return name
    return f"{name} {row.before} → {row.after}"


def product(value: Product) -> str:
    return {Product.LOAN: _("Cash loan"), Product.CREDIT_CARD: _("Credit card")}[value]
