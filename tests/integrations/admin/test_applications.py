"""The pages of applications: who sees them, what they take in, and what they take out."""

import io
import re
import zipfile
from datetime import UTC, datetime

import pytest
from django.test import Client as Browser

from integrations import clients
from integrations.applications.models import Application, ConversionBatch
from integrations.models import JournalEntry, Kind, Scope
from tests.factories import UserFactory, analyst, product_manager
from tests.integrations.applications.factories import ApplicationFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/integrations/application/"
IMPORT, FUNNEL, CONVERSIONS = f"{LIST}import/", f"{LIST}funnel/", f"{LIST}conversions/"
TABLE = "application_id;ref;state;occurred_at\nA-1;r;filed;24.11.2026 10:00\nA-2;r;lost;24.11.2026 10:00\n"


@pytest.fixture
def manager(client: Browser) -> Browser:
    clients.issue("crm", scopes=[Scope.APPLICATIONS])
    client.force_login(product_manager())
    return client


def sent(text: str = TABLE) -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = "news.csv"
    return file


def test_it_works(manager: Browser) -> None:
    application = ApplicationFactory(application_id="A-1")

    assert "A-1" in manager.get(LIST).content.decode()
    assert "A-1" in manager.get(f"{LIST}?q=A-1&state=filed&matched=yes").content.decode()
    assert str(application.search_id) in manager.get(f"{LIST}{application.id}/change/").content.decode()


def test_a_table_is_tried_and_then_taken_in(manager: Browser) -> None:
    tried = manager.post(IMPORT, {"client": "crm", "table": sent(), "try": ""})
    page = tried.content.decode()
    assert tried.context["report"].counts == {"accepted": 1, "error": 1}
    assert "Поле state должно быть одним из" in page
    assert not Application.objects.exists()
    assert not JournalEntry.objects.exists()

    kept = re.search(r'name="kept" value="([^"]+)"', page)
    assert kept
    manager.post(IMPORT, {"client": "crm", "kept": kept[1], "take": "1"})
    assert Application.objects.get().application_id == "A-1"
    assert JournalEntry.objects.get().kind == Kind.INTAKE


@pytest.mark.parametrize("text", ["", "a;b\n1;2", "application_id\n"])
def test_what_is_no_table_is_said_to_be_none(text: str, manager: Browser) -> None:
    assert manager.post(IMPORT, {"client": "crm", "table": sent(text), "take": "1"}).status_code == 200
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize("kept", ["", "x", "x:y:z"])
def test_what_was_not_tried_is_not_taken_in(kept: str, manager: Browser) -> None:
    assert manager.post(IMPORT, {"client": "crm", "kept": kept, "take": "1"}).status_code == 200
    assert not Application.objects.exists()


@pytest.mark.parametrize("by", ["product", "offer", "release", "amount", "week", "nonsense"])
def test_the_funnel(by: str, manager: Browser) -> None:
    now = datetime.now(UTC)
    ApplicationFactory.create_batch(20, filed_at=now, declined_at=now)

    shown = manager.get(f"{FUNNEL}?by={by}")
    assert shown.status_code == 200
    assert "vt-red" in shown.content.decode()
    table = manager.get(f"{FUNNEL[:-1]}.csv?by={by}")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert len(table.content.decode().splitlines()) == 2


def test_conversions_leave_once_and_can_be_taken_back(manager: Browser) -> None:
    ApplicationFactory(issued_at=datetime.now(UTC), metrica_client_id="1")
    ApplicationFactory(issued_at=datetime.now(UTC))
    assert manager.get(CONVERSIONS).status_code == 200

    made = manager.post(CONVERSIONS, {"states": ["issued"], "channel": "direct"})
    assert sorted(zipfile.ZipFile(io.BytesIO(made.content)).namelist()) == [
        "direct-conversions-phones-missing.csv",
        "direct-conversions.csv",
    ]
    batch = ConversionBatch.objects.get()
    assert manager.get(f"{CONVERSIONS}{batch.id}/").status_code == 200
    assert (
        manager.post(CONVERSIONS, {"states": ["issued"], "channel": "direct"}).headers["Content-Type"]
        != made.headers["Content-Type"]
    )

    assert manager.post(f"{CONVERSIONS}{batch.id}/undo/").status_code == 302
    assert manager.get(f"{CONVERSIONS}{batch.id}/").status_code == 404
    assert manager.post(CONVERSIONS, {"states": ["issued"], "channel": "direct"}).content


def test_analysts_look_and_touch_nothing(client: Browser) -> None:
    client.force_login(analyst())

    assert [client.get(page).status_code for page in (LIST, FUNNEL, IMPORT, CONVERSIONS)] == [200, 200, 403, 403]


def test_others_see_nothing(client: Browser) -> None:
    client.force_login(UserFactory())

    assert {client.get(page).status_code for page in (LIST, FUNNEL, IMPORT, CONVERSIONS)} == {403}
