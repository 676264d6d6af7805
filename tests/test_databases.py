"""Dropping a copy of a database while Postgres is at work in it."""

import psycopg

from config.local_postgres import throwaway
from tests import databases
from tests.server import serving
from tests.server.waiting import wait_until

NAME = "vacuumed"
# A vacuum that takes long: it pauses 100 ms after each page that it looks at.
FILL = """
create table worn with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
                        autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)
    as select number, repeat('x', 500) as filler from generate_series(1, 5000) as number;
delete from worn where number % 2 = 0"""
WORKERS = "select 1 from pg_stat_activity where backend_type = 'autovacuum worker' and datname = %s"


def test_an_autovacuum_worker_does_not_keep_a_database() -> None:
    """`drop database … with (force)` fails here: an ordinary owner may not terminate a process of the superuser."""
    with (
        throwaway() as uri,
        psycopg.connect(uri, user="postgres", dbname="postgres", autocommit=True) as superuser,
        serving.connect(uri) as owner,
    ):
        superuser.execute("alter system set autovacuum_naptime = 1")
        superuser.execute("select pg_reload_conf()")
        owner.execute(f"create database {NAME}")
        with psycopg.connect(uri, dbname=NAME, autocommit=True) as inside:
            inside.execute(FILL)
        wait_until(lambda: superuser.execute(WORKERS, [NAME]).fetchone() is not None, within=serving.PATIENCE)

        databases.drop(owner, NAME)

        assert owner.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone() is None
