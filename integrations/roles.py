"""The database's roles and what each may do. None of them can log in: people and processes are made members.

Roles belong to the whole cluster, so their names bear a prefix; and making one needs a right that the owner of the
database may lack: then `manage.py roles` says what somebody else has to run.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

LOCK: Final = 0x726F_6C65
JOURNAL, KEYS = "integrations_journalentry", "integrations_monthkey"
EVERYTHING: Final = "select, insert, update, delete"


class Role(StrEnum):
    SERVICE = "service"
    ADMIN = "admin"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    ERASER = "eraser"

    @property
    def full_name(self) -> str:
        return f"{settings.ROLE_PREFIX}{self.value}"


# What each may do with which table. The journal: nobody but the eraser may touch a row, and he only these columns; a
# trigger lets him make them null, all at once, and nothing else.
GRANTS: Final[dict[Role, dict[str, str]]] = {
    Role.SERVICE: {
        JOURNAL: "select, insert",
        "integrations_enquiry": "select, insert, update",
        KEYS: "select, insert",
        "integrations_client": "select",
        "integrations_secret": "select",
        "integrations_trialphone": "select",
        "integrations_application": "select, insert, update",
        "integrations_applicationevent": "select, insert",
        # What answers look up, and what the bank's system brings by calls.
        "integrations_personlist": "select, update (live_id, previous_id, switched_at, switched_by)",
        "integrations_listversion": "select, insert, update",
        "integrations_listchunk": "select, insert",
        "integrations_listedperson": "select, insert",
        "offers_offer": "select (code, product_type)",  # by which lists name offers
        "offers_release": "select",
    },
    Role.AUDITOR: {
        JOURNAL: "select",
        "integrations_batch": "select",
        "integrations_clock": "select",
        "integrations_client": "select",
        "offers_release": "select",
    },
    Role.ERASER: {
        JOURNAL: "select, insert, update (phone_hash, phone_mask, remote_addr, request_sealed, salt)",
        "integrations_enquiry": "select, delete",
        KEYS: "select, insert, update (wrapped, destroyed_at)",
        "integrations_hold": EVERYTHING,
        "integrations_trialphone": "select, delete",
        "integrations_personlist": "select",
        "integrations_listversion": "select",
        "integrations_listedperson": "select, delete",
        "integrations_application": "select, update (application_id, metrica_client_id, ref, forgotten_at)",
        "integrations_applicationevent": "select, delete",
        "offers_bank": "select",
    },
}
# The admin's own way with tables of the outer world; of all others it may do everything.
ADMIN: Final = {
    JOURNAL: "select, insert",
    KEYS: "select, insert",
    "integrations_batch": "select",
    "integrations_clock": "select",
    "integrations_enquiry": "select",
    "integrations_export": EVERYTHING,
    "integrations_applicationevent": "select, insert",
    "integrations_listedperson": "select, insert, delete",
    "integrations_hold": "select",
    "integrations_connectionstep": "select, insert",
    "offers_release": "select, insert",
    "offers_edit": "select, insert",
}
# What bounds the sessions of analysts. Postgres applies such settings to the role that logs in and not to its members,
# so each login has to have them itself. Who works with one can lift them for a session: they are against mistakes.
BOUNDS: Final = {
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",  # a transaction left open holds up the sealing of the journal
    "default_transaction_read_only": "on",
}
# Logins that are analysts and nothing more, and which bounds they lack in this database.
UNBOUNDED: Final = """
select login.rolname, bound from pg_roles login cross join unnest(%(bounds)s::text[]) as bound
where login.rolcanlogin and not login.rolsuper and login.rolname <> current_user
    and pg_has_role(login.oid, %(analyst)s::name, 'member')
    and not exists (select from pg_roles other where other.rolname = any(%(others)s)
        and pg_has_role(login.oid, other.oid, 'member'))
    and not exists (select from pg_db_role_setting, unnest(setconfig) as said
        where setrole = login.oid and said like bound || '=%%'
            and setdatabase in (0, (select oid from pg_database where datname = current_database())))
order by 1, array_position(%(bounds)s::text[], bound)"""
# The parts of what is granted on a table: "select", or "update (live_id, switched_at)".
PRIVILEGE: Final = re.compile(r"(\w+)(?: \((.+?)\))?")
COLUMNS: Final = """
select relname, array_agg(attname::text) from pg_class join pg_attribute on attrelid = pg_class.oid
where relkind in ('r', 'p') and pg_table_is_visible(pg_class.oid) and attnum > 0 and not attisdropped
group by relname"""
ANALYSIS: Final = "analysis"  # the schema of views without personal data
TALLIES: Final = "integrations_tally_"  # how their tables' names begin; they have no models


def after_migrate(*, verbosity: int = 1, **_signal: Any) -> None:
    """Make the roles where that is allowed, and grant each what it needs."""
    missing = grant()
    if missing and verbosity:
        print(f"Roles are missing: {', '.join(missing)}. Have an administrator run: manage.py roles | psql")  # noqa: T201
    if (later := not_there_yet()) and verbosity:
        print(f"Nobody was granted what later migrations bring: {', '.join(later)}. They grant it themselves.")  # noqa: T201


def grant() -> list[str]:
    """Make and grant what can be; the names of the roles that are missing still."""
    with transaction.atomic():
        _execute("select pg_advisory_xact_lock(%s)", [LOCK])
        if _execute("select rolcreaterole or rolsuper from pg_roles where rolname = current_user")[0][0]:
            for role in Role:
                _execute(_creation(role))
        present = {name for (name,) in _execute("select rolname from pg_roles")}
        for role in Role:
            if role.full_name in present:
                for statement in _grants(role):
                    _execute(statement)
        if Role.ANALYST.full_name in present:
            for statement in _missing_bounds():
                _execute(_where_allowed(statement))
    return [role.full_name for role in Role if role.full_name not in present]


def statements() -> Iterator[str]:
    """The SQL that makes the roles and grants them all they need; it may be run again."""
    for role in Role:
        yield f"{_creation(role)};"
        yield from (f"{statement};" for statement in _grants(role))
    if _execute("select from pg_roles where rolname = %s", [Role.ANALYST.full_name]):
        yield from (f"{statement};" for statement in _missing_bounds())


def analyst(login: str) -> Iterator[str]:
    """The SQL that makes a login for an analyst, with its bounds; the password is for whoever runs it to set."""
    yield f"create role {_quoted(login)} login in role {_quoted(Role.ANALYST.full_name)};"
    yield from (f"{_bound(login, name)};" for name in BOUNDS)
    yield f"{_in_this_database(login)} set search_path = {ANALYSIS};"


def _missing_bounds() -> list[str]:
    """For the analysts' logins that lack them; what somebody has set is left as it is."""
    names = {"analyst": Role.ANALYST.full_name, "others": [role.full_name for role in Role if role is not Role.ANALYST]}
    return [_bound(login, name) for login, name in _execute(UNBOUNDED, {**names, "bounds": list(BOUNDS)})]


def _bound(login: str, name: str) -> str:
    return f"{_in_this_database(login)} set {name} = '{BOUNDS[name]}'"


def _in_this_database(login: str) -> str:
    return f"alter role {_quoted(login)} in database {_quoted(_execute('select current_database()')[0][0])}"


def _where_allowed(statement: str) -> str:
    return f"do $$ begin {statement}; exception when insufficient_privilege then null; end $$"


def _creation(role: Role) -> str:
    """Another database of the cluster may make the same role in the same moment."""
    name, owner = _quoted(role.full_name), _quoted(_execute("select current_user")[0][0])
    return (
        f"do $$ begin create role {name} nologin; grant {name} to {owner}; "
        "exception when duplicate_object or unique_violation then null; end $$"
    )


def not_there_yet() -> list[str]:
    """The tables and columns that somebody is to be granted, and that a later migration brings."""
    present, absent = _columns(), set[str]()
    for table, privileges in (granted for role in Role for granted in _tables(role, present).items()):
        if table not in present:
            absent.add(table)
        else:
            named = {
                column for _, columns in PRIVILEGE.findall(privileges) if columns for column in columns.split(", ")
            }
            absent |= {f"{table}.{column}" for column in named - present[table]}
    return sorted(absent)


def _grants(role: Role) -> Iterator[str]:
    """On what there is: whoever migrates step by step has not all of it yet."""
    name, present = _quoted(role.full_name), _columns()
    for table, privileges in _tables(role, present).items():
        if possible := ", ".join(_possible(privileges, present.get(table, set()))):
            yield f"grant {possible} on {_quoted(table)} to {name}"
    if role in (Role.ANALYST, Role.ADMIN) and _execute("select to_regnamespace(%s)", [ANALYSIS])[0][0]:
        yield f"grant usage on schema {ANALYSIS} to {name}"
        yield f"grant select on all tables in schema {ANALYSIS} to {name}"


def _possible(privileges: str, present: set[str]) -> Iterator[str]:
    """Of these privileges those on columns that there are; none on a table that is not there."""
    for privilege, columns in PRIVILEGE.findall(privileges) if present else ():
        if not columns:
            yield privilege
        elif there := [column for column in columns.split(", ") if column in present]:
            yield f"{privilege} ({', '.join(there)})"


def _tables(role: Role, present: Iterable[str]) -> dict[str, str]:
    if role is not Role.ADMIN:
        return GRANTS.get(role, {})
    return {**_every_table(), **ADMIN, **{table: "select" for table in sorted(present) if table.startswith(TALLIES)}}


def _columns() -> dict[str, set[str]]:
    return {table: set(columns) for table, columns in _execute(COLUMNS)}


def _every_table() -> dict[str, str]:
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: EVERYTHING for model in models if model._meta.managed}


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string()


def _execute(statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
