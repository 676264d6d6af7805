"""Applications don't stay for ever: people are forgotten in them too, and they have their time."""

from django.db import migrations, models

# Refused as before, but for deleting where it is meant, with `set local vitrina.forgetting = 'on'`; who may do it is a
# matter of grants.
MAY_END = """
create or replace function integrations_refuse_change_of_news() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('vitrina.forgetting', true) = 'on' then
        return old;
    end if;
    raise exception 'News of applications are append-only: % is refused.', tg_op
        using errcode = 'insufficient_privilege';
end $$;
"""
MAY_NOT = """
create or replace function integrations_refuse_change_of_news() returns trigger language plpgsql as $$
begin
    raise exception 'News of applications are append-only: % is refused.', tg_op
        using errcode = 'insufficient_privilege';
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0012_lists")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="forgotten_at",
            field=models.DateTimeField(null=True, verbose_name="person forgotten"),
        ),
        migrations.RunSQL(MAY_END, MAY_NOT),
    ]
