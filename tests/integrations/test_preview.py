from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from integrations import preview, references
from integrations.yandex import render
from offers import catalogue
from offers.domain.catalogue import Product
from offers.domain.decide import Enquiry, decide
from offers.models import Release
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
