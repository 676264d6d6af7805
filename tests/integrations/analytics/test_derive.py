from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from integrations.analytics import derive
from integrations.analytics.past import Filled
from integrations.models import JournalEntry


def explain(search_id: object) -> str:
    told = StringIO()
    call_command("explain", str(search_id), stdout=told)
    return told.getvalue()


def decided() -> JournalEntry:
    return JournalEntry.objects.filter(decision="rejected", repeated=False)[0]


def tamper(entry: JournalEntry, answer: bytes) -> None:
    """As a superuser of the database could."""
    with connection.cursor() as cursor:
        cursor.execute("alter table integrations_journalentry disable trigger append_only")
        cursor.execute("update integrations_journalentry set answer = %s where id = %s", [answer, entry.id])


def test_every_answer_of_the_past_is_derived_again(filled: Filled) -> None:
    answered = JournalEntry.objects.filter(decision__isnull=False)

    assert answered.count() > 1000
    assert [entry.id for entry in answered if not derive.derive(entry).same] == []


def test_explain_works(filled: Filled) -> None:
    entry = decided()

    told = explain(entry.search_id)

    assert told.splitlines()[-1] == "same bytes"
    assert all(code in told for code in ("loan-small", "loan-large", "card"))


def test_explain_tells_different_bytes_and_fails(filled: Filled, capsys: pytest.CaptureFixture[str]) -> None:
    entry = decided()
    tamper(entry, bytes(entry.answer).replace(b"rejected", b"approved"))

    with pytest.raises(SystemExit) as ended:
        call_command("explain", str(entry.search_id))

    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines()[-1] == "different bytes"


@pytest.mark.django_db
@pytest.mark.parametrize("unknown", ["e2b4948b-7d8a-4eec-875c-b1c11d7d8372", "nonsense", ""])
def test_explain_knows_no_such_enquiry(unknown: str) -> None:
    with pytest.raises(CommandError) as refused:
        explain(unknown)

    assert refused.value.returncode == 2


def test_a_sample_is_checked(filled: Filled, caplog: pytest.LogCaptureFixture) -> None:
    told = StringIO()
    call_command("check_answers", "--sample=50", "--days=60", stdout=told)
    assert "same bytes" in told.getvalue()

    entry = decided()
    tamper(entry, b"{}")
    checked = derive.check_sample(1, days=60, seed=1, now=entry.received_at)
    with connection.cursor() as cursor:
        cursor.execute("update integrations_journalentry set answer = 'x'")
    with pytest.raises(CommandError) as refused:
        call_command("check_answers", "--sample=5", "--days=60")

    assert checked.derived == 1
    assert refused.value.returncode == 1
    assert "different bytes" in caplog.text


@pytest.mark.django_db
def test_nothing_to_check_is_no_failure() -> None:
    assert derive.check_sample(5, days=30).derived == 0
