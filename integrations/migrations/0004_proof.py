"""What can be proven of the journal, and what of it can be forgotten."""

import django.db.models.functions.datetime
from django.db import migrations, models

TRANSACTIONS = """
-- Which transaction wrote an entry. Entries below a snapshot's xmin are final: nothing can commit among them later.
-- The top-level transaction's number, in 64 bits: it never wraps, and moving a row to another partition keeps it.
alter table integrations_journalentry
    add column xact bigint not null default (pg_current_xact_id()::text::bigint);
-- Rows lie in the order of commits, nearly: a few bytes for each hundred pages do, and cost an insert nothing.
create index integrations_journal_xact on integrations_journalentry using brin (xact) with (autosummarize = on);
-- What is no exchange: few, and asked for by the verifier and by inspections.
create index integrations_journal_events on integrations_journalentry (received_at)
    where kind in ('opened', 'forgotten', 'purged');
-- Every reader of the journal, the proof too, may count on moments being moments.
alter table integrations_journalentry add constraint journal_moments check (isfinite(received_at));

alter table integrations_batch alter column members set storage external;  -- Hashes don't compress.
insert into integrations_clock (cluster, base) select system_identifier::text, 0 from pg_control_system();
"""
FORGET_TRANSACTIONS = """
delete from integrations_clock;
alter table integrations_journalentry drop constraint journal_moments;
drop index integrations_journal_events, integrations_journal_xact;
alter table integrations_journalentry drop column xact;
"""

FORGETTING = """
-- The one change there is: all personal parts and the salt at once become null, and nothing else. It must be meant,
-- with `set local vitrina.forgetting = 'on'`; who may do it is a matter of grants, see integrations.roles.
create function integrations_refuse_change_of_entry() returns trigger language plpgsql as $$
declare
    forgotten integrations_journalentry;
begin
    if tg_op = 'UPDATE' and current_setting('vitrina.forgetting', true) = 'on' then
        forgotten := old;
        forgotten.phone_hash := null;
        forgotten.phone_mask := null;
        forgotten.remote_addr := null;
        forgotten.request_sealed := null;
        forgotten.salt := null;
        if new *= forgotten then
            return new;
        end if;
    end if;
    raise exception 'The journal is append-only: % on % is refused.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
"""
REPLACE_TRIGGER = """
drop trigger append_only on integrations_journalentry;
create trigger append_only before update or delete on integrations_journalentry
    for each row execute function {function}();
do $$
declare
    part regclass;
begin
    for part in select relid from pg_partition_tree('integrations_journalentry') loop
        execute format('alter table only %s enable always trigger append_only', part);
    end loop;
end $$;
"""
NEVER_FORGET = "drop function integrations_refuse_change_of_entry();"

BATCHES = """
create trigger append_only before update or delete on integrations_batch
    for each row execute function integrations_refuse_change();
create trigger never_emptied before truncate on integrations_batch
    for each statement execute function integrations_refuse_change();
alter table integrations_batch enable always trigger append_only;
alter table integrations_batch enable always trigger never_emptied;
"""
LOOSE_BATCHES = """
drop trigger append_only on integrations_batch;
drop trigger never_emptied on integrations_batch;
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_analysis")]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('sealed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='sealed')),
                ('entries', models.IntegerField(verbose_name='entries')),
                ('members', models.BinaryField()),
                ('root', models.BinaryField()),
                ('subtree', models.BinaryField()),
                ('checkpoint', models.TextField(verbose_name='checkpoint')),
                ('last_xact', models.BigIntegerField()),
                ('last_id', models.UUIDField()),
            ],
            options={
                'verbose_name': 'sealed batch',
                'verbose_name_plural': 'sealed batches',
            },
        ),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('cluster', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('base', models.BigIntegerField()),
            ],
            options={
                'verbose_name': "transactions' clock",
                'verbose_name_plural': "transactions' clocks",
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('phone_hash', models.BinaryField(primary_key=True, serialize=False)),
                ('reason', models.TextField(verbose_name='reason')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='made')),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
            },
        ),
        migrations.AlterModelOptions(
            name='journalentry',
            options={'ordering': ('-received_at', '-id'), 'permissions': (('open_request', 'Can open a sealed request'),), 'verbose_name': 'journal entry', 'verbose_name_plural': 'journal'},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='journalentry',
                    name='kind',
                    field=models.CharField(choices=[('approval', 'Enquiry'), ('poll', 'Poll'), ('unread', 'Unread request'), ('opened', 'Request opened'), ('forgotten', 'Person forgotten'), ('purged', 'Retention ended')], max_length=16, verbose_name='kind'),
                ),
            ],
        ),
        migrations.RunSQL(TRANSACTIONS, FORGET_TRANSACTIONS),
        migrations.RunSQL(
            FORGETTING + REPLACE_TRIGGER.format(function="integrations_refuse_change_of_entry"),
            REPLACE_TRIGGER.format(function="integrations_refuse_change") + NEVER_FORGET,
        ),
        migrations.RunSQL(BATCHES, LOOSE_BATCHES),
    ]
