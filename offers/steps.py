"""The steps by which it is decided who is offered anything, in words: what is known, and what follows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from offers import reasons, wording
from offers.domain.catalogue import Policy
from offers.domain.decide import Ruling, Step, steps
from offers.domain.known import Approval, Grant, Known, Scored, Trial, Verdict

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TITLES: dict[Step, "_StrPromise"] = {
    Step.TRIAL: gettext_lazy("Phone that tests"),
    Step.STOP_LISTS: gettext_lazy("Stop lists"),
    Step.FREQUENCY: gettext_lazy("Enquiries in 24 hours"),
    Step.LISTS: gettext_lazy("Lists of prequalified people"),
    Step.SCORING: gettext_lazy("Scoring"),
    Step.CATALOGUE: gettext_lazy("Catalogue"),
}
TRIALS: dict[Trial, "_StrPromise"] = {
    Trial.APPROVE: gettext_lazy("is approved"),
    Trial.REFUSE: gettext_lazy("is refused"),
    Trial.WAIT: gettext_lazy("is approved after a wait"),
    Trial.UNKNOWN: gettext_lazy("is nobody the bank knows"),
}
APPROVALS: dict[Approval, "_StrPromise"] = {
    Approval.PRE_APPROVED: gettext_lazy("pre-approved"),
    Approval.FULL_APPROVED: gettext_lazy("fully approved"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One step: `input` is what was known, `outcome` what followed."""

    title: str
    input: str
    outcome: str
    settles: bool


def told(policy: Policy, known: Known) -> list[Told]:
    """The steps that this policy takes for this person, until one settles it."""
    found = []
    for step, ruling in steps(policy, known):
        found.append(Told(str(TITLES[step]), _input(step, policy, known), _outcome(ruling), ruling is not None))
        if ruling:
            break
    return found


def grant(given: Grant) -> str:
    """Terms of one's own, in one line."""
    parts = [given.offer or _("every offer"), str(APPROVALS[given.approval])]
    parts += [_("up to %(limit)s") % {"limit": wording.money(given.limit)}] if given.limit is not None else []
    parts += [wording.percent(given.rate)] if given.rate is not None else []
    parts += [_("until %(moment)s") % {"moment": wording.moment(given.until)}] if given.until is not None else []
    return ", ".join(parts)


def _input(step: Step, policy: Policy, known: Known) -> str:
    match step:
        case Step.TRIAL:
            return str(TRIALS[known.trial]) if known.trial else wording.NOTHING
        case Step.STOP_LISTS:
            return _("on the list %(list)s") % {"list": known.stop} if known.stop else _("on none")
        case Step.FREQUENCY:
            return _("%(before)d before this one; allowed: %(most)d") % {
                "before": known.enquiries,
                "most": policy.enquiries_a_day,
            }
        case Step.LISTS:
            return "; ".join(map(grant, known.listed)) or _("on none")
        case Step.SCORING:
            return _scored(known.scored)
        case _:
            return wording.policy(policy)


def _scored(scored: Scored | None) -> str:
    if scored is None:
        return _("not asked")
    return "; ".join(filter(None, (_verdict(scored), *_waited(scored))))


def _verdict(scored: Scored) -> str:
    reason = f" ({scored.reason})" if scored.reason else ""
    match scored.verdict:
        case Verdict.APPROVED:
            return _("approved: %(grants)s") % {
                "grants": "; ".join(map(grant, scored.grants or (Grant(scored.approval),)))
            }
        case Verdict.REFUSED:
            return _("refused") + reason
        case Verdict.UNAVAILABLE:
            return _("no word in time") + reason


def _waited(scored: Scored) -> Iterator[str]:
    if scored.attempts:
        yield ngettext("asked %(count)d time", "asked %(count)d times", scored.attempts) % {"count": scored.attempts}
    if scored.waited_ms:
        yield _("%(ms)d ms") % {"ms": scored.waited_ms}


def _outcome(ruling: Ruling | None) -> str:
    if ruling is None:
        return _("leaves it to the next step")
    if ruling.grants:
        return _("the person's own terms; all else: %(others)s") % {"others": reasons.sentence(ruling.others)}
    return reasons.sentence(ruling.others)
