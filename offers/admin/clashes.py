"""Where something scheduled gives another value to a field: a person chooses which holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from offers import releases, wording
from offers.domain.catalogue import Offer, Policy
from offers.domain.differences import FIRST, SECOND, WHOLE, Clash
from offers.models import Offer as Row

CHOICE = "choice "


@dataclass(frozen=True, slots=True)
class Question:
    """One field; `first` is what the scheduled release says, `second` what is published before it."""

    name: str
    title: str
    first: str
    second: str


def choices(request: HttpRequest) -> dict[str, str]:
    """What was chosen, by release and field."""
    sent = {name.removeprefix(CHOICE): str(value) for name, value in request.POST.items() if name.startswith(CHOICE)}
    return {key: value for key, value in sent.items() if value in (FIRST, SECOND)}


def context(clashing: releases.Clashing | None, chosen: Mapping[str, str]) -> dict[str, object]:
    """For `offers/clashes.html`."""
    return {
        "questions": list(_questions(clashing)) if clashing else [],
        "planned_with_clash": clashing and clashing.planned,
        "chosen": [(f"{CHOICE}{key}", value) for key, value in chosen.items()],
    }


def _questions(clashing: releases.Clashing) -> Iterator[Question]:
    names = dict(Row.objects.filter(code__in=[clash.code for clash in clashing.found]).values_list("code", "name"))
    for clash in clashing.found:
        yield Question(
            f"{CHOICE}{clashing.planned.number} {clash.key}",
            _title(clash, names.get(clash.code, clash.code)),
            _shown(clash, clash.first),
            _shown(clash, clash.second),
        )


def _title(clash: Clash, name: str) -> str:
    if isinstance(clash.first, str):
        return _("The bank")
    if isinstance(clash.first, Policy):
        return f"{_('Who is offered what')}: {wording.product(clash.first.product)}"
    return name if clash.field == WHOLE else f"{name}: {wording.label(clash.field)}"


def _shown(clash: Clash, end: Offer | Policy | str | None) -> str:
    if isinstance(end, str):
        return end
    if isinstance(end, Policy):
        return wording.policy(end)
    if clash.field != WHOLE:
        return wording.shown(clash.field, end)
    return _("the offer leaves") if end is None else _("the offer stays, as it is there")
