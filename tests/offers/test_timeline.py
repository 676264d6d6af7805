"""Pauses, what is taken back and what is scheduled: one line of releases, of which later ones are made anew."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from offers import catalogue, releases, timeline
from offers.domain.catalogue import Content
from offers.domain.decide import available
from offers.models import Kind, Loan, Release
from tests import factories
from tests.factories import LoanFactory, publish

pytestmark = pytest.mark.django_db

NOW = timezone.now()
AT_TEN, AT_NOON = (NOW + timedelta(days=1, hours=hours) for hours in (10, 12))


@pytest.fixture
def live() -> None:
    """Release No. 1 with two offers."""
    LoanFactory(code="cash")
    LoanFactory(code="other")
    publish()


def edit(code: str, **values: Any) -> None:
    factories.edit(Loan.objects.get(code=code), **values)


def plan(at: datetime | None, code: str = "cash", choices: Mapping[str, str] | None = None, **values: Any) -> Release:
    """Edit an offer and publish that edit, now or later."""
    edit(code, **values)
    number = releases.publish(author="me", comment=f"{values}", codes=[code], at=at, choices=choices).number
    return Release.objects.get(number=number)


def at(moment: datetime) -> Content:
    """What will be live then: the release with the largest number that holds already."""
    row = Release.objects.filter(holds_from__lte=moment).order_by("-number").first()
    assert row
    return catalogue.release(row.number).content


def rate(content: Content, code: str = "cash") -> Decimal:
    offer = content.get(code)
    assert offer
    return offer.rate.min


def test_a_pause_takes_an_offer_out_at_once_and_says_who_and_why(live: None) -> None:
    made = releases.pause("cash", author="anna", reason="Ошибка в ставке")
    row = Release.objects.first()
    assert row
    assert (row.number, row.author, row.comment, row.kind) == (2, "anna", "Ошибка в ставке", Kind.PAUSE)
    assert available(timeline.live_content(), timezone.now()) == {"other"}
    assert made.difference.paused == ("cash",)
    assert releases.state(Loan.objects.get(code="cash"), timeline.live_content(), NOW) is releases.State.PAUSED
    assert not releases.unpublished()
    releases.resume("cash", author="anna")
    assert available(timeline.live_content(), timezone.now()) == {"cash", "other"}


def test_everything_is_paused_and_what_was_paused_by_itself_stays_so(live: None) -> None:
    releases.pause("cash", author="anna", reason="a")
    releases.pause(None, author="anna", reason="b")
    assert available(timeline.live_content(), timezone.now()) == set()
    releases.resume(None, author="anna")
    assert available(timeline.live_content(), timezone.now()) == {"other"}


def test_a_pause_outlives_publications_and_what_is_taken_back(live: None) -> None:
    plan(None, rate_min=Decimal(18))
    releases.pause("cash", author="anna", reason="a")
    plan(None, rate_min=Decimal(17))
    releases.take_back(1, author="anna", reason="b")
    assert timeline.live_content().paused == {"cash"}
    assert rate(timeline.live_content()) == Decimal("19.9")


@pytest.mark.parametrize(
    ("verb", "refusal"),
    [
        (lambda: releases.pause("cash", author="a", reason=" "), releases.NoReason),
        (lambda: releases.pause("nothing", author="a", reason="b"), releases.NoSuchOffer),
        (lambda: releases.resume("cash", author="a"), releases.NothingToPublish),
        (lambda: releases.resume(None, author="a"), releases.NothingToPublish),
        (lambda: releases.take_back(1, author="a", reason="b"), releases.NothingToPublish),
        (lambda: releases.take_back(7, author="a", reason="b"), releases.NoSuchRelease),
        (lambda: releases.take_back(1, author="a", reason=""), releases.NoReason),
        (lambda: releases.withdraw(1, author="a", reason="b"), releases.NoSuchRelease),
        (lambda: plan(NOW, rate_min=Decimal(1)), releases.PastMoment),
    ],
)
def test_refusals(live: None, verb: Any, refusal: type[releases.Refused]) -> None:
    with pytest.raises(refusal):
        verb()
    assert Release.objects.count() == 1


def test_an_earlier_release_is_taken_back_and_working_copies_stay(live: None) -> None:
    plan(None, rate_min=Decimal(18))
    made = releases.take_back(1, author="anna", reason="Рано")
    row = Release.objects.get(number=made.number)
    assert (row.kind, row.comment) == (Kind.TAKEN_BACK, "Рано")
    assert rate(timeline.live_content()) == Decimal("19.9")
    assert Loan.objects.get(code="cash").rate_min == Decimal(18)
    assert [change.code for change in releases.unpublished().offers] == ["cash"]


def test_what_is_scheduled_holds_from_its_moment_without_anybody(live: None) -> None:
    row = plan(AT_TEN, rate_min=Decimal(18))
    assert (row.holds_from, row.author) == (AT_TEN, "me")
    assert rate(timeline.live_content()) == Decimal("19.9")
    assert [rate(at(moment)) for moment in (AT_TEN - timedelta(microseconds=1), AT_TEN)] == [
        Decimal("19.9"),
        Decimal(18),
    ]
    assert not releases.unpublished(), "it waits for its moment, not for anybody"
    states = {
        row.code: releases.state(row, timeline.live_content(), NOW, timeline.latest(timeline.live_content()))
        for row in Loan.objects.all()
    }
    assert states == {"cash": releases.State.SCHEDULED, "other": releases.State.LIVE}


def test_what_is_scheduled_is_made_anew_on_what_is_published_meanwhile(live: None) -> None:
    first = plan(AT_TEN, rate_min=Decimal(18))
    plan(None, "other", rate_min=Decimal(15))
    anew = Release.objects.get(anew_of=first.number)
    assert (anew.holds_from, anew.author, anew.comment) == (AT_TEN, first.author, first.comment)
    assert [(rate(at(moment)), rate(at(moment), "other")) for moment in (timezone.now(), AT_TEN)] == [
        (Decimal("19.9"), Decimal(15)),
        (Decimal(18), Decimal(15)),
    ]


def test_another_field_of_the_same_offer_is_no_clash(live: None) -> None:
    plan(AT_TEN, rate_min=Decimal(18))
    plan(None, amount_max=Decimal(2_000_000))
    for moment, expected in ((timezone.now(), Decimal("19.9")), (AT_TEN, Decimal(18))):
        offer = at(moment).get("cash")
        assert offer
        assert (offer.rate.min, offer.total_cost.min, offer.amount.max) == (expected, expected, Decimal(2_000_000))


def test_the_same_field_is_asked_about(live: None) -> None:
    first = plan(AT_TEN, rate_min=Decimal(18))
    with pytest.raises(releases.Clashing) as asked:
        plan(None, rate_min=Decimal(17))
    [clash] = asked.value.found
    assert (clash.code, clash.field, asked.value.planned.number) == ("cash", "rate", first.number)


@pytest.mark.parametrize(("choice", "expected"), [("first", Decimal(18)), ("second", Decimal(17))])
def test_what_was_chosen_holds_with_the_full_cost_of_its_terms(live: None, choice: str, expected: Decimal) -> None:
    first = plan(AT_TEN, rate_min=Decimal(18), name="Другое")
    plan(None, rate_min=Decimal(17), choices={f"{first.number} cash:rate": choice})
    offer = at(AT_TEN).get("cash")
    assert offer
    assert (offer.rate.min, offer.total_cost.min) == (expected, expected)
    assert rate(timeline.live_content()) == Decimal(17)


def test_an_offer_that_was_removed_meanwhile_is_asked_about(live: None) -> None:
    first = plan(AT_TEN, rate_min=Decimal(18))
    edit("cash", archived=True)
    with pytest.raises(releases.Clashing):
        releases.publish(author="me", comment="")
    releases.publish(author="me", comment="", choices={f"{first.number} cash:": "second"})
    assert at(AT_TEN).get("cash") is None


def test_two_are_scheduled_and_a_third_comes_between(live: None) -> None:
    plan(AT_NOON, rate_min=Decimal(17))
    plan(AT_TEN, "other", rate_min=Decimal(15))
    assert [(rate(at(moment)), rate(at(moment), "other")) for moment in (AT_TEN, AT_NOON)] == [
        (Decimal("19.9"), Decimal(15)),
        (Decimal(17), Decimal(15)),
    ]


def test_a_pause_goes_into_what_is_scheduled(live: None) -> None:
    plan(AT_TEN, rate_min=Decimal(18))
    releases.pause("cash", author="anna", reason="a")
    assert at(AT_TEN).paused == {"cash"}
    assert rate(at(AT_TEN)) == Decimal(18)


def test_a_scheduled_release_is_withdrawn_and_the_next_one_stays(live: None) -> None:
    first = plan(AT_TEN, rate_min=Decimal(18))
    plan(AT_NOON, "other", rate_min=Decimal(15))
    made = releases.withdraw(first.number, author="anna", reason="Отменили")
    assert Release.objects.get(number=made.number).kind == Kind.WITHDRAWAL
    assert [(rate(at(moment)), rate(at(moment), "other")) for moment in (AT_TEN, AT_NOON)] == [
        (Decimal("19.9"), Decimal("19.9")),
        (Decimal("19.9"), Decimal(15)),
    ]
    assert [change.code for change in releases.unpublished().offers] == ["cash"]


def test_four_eyes_want_another_person(live: None, settings: Settings) -> None:
    settings.FOUR_EYES = True
    edit("cash", rate_min=Decimal(18))
    for approved_by in ("", "me"):
        with pytest.raises(releases.NotApproved):
            releases.publish(author="me", comment="", approved_by=approved_by)
    made = releases.publish(author="me", comment="", approved_by="anna")
    assert Release.objects.get(number=made.number).approved_by == "anna"


def told(command: str, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(command, *arguments, author="Анна", stdout=out, **options)
    return out.getvalue().strip()


def test_the_commands(live: None) -> None:
    assert told("pause", "cash", reason="Ошибка") == "Поставлено на паузу: cash. Выпуск №2."
    assert told("pause", "--all", reason="Авария") == "Поставлено на паузу: всё. Выпуск №3."
    assert told("resume", "--all") == "Снято с паузы: всё. Выпуск №4."
    assert told("resume", "cash") == "Снято с паузы: cash. Выпуск №5."
    plan(None, rate_min=Decimal(18))
    assert told("take_back", "1", reason="Рано") == "Снова действует выпуск №1: теперь это выпуск №7."
    assert {row.author for row in Release.objects.filter(kind=Kind.PAUSE)} == {"Анна"}


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("pause", ["nothing"], "нет предложения"),
        ("pause", [], "--all"),
        ("pause", ["cash", "--all"], "--all"),
        ("take_back", ["9"], "Такого выпуска нет"),
    ],
)
def test_the_commands_refuse(live: None, command: str, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command(command, *arguments, reason="x")
