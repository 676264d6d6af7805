from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from offers import catalogue, editing, releases, timeline, wording
from offers.domain import snapshot
from offers.domain.differences import BANK_NAME
from offers.models import Bank, Loan, Release
from offers.releases import State
from tests import factories
from tests.factories import BANK_NAME as NAME
from tests.factories import BankFactory, CreditCardFactory, LoanFactory, publish

pytestmark = pytest.mark.django_db


def edit(code: str, **values: Any) -> None:
    factories.edit(Loan.objects.get(code=code), **values)


def live_rate(code: str) -> Decimal:
    offer = timeline.live_content().get(code)
    assert offer
    return offer.rate.min


def test_it_works() -> None:
    LoanFactory(code="cash")
    CreditCardFactory(code="card")
    made = publish()
    row = Release.objects.get()
    assert (row.number, row.author, row.codes) == (1, "tests", ["cash", "card"])
    assert bytes(row.digest) == snapshot.digest(snapshot.dump(made.content))
    assert catalogue.refresh().content == made.content
    assert made.content.bank_name == NAME
    assert not releases.unpublished()


def test_an_edit_is_unpublished_until_it_is_published() -> None:
    LoanFactory(code="cash")
    publish()
    edit("cash", rate_min=Decimal(18))
    (change,) = releases.unpublished().offers
    assert (change.code, change.fields) == ("cash", ("rate", "total_cost"))
    assert live_rate("cash") == Decimal("19.9")
    publish()
    assert live_rate("cash") == Decimal(18)


def test_only_what_is_chosen_is_published() -> None:
    LoanFactory(code="mine")
    LoanFactory(code="theirs")
    publish()
    edit("mine", rate_min=Decimal(18))
    edit("theirs", rate_min=Decimal(1))
    Bank.objects.update(name="АО Переименованный")
    made = releases.publish(author="me", comment="", codes=["mine"])
    assert (live_rate("mine"), live_rate("theirs")) == (Decimal(18), Decimal("19.9"))
    assert made.content.bank_name == NAME
    assert [change.code for change in releases.unpublished().offers] == ["theirs"]
    assert releases.publish(author="me", comment="", codes=[BANK_NAME]).content.bank_name == "АО Переименованный"


def test_the_banks_first_name_goes_with_the_first_release() -> None:
    BankFactory()
    LoanFactory(code="cash")
    assert releases.publish(author="me", comment="", codes=["cash"]).content.bank_name == NAME


def test_without_a_bank_nothing_is_published() -> None:
    LoanFactory()
    with pytest.raises(releases.NoBankName):
        releases.publish(author="me", comment="")


@pytest.mark.parametrize("codes", [None, ["cash"], ["no-such"], []])
def test_nothing_to_publish(codes: list[str] | None) -> None:
    LoanFactory(code="cash")
    publish()
    with pytest.raises(releases.NothingToPublish):
        releases.publish(author="me", comment="", codes=codes)
    assert Release.objects.count() == 1


def test_who_confirms_publishes_what_was_seen() -> None:
    LoanFactory(code="cash")
    publish()
    edit("cash", rate_min=Decimal(18))
    seen = releases.unpublished().fingerprints()
    edit("cash", rate_min=Decimal(1))
    with pytest.raises(releases.Overtaken):
        releases.publish(author="me", comment="", codes=seen, seen=seen)
    assert live_rate("cash") == Decimal("19.9")


def test_a_colleagues_publication_of_another_offer_does_not_disturb() -> None:
    LoanFactory(code="mine")
    LoanFactory(code="theirs")
    publish()
    edit("mine", rate_min=Decimal(18))
    seen = releases.unpublished().only(["mine"]).fingerprints()
    edit("theirs", rate_min=Decimal(17))
    releases.publish(author="colleague", comment="", codes=["theirs"])
    releases.publish(author="me", comment="", codes=seen, seen=seen)
    assert (live_rate("mine"), live_rate("theirs")) == (Decimal(18), Decimal(17))


def test_who_comes_second_is_told() -> None:
    LoanFactory(code="cash")
    publish()
    edit("cash", rate_min=Decimal(18))
    seen = releases.unpublished().fingerprints()
    releases.publish(author="colleague", comment="", codes=seen, seen=seen)
    with pytest.raises(releases.Overtaken):
        releases.publish(author="me", comment="", codes=seen, seen=seen)


def test_another_publication_is_waited_for_as_long_as_locks_are() -> None:
    LoanFactory()
    BankFactory()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [releases.PUBLICATION_LOCK])
        with connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '50ms'")
        with pytest.raises(releases.Busy):
            releases.publish(author="me", comment="")
    finally:
        other.close()


def test_what_was_never_published_is_deleted() -> None:
    row = LoanFactory()
    assert not editing.discard(row, author="tests")
    assert not Loan.objects.exists()


def test_what_was_published_is_archived_and_stays_live_until_that_is_published() -> None:
    row = LoanFactory(code="cash")
    LoanFactory(code="other")
    publish()
    assert editing.discard(row, author="tests")
    assert live_rate("cash")
    made = publish()
    assert [change.code for change in made.difference.removed] == ["cash"]
    assert timeline.live_content().get("cash") is None
    assert Loan.objects.filter(code="cash", archived=True).exists()
    assert editing.discard(row, author="tests"), "gone from what is live, yet past answers name it"


def test_the_order_of_a_release_is_steady() -> None:
    CreditCardFactory(code="a", position=1)
    LoanFactory(code="z", position=5)
    LoanFactory(code="b", position=7)
    LoanFactory(code="c", position=5)
    assert [offer.code for offer in publish().content] == ["c", "z", "b", "a"]


@pytest.mark.parametrize(
    ("published", "changes", "expected"),
    [
        (False, {}, State.DRAFT),
        (False, {"archived": True}, State.ARCHIVED),
        (True, {}, State.LIVE),
        (True, {"rate_min": Decimal(1)}, State.CHANGED),
        (True, {"archived": True}, State.CHANGED),
        (True, {"name": "Внутреннее имя"}, State.LIVE),
    ],
)
def test_states(published: bool, changes: dict[str, Any], expected: State) -> None:  # noqa: FBT001
    LoanFactory(code="cash")
    if published:
        publish()
    edit("cash", **changes)
    assert releases.state(Loan.objects.get(), timeline.live_content(), timezone.now()) == expected


def test_states_of_time() -> None:
    now = timezone.now()
    row = LoanFactory(valid_from=now, valid_until=now + timedelta(days=1))
    publish()
    live = timeline.live_content()
    moments = {
        now - timedelta(microseconds=1): State.SCHEDULED,
        now: State.LIVE,
        now + timedelta(days=1): State.ENDED,
    }
    assert {moment: releases.state(row, live, moment) for moment in moments} == moments


def test_the_comment_tells_the_difference() -> None:
    LoanFactory(code="cash")
    publish()
    edit("cash", rate_min=Decimal("18.05"), amount_max=Decimal(2_000_000), link="https://bank.example/new")
    assert wording.summary(releases.unpublished()).replace("\N{NO-BREAK SPACE}", " ") == (
        "cash: сумма 50 000 – 1 000 000 ₽ → 50 000 – 2 000 000 ₽, ПСК 19,9–38,5 % → 18,05–38,5 %,"
        " ставка 19,9–38,5 % → 18,05–38,5 %,"
        " ссылка на веб-форму"
    )


def test_a_long_comment_fits() -> None:
    for number in range(60):
        LoanFactory(code=f"offer-number-{number}")
    BankFactory()
    comment = wording.summary(releases.unpublished())
    assert len(comment) <= wording.COMMENT_LENGTH
    releases.publish(author="me", comment=comment)


def told(**options: Any) -> str:
    out = StringIO()
    call_command("publish", comment="Ставка", stdout=out, **options)
    return out.getvalue().strip()


def test_the_command() -> None:
    BankFactory()
    LoanFactory(code="cash")
    LoanFactory(code="gone")
    assert told(author="Анна") == (
        "Опубликовано: выпуск №1 (добавлены 2 предложения, изменено 0 предложений, снято 0 предложений,"
        " изменено название банка)."
    )
    assert Release.objects.get().author == "Анна"
    edit("cash", rate_min=Decimal(1))
    edit("gone", archived=True)
    assert told() == ("Опубликовано: выпуск №2 (добавлено 0 предложений, изменено 1 предложение, снято 1 предложение).")
    assert told() == "Публиковать нечего: Яндекс уже всё видит."


def test_the_command_fails_without_a_bank() -> None:
    LoanFactory()
    with pytest.raises(CommandError, match="название банка"):
        told()
