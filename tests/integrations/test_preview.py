from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from integrations import preview, references
from integrations.preview import Person, Preview
from integrations.yandex import render
from offers import catalogue
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry, decide
from offers.models import Policy, Release
from tests.factories import LoanFactory, edit, publish

pytestmark = pytest.mark.django_db
LOAN = Enquiry(Product.LOAN, Decimal(500_000), 36)


def test_it_is_what_the_service_would_answer() -> None:
    publish(LoanFactory(code="cash", link="https://bank.example/?offer={offer}&ref={ref}&release={release}"))
    now = timezone.now()
    seen = preview.preview(LOAN, preview.released(1), now)
    release = catalogue.live()
    assert seen.answer == render.done(preview.SEARCH_ID, release, decide(LOAN, release.content, now), preview.NOBODY)
    assert b"offer=cash&ref=" in seen.answer
    assert b"release=1" in seen.answer


def test_its_references_open_nothing() -> None:
    publish(LoanFactory(link="https://bank.example/{ref}"))
    answer = preview.preview(LOAN, preview.released(1), timezone.now()).answer.decode()
    ref = answer.split("https://bank.example/")[1][: references.LENGTH]
    with pytest.raises(references.NotOurs):
        references.read(b"a key of the service's own, not none", ref)


def test_the_draft_is_seen_before_it_is_published() -> None:
    row = LoanFactory(code="cash")
    publish(row)
    edit(row, rate_min=Decimal(11))
    now = timezone.now()
    assert preview.preview(LOAN, preview.draft(), now).decision.proposals[0].offer.rate.min == 11
    assert preview.preview(LOAN, preview.released(1), now).decision.proposals[0].offer.rate.min == Decimal("19.9")
    assert preview.draft().number == 2


def test_each_offer_left_out_says_why_and_by_how_much() -> None:
    now = timezone.now()
    LoanFactory(code="small", amount_max=Decimal(300_000))
    LoanFactory(code="later", valid_from=now + timedelta(days=1))
    seen = preview.preview(LOAN, preview.draft(), now)
    assert [(each.offer.code, bool(each.missed_by)) for each in seen.left_out] == [("later", True), ("small", True)]
    assert [each.offer.code for each in preview.preview(LOAN, preview.draft(), now + timedelta(days=2)).left_out] == [
        "small"
    ]


def test_an_unknown_release() -> None:
    with pytest.raises(Release.DoesNotExist):
        preview.released(7)


def test_what_would_be_known_of_the_person_is_chosen() -> None:
    Policy.objects.update_or_create(product_type="loan", defaults={"basis": "scoring_required", "stop_lists": True})
    LoanFactory(code="cash")
    publish()

    def seen(person: Person, limit: Decimal | None = None) -> Preview:
        known = preview.known_of(person, limit)
        return preview.preview(LOAN, preview.released(1), timezone.now(), known)

    assert [bool(seen(person).decision.proposals) for person in Person] == [False, False, True, True, False]
    assert seen(Person.LISTED, Decimal(200_000)).decision.proposals[0].offer.amount.max == 200_000


def test_each_step_tells_what_is_known_and_what_follows() -> None:
    Policy.objects.update_or_create(product_type="loan", defaults={"basis": "scoring_with_fallback"})
    LoanFactory()
    publish()
    seen = preview.preview(
        LOAN, preview.released(1), timezone.now(), preview.known_of(Person.APPROVED, Decimal(100_000))
    )
    told = [(step.title, step.input.replace("\N{NO-BREAK SPACE}", " "), step.settles) for step in seen.steps]
    assert told == [
        ("Списки предодобренных", "ни в одном", False),
        ("Скоринг", "одобрено: любое предложение, предварительно одобрено, до 100 000 ₽", True),
    ]
