"""The endpoint: what is asked, what is answered."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from offers.models import Offer
from tests import statements
from tests.api_client import ApiClient
from tests.factories import CreditCardFactory, LoanFactory, publish
from tests.integrations.yandex.conftest import PATH, SEARCH_ID, Api, entries, entry, question

ANOTHER_ID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def loan(db: None) -> Offer:
    offer = LoanFactory(
        code="cash",
        amount_max=Decimal(600000),
        rate_min=Decimal("24.3"),
        rate_max=Decimal("36.2"),
        total_cost_min=Decimal("25.1"),
        total_cost_max=Decimal("40.2"),
    )
    publish()
    return offer


def offered(answer: dict[str, Any]) -> list[str]:
    return [proposal["propousal_link"]["link"].rpartition("/")[2] for proposal in answer["data"] or []]


def test_it_works(yandex: Api, loan: Offer) -> None:
    assert yandex.post(question()) == {
        "search_id": SEARCH_ID,
        "status": "done",
        "name": "АО Супер-банк",
        "decision": "has_approve",
        "data": [
            {
                "product_type": "loan",
                "decision": "pre_approved",
                "amount": {"min": 50000, "max": 600000},
                "term": {"min": 6, "max": 60},
                "rate": {"min": 24.3, "max": 36.2},
                "total_cost": {"min": 25.1, "max": 40.2},
                "payment": {"min": 19695.27, "max": 22958.89},
                "special_conditions": None,
                "required_documents": ["Паспорт РФ"],
                "choosable_documents": None,
                "propousal_link": {"link": "https://bank.example/cash"},
            }
        ],
    }


def test_it_offers_cards(yandex: Api, db: None) -> None:
    CreditCardFactory(code="card", grace_period=120, minimum_payment=Decimal(10), deep_link="bank://card", link="")
    publish()
    (proposal,) = yandex.post(question(product_type="credit_card", amount=None, term=None))["data"]
    assert proposal["grace_period"] == 120
    assert proposal["payment"] == {"cc_rate": 10}
    assert proposal["propousal_link"] == {"deep": "bank://card"}
    assert "term" not in proposal


def test_it_rejects_with_a_200(yandex: Api, loan: Offer) -> None:
    answer = yandex.post(question(amount=600000.01))
    assert (answer["decision"], answer["data"], answer["status"]) == ("rejected", None, "done")
    assert (entry().decision, entry().status, entry().reasons) == ("rejected", 200, [6])


def test_numbers_leave_as_they_were_written(yandex: Api, loan: Offer) -> None:
    assert b'"rate":{"min":24.3,"max":36.2},"total_cost":{"min":25.1,"max":40.2}' in yandex.ask()


def test_an_ordinary_approval_is_one_statement(yandex: Api, loan: Offer) -> None:
    yandex.ask(search_id=ANOTHER_ID)  # the first one reads the release, the clients and the month's key
    with statements.sent() as messages:
        yandex.ask()
    assert len(messages) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/integrations/api/banking/loan_approval",
        "/integrations/api/banking/loan_approval/",
        "/integrations/v1/api/loan_approval",
        "/integrations/v1/api/loan_approval/",
        "/api/banking/loan_approval",
        "/api/banking/loan_approval/",
    ],
)
def test_every_documented_path_answers(yandex: Api, loan: Offer, path: str) -> None:
    assert yandex.post(question(), path=path)["status"] == "done"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_it_rejects_other_methods(yandex: Api, method: str) -> None:
    response = yandex.raw(method, PATH, expect=405)
    assert response["Allow"] == "GET, POST"
    assert entry().status == 405


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*;q=0", "rubbish"])
def test_it_is_json_whatever_accept_says(yandex: Api, loan: Offer, accept: str) -> None:
    response = yandex.raw("POST", PATH, json.dumps(question()), expect=200, Accept=accept)
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=UTF-8", "a/b; charset='utf-8'"])
def test_it_takes_any_type_of_content(yandex: Api, loan: Offer, content_type: str) -> None:
    yandex.post(question(), content_type=content_type)


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "application/json; charset=rot13"},
        {"content_type": "application/json; charset=utf-16"},
        {"Content-Encoding": "gzip"},
    ],
)
def test_it_rejects_what_it_cannot_read(yandex: Api, headers: dict[str, str]) -> None:
    refusal = yandex.post(question(), expect=415, **headers)
    assert refusal == {"search_id": None, "message": "Тело запроса должно быть в UTF-8 и без сжатия"}


def test_it_rejects_a_body_that_is_too_long(yandex: Api) -> None:
    body = json.dumps(question(props=["x" * 65536])).encode()
    assert yandex.post(body, expect=413)["message"] == "Тело запроса больше 64 КБ"
    assert entry().request_length == len(body)


def test_it_is_unavailable_before_anything_is_published(yandex: Api) -> None:
    response = yandex.raw("POST", PATH, json.dumps(question()), expect=503)
    assert response["Retry-After"] == "1"
    assert entry().status == 503


class TestCredentials:
    @pytest.mark.parametrize(
        "authorization",
        ["", "Bearer", "Bearer wrong", "Bearer ё", "Basic", "Basic ???", "Basic eWFuZGV4", "Token x", "Basic eDp5"],
    )
    def test_without_them_nothing_is_read(self, yandex: Api, authorization: str) -> None:
        response = ApiClient().post(PATH, b"{", "application/json", headers={"Authorization": authorization})
        assert response.status_code == 403
        assert response.json()["search_id"] is None
        assert "Client ID" in response.json()["message"]
        assert (entry().client, entry().status, entry().search_id) == (None, 403, None)

    @pytest.mark.parametrize("method", ["PUT", "GET", "OPTIONS"])
    def test_they_are_checked_before_the_method(self, db: None, method: str) -> None:
        assert ApiClient().generic(method, PATH).status_code == 403

    def test_they_are_checked_before_the_path(self, db: None) -> None:
        assert ApiClient().get("/integrations/nowhere").status_code == 403


class TestBadFields:
    def test_all_are_named_at_once_in_the_order_of_the_table(self, yandex: Api) -> None:
        assert yandex.post(question(amount="500000.00$", phone_number="93304450"), expect=400) == {
            "search_id": SEARCH_ID,
            "message": "Поле phone_number должно содержать 10 цифр; поле amount должно быть числом",
            "properties": ["phone_number", "amount"],
        }

    def test_the_entry_holds_what_could_be_read(self, yandex: Api) -> None:
        yandex.post(question(phone_number="93304450"), expect=400)
        assert (str(entry().search_id), entry().phone_hash, entry().kind) == (SEARCH_ID, None, "unread")

    def test_an_empty_object_lacks_everything_required(self, yandex: Api) -> None:
        assert yandex.post({}, expect=400)["properties"] == ["phone_number", "product_type", "search_id"]

    def test_an_object_is_wanted(self, yandex: Api) -> None:
        refusal = yandex.post(b"[]", expect=400)
        assert refusal == {
            "search_id": None,
            "message": "Тело запроса должно быть JSON-объектом: получено другое значение",
        }


class TestTheSameQuestion:
    def test_gets_the_stored_answer(self, yandex: Api, loan: Offer) -> None:
        first = yandex.ask()
        Offer.objects.filter(code="cash").update(rate_min=Decimal(1))
        publish()
        assert yandex.ask() == first
        assert [(row.repeated, row.release, bytes(row.answer)) for row in entries()] == [
            (False, 1, first),
            (True, 1, first),
        ]

    @pytest.mark.parametrize("same", [{"term": "36"}, {"term": 36.0}, {"amount": 500000}, {"unknown": [1]}])
    def test_is_recognised_by_value(self, yandex: Api, loan: Offer, same: dict[str, Any]) -> None:
        yandex.ask()
        yandex.ask(**same)
        assert [row.repeated for row in entries()] == [False, True]

    @pytest.mark.parametrize(
        "other",
        [
            {"term": 37},
            {"amount": 500000.01},
            {"amount": None},
            {"phone_number": "9330445041"},
            {"props": []},
            {"product_type": "credit_card"},
        ],
    )
    def test_with_other_fields_is_another_revision(self, yandex: Api, loan: Offer, other: dict[str, Any]) -> None:
        yandex.ask()
        yandex.ask(**other)
        assert [row.repeated for row in entries()] == [False, False]

    def test_a_cards_term_means_nothing(self, yandex: Api, loan: Offer) -> None:
        yandex.ask(product_type="credit_card")
        yandex.ask(product_type="credit_card", term="nonsense")
        assert [row.repeated for row in entries()] == [False, True]

    def test_the_id_is_compared_by_value_and_echoed_as_sent(self, yandex: Api, loan: Offer) -> None:
        first = yandex.ask()
        again = yandex.ask(search_id=SEARCH_ID.upper())
        assert again == first.replace(SEARCH_ID.encode(), SEARCH_ID.upper().encode())
        assert bytes(entries()[1].answer) == again

    def test_is_another_one_from_another_client(self, yandex: Api, crm: Api, loan: Offer) -> None:
        yandex.ask()
        crm.ask()
        assert [(row.client, row.repeated) for row in entries()] == [("yandex", False), ("crm", False)]

    def test_is_decided_anew_when_an_offer_has_ended_since(self, yandex: Api, loan: Offer) -> None:
        yandex.ask()
        Offer.objects.filter(code="cash").update(valid_until=datetime.now(UTC) - timedelta(days=1))
        publish()
        assert json.loads(yandex.ask())["decision"] == "rejected"
        assert yandex.get(f"search_id={SEARCH_ID}")["decision"] == "rejected"

    def test_is_decided_anew_after_the_answers_lifetime(self, yandex: Api, loan: Offer, settings: Any) -> None:
        yandex.ask()
        settings.ANSWERS_LIFETIME_HOURS = 0
        yandex.ask()
        assert [row.repeated for row in entries()] == [False, False]


class TestPolls:
    @pytest.fixture(autouse=True)
    def _asked(self, yandex: Api, loan: Offer) -> None:
        LoanFactory(code="large", amount_min=Decimal(600001), amount_max=Decimal(900000))
        publish()

    def test_give_the_revision_asked_last(self, yandex: Api) -> None:
        a = yandex.ask()
        b = yandex.ask(amount=700000)
        assert a != b
        assert yandex.raw("GET", f"{PATH}?search_id={SEARCH_ID}", expect=200).content == b
        assert yandex.ask() == a
        assert yandex.raw("POST", PATH, json.dumps({"search_id": SEARCH_ID}), expect=200).content == a

    def test_echo_the_id_as_sent(self, yandex: Api) -> None:
        yandex.ask()
        assert yandex.get(f"search_id={SEARCH_ID.upper()}")["search_id"] == SEARCH_ID.upper()

    def test_are_journalled_with_the_question(self, yandex: Api) -> None:
        yandex.ask()
        yandex.get(f"search_id={SEARCH_ID}")
        asked, polled = entries()
        assert (polled.kind, polled.repeated, polled.path) == ("poll", True, PATH)
        assert (polled.release, polled.phone_hash, polled.amount) == (asked.release, asked.phone_hash, asked.amount)

    @pytest.mark.parametrize("search_id", [ANOTHER_ID, ANOTHER_ID.upper()])
    def test_of_an_unknown_id_are_a_404(self, yandex: Api, search_id: str) -> None:
        missing = {"search_id": search_id, "message": "Заявок с таким search_id не найдено"}
        assert yandex.get(f"search_id={search_id}", expect=404) == missing
        assert yandex.post({"search_id": search_id}, expect=404) == missing

    def test_of_another_client_are_a_404(self, yandex: Api, crm: Api) -> None:
        yandex.ask()
        crm.get(f"search_id={SEARCH_ID}", expect=404)

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "search_id=",
            "search_id=1",
            "id=1",
            f"search_id={SEARCH_ID}&search_id={ANOTHER_ID}",
            "search_id=%ff",
            "&" * 50,
        ],
    )
    def test_without_a_good_id_are_a_400(self, yandex: Api, query: str) -> None:
        assert yandex.get(query, expect=400) == {
            "search_id": None,
            "message": "Поле search_id должно быть UUID",
            "properties": ["search_id"],
        }

    def test_by_post_without_a_good_id_are_a_400(self, yandex: Api) -> None:
        assert yandex.post({"search_id": 5}, expect=400)["properties"] == ["search_id"]

    def test_by_post_may_hold_absent_optional_fields(self, yandex: Api) -> None:
        yandex.ask()
        message = {"search_id": SEARCH_ID, "amount": None, "props": None, "unknown": 1}
        assert yandex.post(message)["status"] == "done"


class TestWhoIsShownAnOffer:
    """The contract's own example: who asks for 500 000 is also offered 600 000.01 and more."""

    @pytest.fixture(autouse=True)
    def _offers(self, loan: Offer) -> None:
        LoanFactory(
            code="vip", position=1, amount_min=Decimal("600000.01"), shown_amount_min=Decimal(300000),
            rate_min=Decimal(18), rate_max=Decimal("24.3"),
        )  # fmt: skip
        publish()

    def test_what_fits_stands_first(self, yandex: Api) -> None:
        assert offered(yandex.post(question())) == ["cash", "vip"]

    def test_the_payment_is_for_the_nearest_amount(self, yandex: Api) -> None:
        assert yandex.post(question())["data"][1]["payment"] == {"min": 21691.44, "max": 23634.33}

    def test_nobody_else_is_shown_it(self, yandex: Api) -> None:
        assert offered(yandex.post(question(amount=299999.99))) == ["cash"]
