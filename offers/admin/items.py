"""A difference as the pages of the admin tell it: what is changed, field by field."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from offers import wording
from offers.admin.addresses import change_url
from offers.admin.soundness import Told, told
from offers.checks import Found
from offers.domain.differences import BANK_NAME, CEILINGS, Change, Difference
from offers.models import Offer

SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class Item:
    """One change on a page. `value` is what its tick sends: what is changed, and how it was when it was seen."""

    value: str
    kind: str
    title: str
    url: str
    rows: list[wording.Row]
    findings: list[Told] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.value.split(SEPARATOR, 1)[0]


def items(difference: Difference) -> list[Item]:
    prints = difference.fingerprints()
    known = Offer.objects.in_bulk([change.code for change in difference.offers], field_name="code")
    offers = [_item(change, prints[change.code], known.get(change.code)) for change in difference.offers]
    return [
        *_pauses(difference),
        *_bank(difference, prints),
        *_ceilings(difference),
        *_policies(difference, prints),
        *offers,
    ]


def with_findings(shown: list[Item], found: Iterable[Found]) -> list[Item]:
    found = list(found)
    return [replace(item, findings=told(each for each in found if each.code == _about(item))) for item in shown]


def ticked(values: Iterable[str]) -> dict[str, str]:
    """What was seen of each change that was ticked."""
    return dict(value.split(SEPARATOR, 1) for value in values if SEPARATOR in value)


def _about(item: Item) -> str:
    return "" if item.code == BANK_NAME else item.code


def _item(change: Change, fingerprint: str, row: Offer | None) -> Item:
    return Item(
        value=f"{change.code}{SEPARATOR}{fingerprint}",
        kind="added" if change.before is None else "removed" if change.after is None else "changed",
        title=str(row or change.code),
        url=change_url(row) if row else "",
        rows=wording.rows(change),
    )


def _pauses(difference: Difference) -> Iterator[Item]:
    on, off = _("is answered with"), _("on pause, in no answer")
    rows = [wording.Row(code, on, off) for code in difference.paused]
    rows += [wording.Row(code, off, on) for code in difference.resumed]
    if difference.all_paused is not None:
        before, after = (on, off) if difference.all_paused else (off, on)
        rows.append(wording.Row(_("Everything"), before, after))
    if rows:
        yield Item("", "changed", _("Pauses"), "", rows)


def _bank(difference: Difference, prints: dict[str, str]) -> list[Item]:
    if difference.bank_name is None:
        return []
    before, after = difference.bank_name
    row = wording.Row(_("Name"), before or wording.NOTHING, after or wording.NOTHING)
    return [Item(f"{BANK_NAME}{SEPARATOR}{prints[BANK_NAME]}", "changed", _("The bank"), "", [row])]


def _ceilings(difference: Difference) -> list[Item]:
    """Not compared row by row: they are facts of the Bank of Russia's, kept on a page of their own."""
    after = difference.ceilings
    if after is None:
        return []
    rows = wording.Row(_("Rows of the Bank of Russia"), wording.NOTHING, str(len(after.market)))
    policy = wording.Row(
        _("Offers above their ceiling"),
        wording.NOTHING,
        _("are shown all the same") if after.only_warn_of_ceilings else _("are left out of the answers"),
    )
    url = reverse("admin:offers_marketvalue_changelist")
    return [Item(f"{CEILINGS}{SEPARATOR}{len(after.market)}", "changed", _("Ceilings"), url, [rows, policy])]


def _policies(difference: Difference, prints: dict[str, str]) -> list[Item]:
    return [
        Item(
            f"{change.code}{SEPARATOR}{prints[change.code]}",
            "changed",
            f"{_('Who is offered what')}: {wording.product(change.after.product)}",
            reverse("admin:offers_policy_changelist"),
            list(wording.policy_rows(change)),
        )
        for change in difference.policies
    ]
