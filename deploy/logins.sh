#!/bin/sh
# Makes the database logins of the service's processes: members of the roles that integrations/roles.py grants to, and
# nothing more. For the first start of compose.yaml's Postgres; elsewhere run it as whoever may make roles, with psql's
# own variables (PGHOST, PGUSER, …) and the passwords set. It may be run again: then it sets the passwords anew.
set -eu
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-$PGUSER}" -d "${POSTGRES_DB:-$PGDATABASE}" \
    -v prefix="${ROLE_PREFIX:-vitrina_}" -v api="$API_DATABASE_PASSWORD" -v admin="$ADMIN_DATABASE_PASSWORD" <<'SQL'
select set_config('deploy.prefix', :'prefix', false) \g /dev/null
do $$
declare
    prefix text := current_setting('deploy.prefix');
    pair text[];
begin
    foreach pair slice 1 in array array[['service', 'api_login'], ['admin', 'admin_login']] loop
        begin
            execute format('create role %I nologin', prefix || pair[1]);
        exception when duplicate_object then null;
        end;
        begin
            execute format('create role %I login', prefix || pair[2]);
        exception when duplicate_object then null;
        end;
        execute format('grant %I to %I', prefix || pair[1], prefix || pair[2]);
    end loop;
end $$;
select format('alter role %I password %L', :'prefix' || 'api_login', :'api') \gexec
select format('alter role %I password %L', :'prefix' || 'admin_login', :'admin') \gexec
SQL
