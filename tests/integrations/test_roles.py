from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction

from integrations import keys, roles
from integrations.models import Enquiry, JournalEntry
from integrations.roles import Role
from tests.factories import LoanFactory, publish
from tests.integrations.factories import JournalEntryFactory
from tests.integrations.yandex.conftest import SEARCH_ID, Api, yandex  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

# What nobody but the owner may do with the journal, as he then may not either: the triggers refuse him.
DAMAGE = (
    "update integrations_journalentry set status = 500",
    "update integrations_journalentry set phone_hash = null, phone_mask = null",
    "delete from integrations_journalentry",
    "delete from integrations_journalentry_default",
    "truncate integrations_journalentry",
    "drop table integrations_journalentry",
    "alter table integrations_journalentry disable trigger append_only",
    "create table integrations_more (id integer)",
)
FORGET = (
    "update integrations_journalentry set phone_hash = null, phone_mask = null, remote_addr = null,"
    " request_sealed = null, salt = null"
)


def become(role: Role) -> None:
    execute(f"set local role {roles._quoted(role.full_name)}")


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def refused(statement: str) -> bool:
    try:
        with transaction.atomic():
            execute(statement)
    except ProgrammingError as error:
        return "permission denied" in str(error) or "must be owner" in str(error)
    return False


def test_the_service_answers_with_what_it_may(yandex: Api) -> None:  # noqa: F811
    publish(LoanFactory())
    become(Role.SERVICE)

    yandex.ask()
    yandex.ask()
    yandex.get(f"search_id={SEARCH_ID}")
    yandex.post({}, expect=400)

    assert Enquiry.objects.count() == 1
    assert JournalEntry.objects.count() == 4
    keys.forget()
    assert keys.seal_key(JournalEntry.objects.all()[0].received_at)


@pytest.mark.parametrize("statement", DAMAGE)
@pytest.mark.parametrize("role", Role)
def test_nobody_may_harm_the_journal(role: Role, statement: str) -> None:
    JournalEntryFactory()
    become(role)
    if role is Role.ERASER and "phone_hash" in statement:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            execute(statement)
    else:
        assert refused(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from integrations_enquiry",
        "update integrations_monthkey set wrapped = null",
        "delete from integrations_monthkey",
        "insert into integrations_secret (client_id, slot, digest) values ('x', 1, '')",
        "update offers_release set holds_from = now()",
        "select * from integrations_hold",
        "select * from auth_user",
        "insert into integrations_batch select * from integrations_batch",
    ],
)
def test_the_service_may_do_nothing_else(statement: str) -> None:
    become(Role.SERVICE)
    assert refused(statement)


@pytest.mark.parametrize("table", ["integrations_journalentry", "integrations_enquiry", "integrations_monthkey"])
def test_analysts_see_views_alone(table: str) -> None:
    become(Role.ANALYST)
    execute("select * from analysis.exchanges")
    assert refused(f"select 1 from {table}")


def test_only_the_eraser_and_the_owner_forget_and_only_on_purpose() -> None:
    JournalEntryFactory()
    for role in set(Role) - {Role.ERASER}:
        with transaction.atomic():
            become(role)
            execute("set local vitrina.forgetting = 'on'")
            assert refused(FORGET)
            execute("reset role", "set local vitrina.forgetting = 'off'")
    become(Role.ERASER)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(FORGET)
    execute("set local vitrina.forgetting = 'on'", FORGET)
    assert JournalEntry.objects.get().salt is None


@pytest.mark.parametrize("more", ["status = 500", "answer = ''", "commitment = ''", "xact = 1", "received_at = now()"])
def test_nothing_else_changes_under_cover_of_forgetting(more: str) -> None:
    JournalEntryFactory()
    execute("set local vitrina.forgetting = 'on'")
    for change in (f"{FORGET}, {more}", FORGET.replace(", salt = null", ""), "delete from integrations_journalentry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            execute(change)


def test_the_service_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class where relowner = %s::regrole", [Role.SERVICE.full_name])
        assert cursor.fetchone() == (0,)


def test_granting_again_changes_nothing() -> None:
    assert roles.grant() == []


def bounds(login: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select unnest(setconfig) from pg_db_role_setting where setrole = %s::regrole"
            " and setdatabase = (select oid from pg_database where datname = current_database())",
            [login],
        )
        return dict(said.split("=", 1) for (said,) in cursor.fetchall())


def test_every_analysts_login_is_bounded_but_what_somebody_has_set_stays() -> None:
    analyst, service = (roles._quoted(role.full_name) for role in (Role.ANALYST, Role.SERVICE))
    execute(
        f"create role roles_test_bare login in role {analyst}",
        f"create role roles_test_own login in role {analyst}",
        "alter role roles_test_own set statement_timeout = '10min'",
        f"create role roles_test_web login in role {analyst}, {service}",
        "create role roles_test_stranger login",
    )

    roles.grant()

    assert bounds("roles_test_bare") == roles.BOUNDS
    assert bounds("roles_test_own") == {name: value for name, value in roles.BOUNDS.items() if "statement" not in name}
    assert bounds("roles_test_web") == bounds("roles_test_stranger") == {}
    assert roles._missing_bounds() == []


def test_the_command_makes_a_bounded_login_for_an_analyst(capsys: Any) -> None:
    call_command("roles", analyst='roles_test "odd"')
    execute(capsys.readouterr().out)

    assert bounds('"roles_test ""odd"""') == {**roles.BOUNDS, "search_path": "analysis"}
    assert roles._missing_bounds() == []


def test_what_may_not_be_made_is_named_and_can_be_run_by_somebody_else(settings: Any, capsys: Any) -> None:
    settings.ROLE_PREFIX = 'odd "prefix" of tests_'
    execute(
        "create role roles_test_owner nologin",
        "grant roles_test_owner to current_user",
        "grant select on all tables in schema public to roles_test_owner",
    )
    execute("set local role roles_test_owner")
    roles.after_migrate()
    assert 'odd "prefix" of tests_eraser' in capsys.readouterr().out

    execute("reset role")
    call_command("roles")
    execute(capsys.readouterr().out)
    assert roles.grant() == []
    become(Role.SERVICE)
    assert refused("delete from integrations_journalentry")
