import re
from types import MappingProxyType

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client as Browser

from integrations import clients, privacy, trials
from integrations.models import Client, Secret, TrialPhone
from tests.callers import by_token
from tests.factories import UserFactory, analyst, product_manager
from tests.integrations.factories import PHONE

pytestmark = pytest.mark.django_db

LIST = "/admin/integrations/client/"
ADD = f"{LIST}add/"
LIMITS = MappingProxyType({"rate": "100", "burst": "200"})  # of a form that is otherwise empty


def page_of(client_id: str) -> str:
    return f"{LIST}{client_id}/change/"


def replace(client_id: str, slot: int) -> str:
    return f"{LIST}{client_id}/secrets/{slot}/"


def period(client_id: str, slot: int) -> str:
    return f"{replace(client_id, slot)}period/"


def tokens(client_id: str) -> str:
    return f"{LIST}{client_id}/tokens/"


def secret_on(page: str) -> str:
    found = re.search(r'id="client-secret">([\w-]{43})<', page)
    assert found, page
    return found[1]


@pytest.fixture
def administrator(client: Browser) -> Browser:
    client.force_login(UserFactory(is_superuser=True))
    return client


def test_it_works(administrator: Browser) -> None:
    shown = administrator.post(ADD, {"id": "yandex"})

    assert shown.status_code == 200
    secret = secret_on(shown.content.decode())
    assert f"Authorization: Bearer {secret}" in shown.content.decode()
    assert by_token(secret) == "yandex"


def test_a_secret_is_shown_once_and_kept_nowhere(administrator: Browser) -> None:
    shown = administrator.post(ADD, {"id": "yandex"})
    secret = secret_on(shown.content.decode())

    assert "no-store" in shown.headers["Cache-Control"]
    assert "Location" not in shown.headers
    assert secret not in str(shown.cookies)
    assert secret not in str([session.get_decoded() for session in Session.objects.all()])
    assert secret not in str(list(LogEntry.objects.values()))
    for address in (LIST, page_of("yandex"), replace("yandex", 1)):
        assert secret not in administrator.get(address).content.decode()


@pytest.mark.parametrize("bad", ["", "Yandex", "-crm", "a" * 41, "два слова"])
def test_it_rejects_a_bad_name(bad: str, administrator: Browser) -> None:
    shown = administrator.post(ADD, {"id": bad})

    assert "id" in shown.context["errors"].as_text() or shown.context["adminform"].form.errors["id"]
    assert not Client.objects.exists()


def test_it_rejects_a_taken_name(administrator: Browser) -> None:
    issued = clients.issue("yandex")

    assert administrator.post(ADD, {"id": "yandex"}).context["adminform"].form.errors["id"]
    assert by_token(issued.secret) == "yandex"


def test_a_client_is_switched_off_and_on(administrator: Browser) -> None:
    clients.issue("yandex")

    administrator.post(page_of("yandex"), LIMITS)
    assert not Client.objects.get().active
    administrator.post(page_of("yandex"), {**LIMITS, "active": "on"})
    assert Client.objects.get().active
    assert Secret.objects.count() == 1


def test_a_secret_is_replaced_after_a_question(administrator: Browser) -> None:
    first = clients.issue("yandex").secret

    assert "yandex" in administrator.get(replace("yandex", 2)).context["question"]
    assert Secret.objects.count() == 1
    second = secret_on(administrator.post(replace("yandex", 2)).content.decode())

    assert by_token(first) == by_token(second) == "yandex"
    assert "2" in LogEntry.objects.get().change_message


@pytest.mark.parametrize(("client_id", "slot"), [("yandex", 3), ("yandex", 0), ("crm", 1)])
def test_replacing_needs_a_client_and_a_slot(client_id: str, slot: int, administrator: Browser) -> None:
    clients.issue("yandex")

    assert administrator.post(replace(client_id, slot)).status_code == 404


def test_access_tokens_are_revoked_after_a_question(administrator: Browser) -> None:
    secret = clients.issue("yandex").secret
    caller = clients.find_by_token(secret)
    assert caller
    token = clients.grant(caller, []).token

    assert tokens("yandex") in administrator.get(page_of("yandex")).content.decode()
    assert "yandex" in administrator.get(tokens("yandex")).context["question"]
    assert by_token(token) == "yandex"
    assert not LogEntry.objects.exists()

    assert administrator.post(tokens("yandex"))["Location"] == page_of("yandex")
    clients.forget()
    assert by_token(token) is None
    assert by_token(secret) == "yandex"
    assert LogEntry.objects.get().object_id == "yandex"
    assert administrator.post(tokens("crm")).status_code == 404


def test_nobody_deletes_a_client(administrator: Browser) -> None:
    clients.issue("yandex")

    assert administrator.post(f"{LIST}yandex/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("person", [analyst, product_manager, UserFactory])
def test_it_is_for_administrators_only(person: type, client: Browser) -> None:
    clients.issue("yandex")
    client.force_login(person())

    for address in (LIST, ADD, page_of("yandex"), replace("yandex", 1), period("yandex", 1), tokens("yandex")):
        assert client.get(address).status_code == 403, address
        assert client.post(address, {"id": "crm"}).status_code == 403, address
    assert Client.objects.count() == Secret.objects.count() == 1
    assert Client.objects.get().epoch == 0


def test_what_a_client_may_is_chosen(administrator: Browser) -> None:
    administrator.post(ADD, {"id": "crm", "scopes": ["applications"]})
    assert Client.objects.get().scopes == ["applications"]
    administrator.post(page_of("crm"), {**LIMITS, "active": "on", "scopes": ["loan_approval", "applications"]})

    assert Client.objects.get().scopes == ["loan_approval", "applications"]
    assert administrator.get(LIST).status_code == 200


class TestBounds:
    """From where and how often a client may call."""

    FIELDS = MappingProxyType({**LIMITS, "active": "on", "scopes": "loan_approval", "networks": ""})

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("", []),
            ("192.0.2.0/24\n2001:DB8::/32\n", ["192.0.2.0/24", "2001:db8::/32"]),
            ("192.0.2.1 192.0.2.1/32", ["192.0.2.1/32"]),
        ],
    )
    def test_networks_are_kept_in_one_spelling(self, typed: str, kept: list[str], administrator: Browser) -> None:
        clients.issue("yandex")
        assert administrator.post(page_of("yandex"), {**self.FIELDS, "networks": typed}).status_code == 302
        client = Client.objects.get()
        assert (client.networks, client.rate, client.burst) == (kept, 100, 200)
        shown = administrator.get(page_of("yandex")).content.decode()
        assert "\n".join(kept) in shown

    @pytest.mark.parametrize("typed", ["192.0.2.1/24", "yandex.ru", "192.0.2.0/24, 192.0.2.0/33", "\x00"])
    def test_what_is_no_network_is_named(self, typed: str, administrator: Browser) -> None:
        clients.issue("yandex")
        shown = administrator.post(page_of("yandex"), {**self.FIELDS, "networks": typed})
        assert shown.status_code == 200
        assert Client.objects.get().networks == []
        if typed == "192.0.2.1/24":
            assert "192.0.2.0/24?" in shown.content.decode()

    @pytest.mark.parametrize("field", ["rate", "burst"])
    @pytest.mark.parametrize("bad", ["0", "-1", "", "x"])
    def test_nobody_has_a_limit_of_nothing(self, field: str, bad: str, administrator: Browser) -> None:
        clients.issue("yandex")
        assert administrator.post(page_of("yandex"), {**self.FIELDS, field: bad}).status_code == 200
        assert Client.objects.get().rate == 5000


class TestPeriods:
    def test_it_works(self, administrator: Browser) -> None:
        clients.issue("yandex")
        assert administrator.get(period("yandex", 1)).status_code == 200

        sent = administrator.post(period("yandex", 1), {"valid_from": "", "valid_until": "2030-01-01T00:00"})

        assert (sent.status_code, sent["Location"]) == (302, page_of("yandex"))
        secret = Secret.objects.get()
        assert (secret.valid_from, str(secret.valid_until)) == (None, "2029-12-31 21:00:00+00:00")
        assert "1" in LogEntry.objects.get().change_message
        assert "01.01.2030" in administrator.get(page_of("yandex")).content.decode()
        assert 'value="2030-01-01' in administrator.get(period("yandex", 1)).content.decode()

    @pytest.mark.parametrize("until", ["2029-01-01T00:00", "yesterday"])
    def test_it_refuses_what_is_none(self, until: str, administrator: Browser) -> None:
        clients.issue("yandex")
        sent = administrator.post(period("yandex", 1), {"valid_from": "2029-01-01T00:00", "valid_until": until})
        assert sent.status_code == 200
        assert Secret.objects.get().valid_from is None

    @pytest.mark.parametrize(("client_id", "slot"), [("yandex", 2), ("yandex", 3), ("crm", 1)])
    def test_it_needs_a_secret(self, client_id: str, slot: int, administrator: Browser) -> None:
        clients.issue("yandex")
        assert administrator.get(period(client_id, slot)).status_code == 404


class TestPhonesThatTest:
    """Of a client on trial, so that its questions about them are answered as they are named."""

    @pytest.fixture
    def on_trial(self) -> str:
        clients.issue("yandex-test", on_trial=True)
        return f"{LIST}yandex-test/phones/"

    def test_it_works(self, on_trial: str, administrator: Browser) -> None:
        assert on_trial in administrator.get(page_of("yandex-test")).content.decode()

        sent = administrator.post(on_trial, {"phone": "+7 (933) 044-50-40", "answer": "wait"})
        assert (sent.status_code, sent["Location"]) == (302, on_trial)
        phone = TrialPhone.objects.get()
        assert (phone.client_id, phone.answer, phone.phone_mask) == ("yandex-test", "wait", "********40")
        assert bytes(phone.phone_hash) == privacy.hash_phone(PHONE, settings.PHONE_KEY.secret)
        for address in (on_trial, page_of("yandex-test")):
            assert "********40" in administrator.get(address).content.decode()

        assert administrator.post(f"{on_trial}{phone.pk}/").status_code == 302
        assert not TrialPhone.objects.exists()

    def test_the_mark_is_set_and_taken_off(self, administrator: Browser) -> None:
        clients.issue("yandex")
        administrator.post(page_of("yandex"), {**LIMITS, "active": "on", "on_trial": "on"})
        assert Client.objects.get().on_trial
        administrator.post(page_of("yandex"), {**LIMITS, "active": "on"})
        assert not Client.objects.get().on_trial
        assert "phones/" not in administrator.get(page_of("yandex")).content.decode()

    def test_the_number_is_in_no_page_address_or_log(self, on_trial: str, administrator: Browser) -> None:
        for number in (PHONE, PHONE, f"{PHONE}1"):
            shown = administrator.post(on_trial, {"phone": number, "answer": "approve"}, follow=True)
            assert shown.status_code == 200
            assert PHONE not in shown.content.decode()
            assert PHONE not in str(shown.redirect_chain)
        assert PHONE not in str(list(LogEntry.objects.values()))

    @pytest.mark.parametrize(
        ("phone", "answer", "field", "said"),
        [
            ("933044504", "approve", "phone", "не номер"),
            ("", "approve", "phone", ""),
            (PHONE, "perhaps", "answer", "perhaps"),
            (f"8{PHONE}", "refuse", "phone", "********40: одобрено"),
        ],
    )
    def test_what_can_not_be_is_said(  # noqa: PLR0917  (fixtures and cases)
        self, phone: str, answer: str, field: str, said: str, on_trial: str, administrator: Browser
    ) -> None:
        trials.name_phone("yandex-test", PHONE, TrialPhone.Answer.APPROVE)
        shown = administrator.post(on_trial, {"phone": phone, "answer": answer})
        assert shown.status_code == 200
        assert said in str(shown.context["form"].errors[field])
        assert TrialPhone.objects.get().answer == "approve"

    def test_nobody_real_has_any(self, administrator: Browser) -> None:
        clients.issue("yandex")
        shown = administrator.post(f"{LIST}yandex/phones/", {"phone": PHONE, "answer": "approve"})
        assert "issue_client --trial" in str(shown.context["form"].errors["phone"])
        assert not TrialPhone.objects.exists()

    def test_a_phone_is_removed_from_its_own_client_and_by_post(self, on_trial: str, administrator: Browser) -> None:
        clients.issue("other", on_trial=True)
        phone = trials.name_phone("yandex-test", PHONE, TrialPhone.Answer.APPROVE)
        assert administrator.post(f"{LIST}other/phones/{phone.pk}/").status_code == 404
        assert administrator.get(f"{on_trial}{phone.pk}/").status_code == 405
        assert TrialPhone.objects.exists()

    @pytest.mark.parametrize("person", [analyst, product_manager, UserFactory])
    def test_it_is_for_administrators_only(self, person: type, on_trial: str, client: Browser) -> None:
        phone = trials.name_phone("yandex-test", PHONE, TrialPhone.Answer.APPROVE)
        client.force_login(person())
        assert client.get(on_trial).status_code == 403
        assert client.post(on_trial, {"phone": "9330445041", "answer": "approve"}).status_code == 403
        assert client.post(f"{on_trial}{phone.pk}/").status_code == 403
        assert TrialPhone.objects.count() == 1
