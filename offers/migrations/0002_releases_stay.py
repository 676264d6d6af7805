"""A release never changes and is never deleted: past answers are derived from it."""

from django.db import migrations

REFUSE = """
create function offers_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'A release is never changed: % on % is refused. Publish another.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
create trigger immutable before update or delete on offers_release
    for each row execute function offers_refuse_change();
alter table offers_release enable always trigger immutable;
"""

ALLOW = """
drop trigger immutable on offers_release;
drop function offers_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("offers", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
