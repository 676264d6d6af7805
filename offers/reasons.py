"""Why an offer was left out, in the words that people read."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offers import wording
from offers.domain.catalogue import Offer, Range
from offers.domain.decide import Reason

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SENTENCES: dict[Reason, "_StrPromise"] = {
    Reason.OFFERED: gettext_lazy("Offered"),
    Reason.OTHER_PRODUCT: gettext_lazy("Another product was asked for"),
    Reason.PAUSED: gettext_lazy("Paused"),
    Reason.NOT_YET_VALID: gettext_lazy("Not yet valid"),
    Reason.NO_LONGER_VALID: gettext_lazy("No longer valid"),
    Reason.AMOUNT_BELOW_MIN: gettext_lazy("Less was asked for than it is shown for"),
    Reason.AMOUNT_ABOVE_MAX: gettext_lazy("More was asked for than it is shown for"),
    Reason.TERM_BELOW_MIN: gettext_lazy("A shorter term was asked for than it is shown for"),
    Reason.TERM_ABOVE_MAX: gettext_lazy("A longer term was asked for than it is shown for"),
    Reason.ABOVE_CEILING: gettext_lazy("Above the ceiling of the Bank of Russia"),
    Reason.STOP_LISTED: gettext_lazy("The person is on a stop list"),
    Reason.TOO_MANY_ENQUIRIES: gettext_lazy("Too many enquiries of one person in a day"),
    Reason.NOT_GRANTED: gettext_lazy("Neither a list nor the scoring grants it to the person"),
    Reason.REFUSED_BY_SCORING: gettext_lazy("The scoring refused the person"),
    Reason.SCORING_UNAVAILABLE: gettext_lazy("The scoring, without which nothing is offered, did not answer in time"),
    Reason.LIMIT_BELOW_MIN: gettext_lazy("The person's own limit is below the smallest amount"),
    Reason.RATE_ABOVE_MAX: gettext_lazy("The person's own rate is above the highest of the offer"),
    Reason.OFFERED_WITHOUT_SCORING: gettext_lazy("Offered by the catalogue: the scoring did not answer in time"),
    Reason.REFUSED_ON_TRIAL: gettext_lazy("A phone that tests a refusal"),
}


def sentence(number: int) -> str:
    """The reason kept under that number; a later version of the program may have kept one that this one lacks."""
    try:
        return str(SENTENCES[Reason(number)])
    except ValueError:
        return _("Reason %(number)d") % {"number": number}


def missed_by(number: int, offer: Offer, amount: Decimal | None, term: int | None) -> str:
    """By how much the enquiry missed the offer, or when the offer is valid; nothing where there is no measure."""
    match number:
        case Reason.AMOUNT_BELOW_MIN if amount is not None:
            return _below(wording.money(offer.shown_amount.min - amount), wording.money(offer.shown_amount.min))
        case Reason.AMOUNT_ABOVE_MAX if amount is not None:
            return _above(wording.money(amount - offer.shown_amount.max), wording.money(offer.shown_amount.max))
        case Reason.TERM_BELOW_MIN if term is not None and offer.shown_term is not None:
            return _below(_months(offer.shown_term.min - term), _months(offer.shown_term.min))
        case Reason.TERM_ABOVE_MAX if term is not None and offer.shown_term is not None:
            return _above(_months(term - offer.shown_term.max), _months(offer.shown_term.max))
        case Reason.NOT_YET_VALID if offer.valid_from is not None:
            return _("valid from %(moment)s") % {"moment": wording.moment(offer.valid_from)}
        case Reason.NO_LONGER_VALID if offer.valid_until is not None:
            return _("valid until %(moment)s") % {"moment": wording.moment(offer.valid_until)}
    return ""


def _below(missing: str, bound: str) -> str:
    return _("by %(missing)s; shown from %(bound)s") % {"missing": missing, "bound": bound}


def _above(excess: str, bound: str) -> str:
    return _("by %(excess)s; shown up to %(bound)s") % {"excess": excess, "bound": bound}


def _months(count: int) -> str:
    return wording.months(Range(count, count))
