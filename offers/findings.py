"""What a check found, in the words that people read: what is wrong, by which rule, and how to mend it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offers import wording
from offers.checks import Found
from offers.domain.advertising import Field
from offers.domain.catalogue import Drawing, Range
from offers.domain.ceilings import Part, Quarter
from offers.domain.findings import Finding
from offers.domain.full_cost_range import Case
from offers.domain.stated_cost import StatedCostRule

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SENTENCES: dict[str, "_StrPromise"] = {
    "loan_below_stated_cost": gettext_lazy(
        "The offer states a full cost from %(stated)s, yet a loan of %(case)s costs %(cost)s. "
        "Write that, or leave the field empty."
    ),
    "loan_above_stated_cost": gettext_lazy(
        "The offer states a full cost up to %(stated)s, yet a loan of %(case)s costs %(cost)s. "
        "Write that, or leave the field empty."
    ),
    "stated_cost_wider_below": gettext_lazy(
        "The offer states a full cost from %(stated)s, yet no loan costs less than %(cost)s (%(case)s). "
        "Write that, or leave the field empty."
    ),
    "stated_cost_wider_above": gettext_lazy(
        "The offer states a full cost up to %(stated)s, yet no loan costs more than %(cost)s (%(case)s). "
        "Write that, or leave the field empty."
    ),
    "no_full_cost": gettext_lazy(
        "What is paid on the first day takes all of the smallest loan, so there is no full cost. "
        "Lower the fees, or raise the smallest amount."
    ),
    "above_absolute_limit": gettext_lazy(
        "The full cost of %(cost)s (%(part)s) exceeds %(ceiling)s, the most that the law allows. "
        "Lower the rate or the fees."
    ),
    "above_ceiling": gettext_lazy(
        "The full cost of %(cost)s (%(part)s) exceeds the ceiling of %(ceiling)s that holds in %(quarter)s: the "
        "average of %(average)s plus one third. Lower the rate or the fees, or let the offer end before."
    ),
    "close_to_ceiling": gettext_lazy(
        "The full cost of %(cost)s (%(part)s) comes close to the ceiling of %(ceiling)s that holds in %(quarter)s. "
        "See that it stays below when it is signed."
    ),
    "ceiling_missing": gettext_lazy(
        "The Bank of Russia's averages for %(quarter)s are not known yet, so nothing was held against them. "
        "Add them to the ceilings once they are published."
    ),
    "category_missing": gettext_lazy(
        "No row of the ceilings takes in %(part)s, so nothing was held against it. Add the rows of the Bank of Russia."
    ),
    "rate_without_full_cost": gettext_lazy(
        "%(where)s: “%(fragment)s” names a rate without the full cost. Name the full cost before it, or leave it out."
    ),
    "rate_before_full_cost": gettext_lazy(
        "%(where)s: “%(fragment)s” stands before the full cost. Name the full cost first."
    ),
    "half_range": gettext_lazy("%(where)s: “%(fragment)s” is one end of a range. Write both ends."),
    "zero_percent": gettext_lazy(
        "%(where)s: “%(fragment)s” promises money for nothing. Say on which terms, or drop it."
    ),
    "no_overpayment": gettext_lazy("%(where)s: “%(fragment)s” is true of no loan with interest. Drop it."),
    "guaranteed": gettext_lazy("%(where)s: “%(fragment)s” promises what the bank decides only later. Drop it."),
    "approval_for_all": gettext_lazy("%(where)s: “%(fragment)s” promises what the bank decides only later. Drop it."),
    "legal_form_missing": gettext_lazy("%(where)s: the legal form is missing. Write it: АО Супер-банк."),
    "link_unreadable": gettext_lazy("Write the whole address: https://, the host, the page."),
    "link_user": gettext_lazy("A user name must not stand before the host. Drop all up to the @ sign."),
    "link_host": gettext_lazy(
        "“%(host)s” is no host of the bank. Allowed: %(allowed)s. An administrator can add others on the bank's page."
    ),
    "link_host_placeholder": gettext_lazy("No placeholder may stand in the host. Put it behind the host."),
    "link_placeholder": gettext_lazy("There is no placeholder %(placeholder)s. Use one of these, or none: %(known)s."),
    "link_brace": gettext_lazy("A brace stands alone. Write a placeholder whole, as in {ref}."),
    "link_character": gettext_lazy("“%(character)s” can't stand in a link. Encode it, or drop it."),
    "link_personal_name": gettext_lazy(
        "“%(name)s” names personal data, which must not stand in a link. Drop it: {ref} tells the bank which enquiry "
        "it was."
    ),
    "link_personal": gettext_lazy(
        "“%(fragment)s” looks like a phone number or an e-mail address, which must not stand in a link. Drop it."
    ),
    "deep_link_unreadable": gettext_lazy("Write where the app opens: its scheme, a colon, the page: bankapp://offers."),
    "deep_link_unsafe": gettext_lazy("“%(scheme)s:” is not safe on a phone. Use the app's own scheme, or https."),
    "deep_link_scheme": gettext_lazy(
        "“%(scheme)s:” is no scheme of the bank's apps. Allowed: %(allowed)s. An administrator can add others on the "
        "bank's page."
    ),
    "credit_warning_missing": gettext_lazy("%(where)s: the warning that the law asks for is missing. Add it."),
}

PLACES: dict[str, "_StrPromise"] = {
    Field.BANK_NAME.value: gettext_lazy("The bank's name"),
    Field.OFFER_NAME.value: gettext_lazy("Name"),
    Field.SPECIAL_CONDITION.value: gettext_lazy("Special conditions, line %(line)d"),
    Field.LINK.value: gettext_lazy("Link"),
    Field.RENDERED.value: gettext_lazy("The offer as people see it"),
}

# Beside which field of a form a finding is shown.
FIELDS: Mapping[str, str] = {
    StatedCostRule.LOAN_BELOW.value: "total_cost_min",
    StatedCostRule.WIDER_BELOW.value: "total_cost_min",
    StatedCostRule.LOAN_ABOVE.value: "total_cost_max",
    StatedCostRule.WIDER_ABOVE.value: "total_cost_max",
}


def sentence(finding: Finding) -> str:
    """What is wrong and how to mend it, with the rule's source."""
    told = str(SENTENCES[finding.rule]) % _spelled(finding.parameters)
    return f"{told} ({finding.source})" if finding.source else told


def by_sentence(found: Iterable[Found]) -> dict[str, list[Found]]:
    """Under each sentence all that it is true of; errors first, then what a person is asked about."""
    told: dict[str, list[Found]] = {}
    for each in sorted(found, key=lambda each: (not each.blocks, not each.asks)):
        told.setdefault(sentence(each.finding), []).append(each)
    return told


def lines(found: Iterable[Found]) -> list[str]:
    """For a terminal: whom it concerns, and what is wrong."""
    return [f"{about(alike)}: {told}" for told, alike in by_sentence(found).items()]


def about(found: Iterable[Found]) -> str:
    """Which offers, each once; or the bank."""
    return ", ".join(dict.fromkeys(each.code or _("the bank") for each in found))


def _spelled(parameters: Mapping[str, Any]) -> dict[str, str]:
    told = {name: _by_type(value) for name, value in parameters.items() if value is not None}
    case = parameters.get("case")
    if isinstance(case, Case):
        told["cost"] = wording.percent(case.full_cost)
    if "full_cost" in told:
        told["cost"] = told["full_cost"]
    if "field" in parameters:
        told["where"] = _place(cast(str, parameters["field"]), cast(int, parameters["index"]))
    return told


def _by_type(value: object) -> str:
    if isinstance(value, Case):
        return _case(value)
    if isinstance(value, Part):
        return _part(value)
    if isinstance(value, Quarter):
        return quarter(value)
    if isinstance(value, str | int):
        return str(value)
    return wording.percent(cast(Any, value))


def _case(case: Case) -> str:
    parts = [wording.money(case.amount), wording.percent(case.rate), wording.months(Range(case.months, case.months))]
    if case.insured:
        parts.append(_("with insurance"))
    if case.disbursed_on:
        parts.append(_("given on %(day)s") % {"day": formats.date_format(case.disbursed_on, "SHORT_DATE_FORMAT")})
    return ", ".join(parts)


def _part(part: Part) -> str:
    parts = [wording.money_range(part.box.amount)]
    if part.drawing is None:
        parts.append(wording.months(part.box.months))
    else:
        parts.append(_("cash") if part.drawing is Drawing.CASH else _("cashless"))
    return ", ".join(parts)


def quarter(value: Quarter) -> str:
    return _("Q%(number)d %(year)d") % {"number": value.number, "year": value.year}


def _place(field: str, index: int) -> str:
    return str(PLACES[field]) % {"line": index + 1}
