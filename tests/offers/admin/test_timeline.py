"""Pauses, what is taken back, what is scheduled, and four eyes: as pages."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from offers import editing, timeline
from offers.models import Edit, Kind, Loan, PublicationRequest, Release
from tests import factories
from tests.factories import LoanFactory, publish
from tests.offers.admin.conftest import logged_in
from tests.offers.admin.pages import LOANS, PUBLISH, form_of

RELEASES, REQUESTS, EDITS = (f"/admin/offers/{name}/" for name in ("release", "publicationrequest", "edit"))
PAUSE, COMPARE = f"{RELEASES}pause/", f"{RELEASES}compare/"
TOMORROW = (timezone.localtime() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
# A page for one request: whatever it asks for, no more than this.
QUERIES_OF_A_REQUEST = 35


@pytest.fixture
def offer(db: None) -> Loan:
    row: Loan = LoanFactory(code="cash", name="Наличными")
    publish()
    return row


def said(page: Any) -> str:
    text: str = page.content.decode()
    return text.replace("\N{NO-BREAK SPACE}", " ")


def ticks(page: Any) -> list[str]:
    return re.findall(r'name="change" value="([^"]+)"', page.content.decode())


def rate() -> Decimal:
    live = timeline.live_content().get("cash")
    assert live
    return live.rate.min


def publishes(client: Client, **sent: Any) -> Any:
    return client.post(PUBLISH, {"change": ticks(client.get(PUBLISH)), "comment": "", **sent}, follow=True)


def test_pause_and_resume(manager: Client, offer: Loan) -> None:
    address = f"{PAUSE}?code=cash"
    assert address in said(manager.get(f"{LOANS}{offer.pk}/change/"))
    done = manager.post(address, {"reason": "Ошибка"}, follow=True)
    assert "Поставлено на паузу: cash. Выпуск №2." in said(done)
    for page in ("/admin/", LOANS, RELEASES, PUBLISH):
        assert "cash на паузе: в ответах Яндексу его нет" in said(manager.get(page))
    done = manager.post(address, {}, follow=True)
    assert "Снято с паузы: cash. Выпуск №3." in said(done)
    assert "на паузе" not in said(manager.get("/admin/"))


def test_pause_everything(manager: Client, offer: Loan) -> None:
    manager.post(PAUSE, {"reason": "Авария"})
    assert "Всё на паузе" in said(manager.get("/admin/"))
    manager.post(PAUSE, {})
    assert "Всё на паузе" not in said(manager.get("/admin/"))


def test_a_pause_wants_a_reason(manager: Client, offer: Loan) -> None:
    assert "Укажите причину" in said(manager.post(PAUSE, {"reason": " "}))
    assert Release.objects.count() == 1


def test_two_clicks_take_back(manager: Client, offer: Loan) -> None:
    factories.edit(offer, rate_min=Decimal(18))
    publish()
    assert "take-back" not in said(manager.get(f"{RELEASES}2/change/")), "it is live"
    address = f"{RELEASES}1/take-back/"
    assert address in said(manager.get(f"{RELEASES}1/change/"))
    assert "18–38,5 %" in said(manager.get(address))
    done = manager.post(address, {"reason": "Рано"}, follow=True)
    assert "Снова действует выпуск №1: теперь это выпуск №3." in said(done)
    assert "1 изменение не опубликовано" in said(done)
    assert rate() == Decimal("19.9")


def test_no_such_release_is_taken_back(manager: Client, offer: Loan) -> None:
    assert manager.get(f"{RELEASES}7/take-back/").status_code == 404


def test_schedule_and_withdraw(manager: Client, offer: Loan) -> None:
    factories.edit(offer, rate_min=Decimal(18))
    done = publishes(manager, at=f"{TOMORROW:%Y-%m-%dT%H:%M}")
    assert f"Запланировано: выпуск №2 действует с {TOMORROW:%d.%m.%Y} 10:00 по Москве." in said(done)
    assert Release.objects.get(number=2).holds_from == TOMORROW
    assert rate() == Decimal("19.9")
    assert "Всё опубликовано" in said(manager.get(PUBLISH))
    assert "Запланировано" in said(manager.get(PUBLISH))
    assert [row.state.value for row in manager.get(LOANS).context["cl"].result_list] == ["scheduled"]
    address = f"{RELEASES}2/withdraw/"
    assert address in said(manager.get(f"{RELEASES}2/change/"))
    manager.post(address, {"reason": "Передумали"})
    listed = manager.get(RELEASES).context["cl"].result_list
    assert [row.stands for row in listed] == ["live", "overtaken", "past"]
    page = said(manager.get(RELEASES))
    assert all(word in page for word in ("действует", "заменён", "в прошлом"))
    assert "Запланировано" not in said(manager.get(PUBLISH))
    assert "1 изменение не опубликовано" in said(manager.get("/admin/"))
    assert "уже не тот" in said(manager.get(address, follow=True))


@pytest.mark.parametrize("at", ["2020-01-01T10:00", "завтра", "2026-99-99T10:00"])
def test_no_moment_to_schedule_for(manager: Client, offer: Loan, at: str) -> None:
    factories.edit(offer, rate_min=Decimal(18))
    assert "этот момент уже прошёл" in said(publishes(manager, at=at))
    assert Release.objects.count() == 1


@pytest.mark.parametrize(("choice", "expected"), [("first", Decimal(18)), ("second", Decimal(17))])
def test_what_clashes_is_asked(manager: Client, offer: Loan, choice: str, expected: Decimal) -> None:
    factories.edit(offer, rate_min=Decimal(18))
    publishes(manager, at=f"{TOMORROW:%Y-%m-%dT%H:%M}")
    factories.edit(offer, rate_min=Decimal(17))
    asked = publishes(manager, comment="Мой комментарий")
    assert "Что будет действовать с этого момента?" in said(asked)
    assert "Мой комментарий" in said(asked)
    assert "18–38,5 %" in said(asked)
    done = publishes(manager, **{"choice 2 cash:rate": choice})
    assert "Опубликовано: выпуск №3" in said(done)
    assert rate() == Decimal(17)
    then = timeline.latest(timeline.live_content()).get("cash")
    assert then
    assert then.rate.min == expected


class TestFourEyes:
    @pytest.fixture(autouse=True)
    def on(self, settings: Settings, offer: Loan) -> None:
        settings.FOUR_EYES = True
        factories.edit(offer, rate_min=Decimal(18))

    @pytest.fixture
    def author(self) -> Client:
        return logged_in(factories.product_manager())

    @pytest.fixture
    def asked(self, author: Client) -> PublicationRequest:
        publishes(author, comment="Ставка ЦБ")
        return PublicationRequest.objects.get()

    def test_the_author_asks_and_another_approves(self, author: Client, asked: PublicationRequest) -> None:
        assert rate() == Decimal("19.9")
        another, address = logged_in(factories.publisher()), f"{REQUESTS}{asked.pk}/change/"
        assert "1 запрос публикации ждёт вашего решения" in said(another.get("/admin/"))
        assert "ждёт вашего решения" not in said(author.get("/admin/"))
        page = said(another.get(address))
        assert "18–38,5 %" in page
        assert 'name="_approve"' in page
        assert "Одобрено и опубликовано: выпуск №2." in said(another.post(address, {"_approve": ""}, follow=True))
        row = Release.objects.get(number=2)
        assert (row.author, row.comment, row.approved_by != row.author) == (asked.author, "Ставка ЦБ", True)
        assert rate() == Decimal(18)

    def test_nobody_approves_their_own(self, author: Client, asked: PublicationRequest) -> None:
        address = f"{REQUESTS}{asked.pk}/change/"
        assert 'name="_approve"' not in said(author.get(address))
        assert "Свой запрос одобрить нельзя" in said(author.post(address, {"_approve": ""}, follow=True))
        assert rate() == Decimal("19.9")

    def test_it_is_sent_back_with_an_answer(self, asked: PublicationRequest) -> None:
        another, address = logged_in(factories.publisher()), f"{REQUESTS}{asked.pk}/change/"
        assert "Укажите причину" in said(another.post(address, {"_send_back": ""}, follow=True))
        another.post(address, {"_send_back": "", "answer": "Проверьте ставку"})
        asked.refresh_from_db()
        assert (asked.status, asked.answer) == ("sent_back", "Проверьте ставку")
        assert "уже решено" in said(another.post(address, {"_approve": ""}, follow=True))

    def test_what_was_changed_since_is_not_approved(self, asked: PublicationRequest, offer: Loan) -> None:
        factories.edit(offer, rate_min=Decimal(1))
        another, address = logged_in(factories.publisher()), f"{REQUESTS}{asked.pk}/change/"
        assert "изменилось после запроса" in said(another.get(address))
        assert "Ничего не опубликовано" in said(another.post(address, {"_approve": ""}, follow=True))
        assert rate() == Decimal("19.9")

    def test_its_author_takes_it_away(self, author: Client, asked: PublicationRequest) -> None:
        author.post(f"{REQUESTS}{asked.pk}/change/", {"_take_away": ""})
        asked.refresh_from_db()
        assert asked.status == "taken_away"

    def test_saving_leads_to_asking(self, author: Client, offer: Loan) -> None:
        assert "Сохранить и запросить публикацию" in said(author.get(f"{LOANS}{offer.pk}/change/"))
        assert "Запросить публикацию" in said(author.get(PUBLISH))

    def test_without_a_query_an_offer(
        self, author: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(20):
            LoanFactory(code=f"new-{number}")
        publishes(author)
        another = logged_in(factories.publisher())
        with django_assert_max_num_queries(QUERIES_OF_A_REQUEST):
            another.get(f"{REQUESTS}{PublicationRequest.objects.get().pk}/change/")


EVERYBODY = (
    factories.editor,
    factories.publisher,
    factories.product_manager,
    factories.analyst,
    factories.administrator,
    factories.UserFactory,
)
# What each may: editor, publisher, both in one, analyst, administrator, nobody in particular.
MAY = {
    ("get", LOANS): "yyyyyn",
    ("get", RELEASES): "yyyyyn",
    ("get", f"{RELEASES}1/change/"): "yyyyyn",
    ("get", COMPARE): "yyyyyn",
    ("get", REQUESTS): "yyyyyn",
    ("get", EDITS): "yyyyyn",
    ("get", PUBLISH): "yyyyyn",
    ("get", f"{LOANS}add/"): "ynynnn",
    ("post", PUBLISH): "yyynnn",
    ("get", PAUSE): "nyynnn",
    ("post", PAUSE): "nyynnn",
    ("get", f"{RELEASES}1/take-back/"): "nyynnn",
    ("post", f"{RELEASES}1/take-back/"): "nyynnn",
    ("get", "/admin/auth/user/"): "nnnnyn",
    ("get", "/admin/integrations/client/"): "nnnnyn",
}


@pytest.mark.parametrize("column", range(len(EVERYBODY)), ids=lambda column: EVERYBODY[column].__name__)
@pytest.mark.parametrize(("method", "address"), MAY)
def test_who_opens_and_does_what(offer: Loan, column: int, method: str, address: str) -> None:
    answer = getattr(logged_in(EVERYBODY[column]()), method)(address)
    assert (answer.status_code != 403) == (MAY[method, address][column] == "y")


def test_an_editor_asks_although_four_eyes_are_off(offer: Loan) -> None:
    factories.edit(offer, rate_min=Decimal(18))
    editor = logged_in(factories.editor())
    assert "Публикация запрошена" in said(publishes(editor))
    assert rate() == Decimal("19.9")


def test_releases_are_compared(analyst: Client, offer: Loan) -> None:
    factories.edit(offer, rate_min=Decimal(18))
    publish()
    page = said(analyst.get(COMPARE, {"before": "1", "after": "2"}))
    assert "19,9–38,5 %" in page
    assert "18–38,5 %" in page
    assert "одно и то же" in said(analyst.get(COMPARE, {"before": "1", "after": "1"}))
    assert analyst.get(COMPARE, {"before": "9" * 30, "after": "x"}).status_code == 200


def test_the_list_says_what_each_release_is(manager: Client, offer: Loan) -> None:
    manager.post(PAUSE, {"reason": "Авария"})
    assert [(row.stands, row.kind) for row in manager.get(RELEASES).context["cl"].result_list] == [
        ("live", Kind.PAUSE),
        ("past", Kind.PUBLICATION),
    ]


class TestHistory:
    def test_an_edit_is_kept_field_by_field(self, manager: Client, offer: Loan) -> None:
        manager.post(f"{LOANS}{offer.pk}/change/", form_of(offer, rate_min="18,5"))
        edit = Edit.objects.get()
        assert edit.before
        assert edit.after
        assert (edit.code, edit.kind) == ("cash", "changed")
        assert (edit.before["rate_min"], edit.after["rate_min"]) == ("19.9", "18.5")
        page = said(manager.get(f"{LOANS}{offer.pk}/history/", follow=True))
        assert "<li>Ставка от, % годовых: 19,9 → <b>18,5</b></li>" in page
        assert edit.author in page

    def test_saving_without_a_change_leaves_no_trace(self, manager: Client, offer: Loan) -> None:
        manager.post(f"{LOANS}{offer.pk}/change/", form_of(offer))
        assert not Edit.objects.exists()

    def test_added_and_deleted(self, manager: Client, offer: Loan) -> None:
        manager.post(f"{LOANS}add/", form_of(LoanFactory.build(code="new")))
        manager.post(f"{LOANS}{Loan.objects.get(code='new').pk}/delete/", {"post": "yes"})
        assert [edit.kind for edit in Edit.objects.order_by("id")] == ["added", "deleted"]
        assert said(manager.get(EDITS)).count("Все поля") == 2


class TestTwoEditors:
    """The first has saved another smallest rate while the second looked at the form."""

    @pytest.fixture
    def seen(self, offer: Loan) -> str:
        return str(offer.changed_at.isoformat())

    @pytest.fixture(autouse=True)
    def first(self, seen: str, offer: Loan) -> None:
        anna = factories.product_manager()
        User.objects.filter(pk=anna.pk).update(username="anna")
        anna.refresh_from_db()
        logged_in(anna).post(f"{LOANS}{offer.pk}/change/", form_of(offer, rate_min="18"))

    def test_other_fields_are_both_kept(self, manager: Client, offer: Loan, seen: str) -> None:
        address = f"{LOANS}{offer.pk}/change/"
        page = manager.post(address, form_of(offer, amount_max="2000000", seen=seen))
        assert "anna — правка этого предложения" in said(page)
        assert "Ставка от, % годовых: 19,9 → 18" in said(page)
        form = page.context["adminform"].form
        assert (form["rate_min"].value(), form["amount_max"].value()) == ("18", "2000000")
        assert Loan.objects.get().amount_max == Decimal(1_000_000), "not saved yet"
        manager.post(address, form.data)
        row = Loan.objects.get()
        assert (row.rate_min, row.amount_max, row.total_cost_min) == (Decimal(18), Decimal(2_000_000), Decimal(18))

    def test_the_same_field_is_shown_with_both_values(self, manager: Client, offer: Loan, seen: str) -> None:
        address = f"{LOANS}{offer.pk}/change/"
        page = manager.post(address, form_of(offer, rate_min="17", seen=seen))
        assert "anna: здесь теперь 18 (было: 19,9)" in said(page)
        assert page.context["adminform"].form["rate_min"].value() == "17"
        manager.post(address, page.context["adminform"].form.data)
        assert Loan.objects.get().rate_min == Decimal(17)
        assert [edit.before and edit.before["rate_min"] for edit in Edit.objects.order_by("id")] == ["19.9", "18"]

    def test_who_wrote_the_same_is_not_asked(self, manager: Client, offer: Loan, seen: str) -> None:
        page = manager.post(f"{LOANS}{offer.pk}/change/", form_of(offer, rate_min="18", total_cost_min="18", seen=seen))
        assert page.status_code == 302

    @pytest.mark.parametrize("nonsense", ["", "x", "2020-01-01"])
    def test_nonsense_for_a_version_is_no_error(self, manager: Client, offer: Loan, nonsense: str) -> None:
        assert manager.post(f"{LOANS}{offer.pk}/change/", form_of(offer, seen=nonsense)).status_code in (200, 302)

    def test_who_saves_in_the_very_same_moment_is_tried_again(
        self, manager: Client, offer: Loan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save, answers = editing.save, iter([editing.Superseded])

        def overtaken_once(row: Any, *, author: str) -> Any:
            for refusal in answers:
                raise refusal
            return save(row, author=author)

        monkeypatch.setattr(editing, "save", overtaken_once)
        page = manager.post(f"{LOANS}{offer.pk}/change/", form_of(Loan.objects.get(), amount_max="2000000"))
        assert page.status_code == 302
        assert Loan.objects.get().amount_max == Decimal(2_000_000)
