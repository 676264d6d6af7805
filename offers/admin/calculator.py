"""A calculator for whoever works here: a loan's schedule, totals and full cost, and the equation that it solves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from offers import wording
from offers.admin import spreadsheet
from offers.admin.fields import DecimalField
from offers.domain.dates import MONTHS_IN_YEAR
from offers.domain.fees import Charged, Fee
from offers.domain.full_cost import Flow, NoFullCostError
from offers.domain.money import ZERO
from offers.domain.schedule import InterestBasis, LoanRepayment, Schedule, schedule
from offers.models import AMOUNT_MAX, PERCENT_MAX, TERM_MAX, Basis, Repayment

EXAMPLE: Final = {
    "amount": Decimal(500_000),
    "rate": Decimal("24.3"),
    "months": 36,
    "repayment": Repayment.ANNUITY.value,
    "basis": Basis.MONTHS.value,
}
FEES: Final = tuple(charged.value for charged in Charged)
WIDTH, HEIGHT, LEFT = 960, 240, 80


def _sum(label: Any, **options: Any) -> DecimalField:
    return DecimalField(label=label, max_digits=13, decimal_places=2, min_value=0, max_value=AMOUNT_MAX, **options)


def _percent(label: Any, **options: Any) -> DecimalField:
    return DecimalField(label=label, max_digits=6, decimal_places=3, min_value=0, **options)


class LoanForm(forms.Form):
    amount = _sum(gettext_lazy("Amount, ₽"))
    rate = _percent(gettext_lazy("Rate, % p.a."), max_value=PERCENT_MAX)
    months = forms.IntegerField(
        label=gettext_lazy("Term, months"), min_value=1, max_value=TERM_MAX, widget=UnfoldAdminIntegerFieldWidget
    )
    start = forms.DateField(
        label=gettext_lazy("Given on"),
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("Empty: today."),
    )
    repayment = forms.ChoiceField(
        label=gettext_lazy("Repayment"), choices=Repayment.choices, widget=UnfoldAdminSelectWidget
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Interest is counted"), choices=Basis.choices, widget=UnfoldAdminSelectWidget
    )
    fee_once = _sum(gettext_lazy("One-off fee, ₽"), required=False)
    fee_once_share = _percent(gettext_lazy("One-off fee, of the amount in %"), required=False, max_value=100)
    fee_monthly = _sum(gettext_lazy("Monthly fee, ₽"), required=False)
    fee_monthly_share = _percent(gettext_lazy("Monthly fee, of the amount in %"), required=False, max_value=100)
    fee_yearly = _sum(gettext_lazy("Yearly fee, ₽"), required=False)
    fee_yearly_share = _percent(gettext_lazy("Yearly fee, of the amount in %"), required=False, max_value=100)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError(_("The amount must be above zero."))
        return amount

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            try:
                self.plan.full_cost()
            except NoFullCostError:
                told = _(
                    "What is paid on the first day takes the whole loan, so there is no full cost. Lower the fees."
                )
                self.add_error("amount", told)
        return cleaned

    @cached_property
    def plan(self) -> Schedule:
        said = self.cleaned_data
        return schedule(
            said["amount"],
            said["rate"],
            said["months"],
            repayment=LoanRepayment(said["repayment"]),
            basis=InterestBasis(said["basis"]),
            fees=[Fee(Charged(name), said[f"fee_{name}"] or ZERO, said[f"fee_{name}_share"] or ZERO) for name in FEES],
            start=said["start"] or timezone.localdate(),
        )


@require_GET
def calculator(request: HttpRequest, admin_site: AdminSite) -> HttpResponse:
    """All in the address, so that a calculation can be kept and passed on; downloaded with `download=csv` or `xlsx`."""
    form = LoanForm(request.GET if "amount" in request.GET else EXAMPLE)
    plan = form.plan if form.is_valid() else None
    download = request.GET.get("download", "")
    if plan and download in spreadsheet.FORMATS:
        return spreadsheet.response(download, "schedule", _table(plan))
    context = {
        **admin_site.each_context(request),
        "title": _("Calculator"),
        "form": form,
        "example": "amount" not in request.GET,
        "result": plan and _Result(plan),
        "query": request.GET.urlencode() or _query_of_example(),
        "hide_unpublished": True,
    }
    return render(request, "offers/calculator.html", context)


def _query_of_example() -> str:
    return "&".join(f"{name}={value}" for name, value in EXAMPLE.items())


class _Result:
    """A schedule in the words and numbers that people read."""

    def __init__(self, plan: Schedule) -> None:
        totals = plan.totals()
        self.full_cost = wording.percent(plan.full_cost())
        self.totals = [
            (_("Interest"), wording.money(totals.interest)),
            (_("Fees"), wording.money(totals.fees)),
            (_("Paid in all"), wording.money(totals.paid)),
            (_("First payment"), wording.money(plan.instalments[0].payment)),
            (_("Last payment"), wording.money(plan.instalments[-1].payment)),
        ]
        self.headers = _headers()
        self.rows = [[_cell(value) for value in row] for row in _rows(plan)]
        self.periods_per_year = MONTHS_IN_YEAR
        self.terms = [_term(number, flow) for number, flow in enumerate(plan.flows()) if flow.amount]
        self.picture = _Picture(plan)


def _headers() -> list[str]:
    return [_("No."), _("Date"), _("Payment"), _("Principal"), _("Interest"), _("Fees"), _("Debt after it")]


def _rows(plan: Schedule) -> Iterator[list[spreadsheet.Cell]]:
    yield [0, plan.on, plan.upfront, ZERO, ZERO, plan.upfront, plan.amount]
    for each in plan.instalments:
        yield [each.number, each.on, each.payment, each.principal, each.interest, each.fees, each.balance]


def _table(plan: Schedule) -> Iterable[list[spreadsheet.Cell]]:
    yield [*_headers()]
    yield from _rows(plan)
    totals = plan.totals()
    yield [_("In all"), None, totals.paid, totals.principal, totals.interest, totals.fees, None]
    yield [_("Full cost, % p.a."), None, plan.full_cost(), None, None, None, None]


def _cell(value: spreadsheet.Cell) -> str:
    if isinstance(value, Decimal):
        return formats.number_format(value, 2, force_grouping=True)
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    return "" if value is None else str(value)


def _term(number: int, flow: Flow) -> tuple[int, str, int, str]:
    return number, formats.number_format(flow.amount, 2, force_grouping=True), flow.q, wording.decimal(flow.e)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One part of the payments, as an area that steps from month to month."""

    kind: str
    name: str
    points: str


class _Picture:
    """The payments over time, their principal below, interest above it and fees on top."""

    width, height, left = WIDTH, HEIGHT, LEFT

    def __init__(self, plan: Schedule) -> None:
        self.months = len(plan.instalments)
        self._most = float(max(each.payment for each in plan.instalments)) or 1.0
        self.most = wording.money(max(each.payment for each in plan.instalments))
        parts = [
            ("principal", _("Principal"), [float(each.principal) for each in plan.instalments]),
            ("interest", _("Interest"), [float(each.interest) for each in plan.instalments]),
            ("fees", _("Fees"), [float(each.fees) for each in plan.instalments]),
        ]
        below = [0.0] * self.months
        self.layers: list[_Layer] = []
        for kind, name, heights in parts:
            above = [low + height for low, height in zip(below, heights, strict=True)]
            if any(heights):
                self.layers.append(_Layer(kind, name, " ".join([*self._edge(above), *reversed(self._edge(below))])))
            below = above

    def _edge(self, heights: list[float]) -> list[str]:
        step = (WIDTH - LEFT) / self.months
        return [
            f"{LEFT + step * (number + end):.1f},{HEIGHT * (1 - height / self._most):.1f}"
            for number, height in enumerate(heights)
            for end in (0, 1)
        ]
