"""The pages of lists of people: who sees them, what they load, and that a phone goes no further than it must."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.db import connection
from django.test import Client as Browser
from openpyxl import load_workbook

from integrations.lists import loading
from integrations.lists.models import ListVersion, PersonList
from integrations.models import JournalEntry, Kind
from integrations.roles import Role
from tests.factories import LoanFactory, UserFactory, analyst, editor, product_manager, publisher
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory, live, version_of
from tests.integrations.lists.test_loading import entries
from tests.integrations.lists.test_lookup import look_up

pytestmark = pytest.mark.django_db

LIST = "/admin/integrations/personlist/"


@pytest.fixture
def listed() -> PersonList:
    return PersonListFactory(code="salary", name="Зарплатные клиенты")


@pytest.fixture
def manager(client: Browser) -> Browser:
    client.force_login(product_manager())
    return client


def page(listed: PersonList, rest: str = "change/") -> str:
    return f"{LIST}{listed.pk}/{rest}"


def sent(*lines: str, name: str = "people.csv") -> dict[str, Any]:
    file = io.BytesIO("\n".join(["phone_number;product_type;limit", *lines]).encode())
    file.name = name
    return {"file": file, "note": "from the warehouse"}


def test_a_list_is_made_loaded_looked_at_switched_and_taken_back(manager: Browser) -> None:
    manager.post(f"{LIST}add/", {"code": "salary", "name": "Зарплатные клиенты", "purpose": "prequalified"})
    listed = PersonList.objects.get()
    loaded = manager.post(page(listed, "load/"), sent(f"{PHONE};loan;500000"), follow=True)
    assert loaded.redirect_chain == [(page(listed, "versions/1/"), 302)]
    assert look_up()[0] == ()

    manager.post(page(listed, "versions/1/switch/"))
    assert [str(grant.limit) for grant in look_up()[0]] == ["500000"]
    shown = manager.get(page(listed)).content.decode()
    assert "Зарплатные клиенты" in shown
    assert "from the warehouse" in shown

    manager.post(page(listed, "take-back/"), {"seen": PersonList.objects.get().live_id})
    assert look_up()[0] == ()


def test_the_admins_role_may_do_all_of_it(client: Browser, listed: PersonList) -> None:
    LoanFactory(code="cash")
    client.force_login(UserFactory(is_superuser=True))
    with connection.cursor() as cursor:
        cursor.execute(f"set local role {Role.ADMIN.full_name}")
        client.post(page(listed, "load/"), sent(f"{PHONE};loan;1", f"{PHONE};loan;1"))
        client.post(page(listed, "versions/1/switch/"))
        client.post(f"{LIST}ask/", {"phone": PHONE})
        cursor.execute("reset role")
    assert len(look_up()[0]) == 1
    assert entries(Kind.LIST_ASKED)


def test_what_would_change_is_shown_before_it_does(manager: Browser, listed: PersonList) -> None:
    live(listed, {"phone": PHONE}, {"phone": "9330445041"})
    manager.post(page(listed, "load/"), sent(f"{PHONE};loan;5", "9330445042;loan;", "9330445043;loan;"))
    shown = manager.get(page(listed, "versions/2/"))
    version = shown.context["version"]
    assert (version.added, version.changed, shown.context["unchanged"], version.removed) == (2, 1, 0, 1)


def test_mistakes_are_shown_by_line_and_no_button_makes_them_live(manager: Browser, listed: PersonList) -> None:
    shown = manager.post(page(listed, "load/"), sent(f"{PHONE};loan;x", f"{PHONE}1;loan;"), follow=True)
    assert [(each["line"], each["column"]) for each in shown.context["mistakes"]] == [(2, "Лимит, ₽"), (3, "Телефон")]
    assert PHONE not in shown.content.decode()
    assert page(listed, "versions/1/switch/") not in shown.content.decode()
    manager.post(page(listed, "versions/1/switch/"))
    assert PersonList.objects.get().live is None


@pytest.mark.parametrize("name", ["people.pdf", "people.xlsx"])
def test_what_is_no_list_is_said_beside_the_file(manager: Browser, listed: PersonList, name: str) -> None:
    shown = manager.post(page(listed, "load/"), sent(f"{PHONE};loan;1", name=name))
    assert shown.context["form"].errors["file"]
    assert not ListVersion.objects.exists()


def test_a_large_file_waits_without_a_name(
    manager: Browser, listed: PersonList, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(MemoryFileUploadHandler, "handle_raw_input", lambda self, *_: setattr(self, "activated", False))
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", None)
    manager.post(page(listed, "load/"), sent(f"{PHONE};loan;1"))
    assert ListVersion.objects.get().state == ListVersion.State.READY


def test_progress_is_told_while_a_file_is_loaded(manager: Browser, listed: PersonList) -> None:
    assert manager.get(page(listed, "progress/")).json() == {"rows": None, "most": None, "cut_off": False}
    version = loading.begin(listed, by="manager", source="people.csv")
    version.rows, version.expected = 10, 40
    version.save()
    assert manager.get(page(listed, "progress/")).json() == {"rows": 10, "most": 40, "cut_off": True}


def test_what_somebody_else_has_switched_is_not_taken_back_unseen(manager: Browser, listed: PersonList) -> None:
    first, second = (version_of(listed, {"phone": PHONE, "offer": name}) for name in ("first", "second"))
    manager.post(page(listed, f"versions/{first.number}/switch/"))
    manager.post(page(listed, f"versions/{second.number}/switch/"))
    manager.post(page(listed, "take-back/"), {"seen": first.pk})
    assert [grant.offer for grant in look_up()[0]] == ["second"]


def test_a_list_is_used_no_more(manager: Browser, listed: PersonList) -> None:
    version_of(listed, {"phone": PHONE})
    manager.post(page(listed, "versions/1/switch/"))
    manager.post(page(listed, "withdraw/"))
    assert look_up()[0] == ()


def test_a_version_is_compared_again_with_what_is_live_by_now(manager: Browser, listed: PersonList) -> None:
    manager.post(page(listed, "load/"), sent(f"{PHONE};loan;"))
    live(listed, {"phone": PHONE})
    assert manager.get(page(listed, "versions/1/")).context["is_outdated"]
    manager.post(page(listed, "versions/1/compare/"))
    shown = manager.get(page(listed, "versions/1/"))
    assert not shown.context["is_outdated"]
    assert shown.context["unchanged"] == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_blank_file_has_the_columns_that_can_be_loaded(manager: Browser, listed: PersonList, form: str) -> None:
    content = manager.get(page(listed, f"template.{form}")).content
    heads = (
        content.decode("utf-8-sig").strip().split(";")
        if form == "csv"
        else [str(cell.value) for cell in next(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows())]
    )
    assert loading._columns(heads, loading.columns_of(listed)) == list(loading.columns_of(listed))


def test_with_four_eyes_another_person_makes_it_live(manager: Browser, listed: PersonList, settings: Any) -> None:
    settings.FOUR_EYES = True
    manager.post(page(listed, "load/"), sent(f"{PHONE};loan;1"))
    manager.post(page(listed, "versions/1/switch/"))
    assert look_up()[0] == ()
    other = Browser()
    other.force_login(publisher())
    other.post(page(listed, "versions/1/switch/"))
    assert len(look_up()[0]) == 1


@pytest.mark.parametrize(
    ("person", "loads", "switches"), [(analyst, 403, 403), (editor, 302, 403), (publisher, 403, 302)]
)
def test_who_may_load_and_who_may_switch(
    client: Browser, listed: PersonList, person: Any, loads: int, switches: int
) -> None:
    version_of(listed, {"phone": PHONE})
    client.force_login(person())
    assert client.get(LIST).status_code == client.get(page(listed)).status_code == 200
    assert client.post(page(listed, "load/"), sent(f"{PHONE};loan;1")).status_code == loads
    assert client.post(page(listed, "versions/1/switch/")).status_code == switches
    assert client.post(page(listed, "take-back/")).status_code == switches
    assert client.get(f"{LIST}ask/").status_code == 403


def test_whether_a_person_is_listed_is_asked_in_a_body_and_journalled(client: Browser, listed: PersonList) -> None:
    live(listed, {"phone": PHONE, "offer": "cash", "valid_until": datetime(2026, 12, 31, 21, tzinfo=UTC)})
    client.force_login(UserFactory(is_superuser=True, username="chief"))
    shown = client.post(f"{LIST}ask/", {"phone": "+7 933 044-50-40"})
    assert [(line.code, line.offer) for line in shown.context["found"]] == [("salary", "cash")]
    assert "31.12.2026" in shown.content.decode()
    assert not re.search(r"933\D*044", shown.content.decode())
    assert entries(Kind.LIST_ASKED) == [{"by": "chief", "lists": ["salary"]}]
    assert JournalEntry.objects.get(kind=Kind.LIST_ASKED).phone_hash is None

    assert client.get(f"{LIST}ask/?phone={PHONE}").context["found"] is None
    assert client.post(f"{LIST}ask/", {"phone": "933"}).context["found"] is None
    assert len(entries(Kind.LIST_ASKED)) == 1
