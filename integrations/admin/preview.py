"""The answer as Yandex would get it and a person see it: a page of its own, and beside the form of an offer."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations import preview
from integrations.preview import Person, Preview
from offers import catalogue, releases, wording
from offers.admin.fields import DecimalField
from offers.domain.advertising import CREDIT_WARNING
from offers.domain.catalogue import Content, Offer, Product, Range
from offers.domain.decide import Enquiry, Proposal
from offers.models import AMOUNT_MAX, PERCENT_MAX, TERM_MAX, CreditCard, Loan, ProductType
from offers.models import Release as ReleaseRow

RIGHT: Final = "offers.view_release"
DRAFT: Final = "draft"
# So many of the latest releases are offered for choice; an older one is opened from its own page.
RELEASES_SHOWN: Final = 30
EXAMPLES: Final = {Product.LOAN: (Decimal(500_000), 36), Product.CREDIT_CARD: (Decimal(100_000), None)}
FACES: Final = {"loan": Loan, "creditcard": CreditCard}
NUMBER: Final = re.compile(r"[0-9]{1,9}")


def _roubles(**options: Any) -> DecimalField:
    return DecimalField(
        label=options.pop("label", gettext_lazy("Amount, ₽")),
        required=False,
        max_digits=13,
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=AMOUNT_MAX,
        **options,
    )


def _months(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Term, months"),
        required=False,
        min_value=1,
        max_value=TERM_MAX,
        widget=UnfoldAdminIntegerFieldWidget,
        **options,
    )


class EnquiryForm(forms.Form):
    """What is asked, of which release, and when."""

    product = forms.ChoiceField(
        label=gettext_lazy("Product"), choices=ProductType.choices, widget=UnfoldAdminSelectWidget
    )
    amount = _roubles(help_text=gettext_lazy("Empty: the person named none."))
    term = _months(help_text=gettext_lazy("Empty: the person named none. It means nothing for cards."))
    release = forms.ChoiceField(label=gettext_lazy("Offers of"), widget=UnfoldAdminSelectWidget)
    person = forms.ChoiceField(
        label=gettext_lazy("Person"),
        required=False,
        choices=[
            (Person.NOBODY.value, gettext_lazy("of whom nothing is known")),
            (Person.LISTED.value, gettext_lazy("on a list, with the terms beside")),
            (Person.APPROVED.value, gettext_lazy("whom the scoring approves, with the terms beside")),
            (Person.REFUSED.value, gettext_lazy("whom the scoring refuses")),
            (Person.STOP_LISTED.value, gettext_lazy("on a stop list")),
        ],
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("It matters where the product's policy asks for it."),
    )
    limit = _roubles(label=gettext_lazy("The person's limit, ₽"), help_text=gettext_lazy("Empty: the offers' own."))
    rate = DecimalField(
        label=gettext_lazy("The person's rate, per cent a year"),
        required=False,
        max_digits=6,
        decimal_places=3,
        min_value=Decimal(0),
        max_value=PERCENT_MAX,
        help_text=gettext_lazy("Empty: the offers' own."),
    )
    at = forms.DateTimeField(
        label=gettext_lazy("Moment, Moscow time"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Empty: now."),
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        chosen = self.data.get("release", "")
        self.fields["release"].choices = list(_releases(chosen))  # type: ignore[attr-defined]

    def preview(self, now: datetime) -> Preview:
        said = self.cleaned_data
        enquiry = Enquiry(Product(said["product"]), said["amount"], said["term"])
        release = preview.draft() if said["release"] == DRAFT else preview.released(int(said["release"]))
        known = preview.known_of(Person(said["person"] or Person.NOBODY), said["limit"], said["rate"])
        return preview.preview(enquiry, release, said["at"] or now, known)


def _releases(chosen: str) -> Iterator[tuple[str, str]]:
    """The draft, the latest releases, and whichever is asked for."""
    yield DRAFT, _("the draft: all changes, published or not")
    rows = ReleaseRow.objects.defer("content", "codes").order_by("-number")
    try:
        live = catalogue.live_number()
    except catalogue.NothingPublished:
        live = None
    latest = list(rows[:RELEASES_SHOWN])
    if NUMBER.fullmatch(chosen) and int(chosen) not in {row.number for row in latest}:
        latest += rows.filter(number=int(chosen))
    for row in latest:
        told = {"number": row.number, "moment": wording.moment(row.holds_from)}
        yield (
            str(row.number),
            (
                _("release No. %(number)d: Yandex sees it now") % told
                if row.number == live
                else _("release No. %(number)d of %(moment)s") % told
            ),
        )


@require_safe
def show_preview(request: HttpRequest) -> HttpResponse:
    """All in the address, so that what was seen can be passed on."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    form = EnquiryForm(request.GET if "product" in request.GET else _example(request))
    seen = form.preview(timezone.now()) if form.is_valid() else None
    context = {
        **admin.site.each_context(request),
        "title": _("As Yandex sees it"),
        "form": form,
        "seen": seen,
        "cards": seen and [card(proposal, seen) for proposal in seen.decision.proposals],
        "left_out": seen and [(each, _name_of(each.offer)) for each in seen.left_out],
        "warning": CREDIT_WARNING,
    }
    return render(request, "integrations/preview/page.html", context)


def _example(request: HttpRequest) -> dict[str, str]:
    """A usual question, to begin with; of the release that the address names, if it does."""
    amount, term = EXAMPLES[Product.LOAN]
    release = request.GET.get("release", DRAFT)
    return {"product": Product.LOAN.value, "amount": str(amount), "term": str(term), "release": release}


def _name_of(offer: Offer) -> str:
    return f"{wording.product(offer.product)} · {offer.code}"


@dataclass(frozen=True, slots=True)
class Card:
    """An offer as a person would see it: the full cost before the rate, as the law wants it."""

    code: str
    title: str
    terms: list[tuple[str, str]]
    lists: list[tuple[str, tuple[str, ...]]]
    links: list[tuple[str, str]]


def card(proposal: Proposal, seen: Preview) -> Card:
    offer = proposal.offer
    return Card(
        code=offer.code,
        title=wording.product(offer.product),
        terms=[(str(name), value) for name, value in _terms(proposal) if value],
        lists=[
            (wording.label(name), getattr(offer, name))
            for name in ("special_conditions", "required_documents", "choosable_documents")
            if getattr(offer, name)
        ],
        links=_links(proposal, seen),
    )


def _terms(proposal: Proposal) -> Iterator[tuple[str, str]]:
    offer = proposal.offer
    yield _("Full cost"), wording.percent_range(offer.total_cost)
    yield _("Rate"), wording.percent_range(offer.rate)
    yield (_("Amount") if offer.term else _("Credit limit")), wording.money_range(offer.amount)
    if offer.term:
        yield _("Term"), wording.months(offer.term)
    if proposal.payment:
        yield _("Monthly payment"), wording.money_range(proposal.payment)
    if offer.grace_period is not None:
        yield _("Grace period"), wording.days(offer.grace_period)
    if offer.minimum_payment is not None:
        yield _("Minimum payment"), wording.percent(offer.minimum_payment)


def _links(proposal: Proposal, seen: Preview) -> list[tuple[str, str]]:
    """As the answer itself has them, their placeholders filled in."""
    place = seen.decision.proposals.index(proposal)
    sent = json.loads(seen.answer)["data"][place]["propousal_link"]
    names = {"link": wording.label("link"), "deep": wording.label("deep_link")}
    return [(names[name], link) for name, link in sent.items()]


@require_POST
@transaction.atomic
def show_beside(request: HttpRequest, face: str) -> HttpResponse:
    """The offer of a form that is being filled in, among the others of the draft. Nothing of it is saved.

    In a transaction, as a save is: the form holds the row while it is held against what others have saved.
    """
    model_admin = admin.site.get_model_admin(FACES[face]) if face in FACES else None
    if model_admin is None:
        raise Http404
    if not request.user.has_perm(RIGHT) or not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    row = model_admin.get_object(request, request.POST.get("_beside", ""))
    form = model_admin.get_form(request, row, change=row is not None)(request.POST, instance=row)
    asked = BesideForm(request.POST, prefix="beside")
    context: dict[str, Any] = {"form": form, "warning": CREDIT_WARNING}
    if form.is_valid() and asked.is_valid():
        offer = catalogue.offer(form.instance)
        amount, term = _asked(offer, asked.cleaned_data)
        seen = preview.preview(Enquiry(offer.product, amount, term), preview.draft(_with(offer)), timezone.now())
        context |= _beside(offer, seen)
    return render(request, "integrations/preview/beside.html", context)


class BesideForm(forms.Form):
    amount = _roubles()
    term = _months()


def _asked(offer: Offer, said: dict[str, Any]) -> tuple[Decimal | None, int | None]:
    """As typed; where nothing is, the nearest to a usual question that the offer itself allows."""
    amount, term = EXAMPLES[offer.product]
    return (
        said["amount"] or offer.amount.nearest(amount),
        (said["term"] or offer.term.nearest(term)) if offer.term and term else None,
    )


def _with(offer: Offer) -> Content:
    """The draft with this offer as it stands in the form; as the catalogue has it, whoever asks."""
    content = replace(releases.draft(), policies=())
    return replace(content, offers=(*(each for each in content if each.code != offer.code), offer))


def _beside(offer: Offer, seen: Preview) -> dict[str, Any]:
    proposals = seen.decision.proposals
    place = next((number for number, each in enumerate(proposals) if each.offer.code == offer.code), None)
    return {
        "seen": seen,
        "asked": _told(seen.enquiry),
        "card": None if place is None else card(proposals[place], seen),
        "place": None if place is None else place + 1,
        "count": len(proposals),
        "left_out": next((each for each in seen.left_out if each.offer.code == offer.code), None),
        "json": None
        if place is None
        else json.dumps(json.loads(seen.answer)["data"][place], ensure_ascii=False, indent=2),
    }


def _told(enquiry: Enquiry) -> str:
    told = [wording.money(enquiry.amount)] if enquiry.amount is not None else []
    told += [wording.months(Range(enquiry.term, enquiry.term))] if enquiry.term is not None else []
    return ", ".join(told)


urlpatterns = [
    path("", admin.site.admin_view(show_preview), name="preview"),
    path("beside/<slug:face>/", admin.site.admin_view(show_beside), name="preview_beside"),
]
