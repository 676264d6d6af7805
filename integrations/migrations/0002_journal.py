"""The journal: partitioned by month, append-only by trigger.

The database's key must hold the partition key; Django's model keeps `id` alone as its own.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

TABLE = """
create table integrations_journalentry (
    id uuid not null,
    received_at timestamptz not null,
    kind varchar(16) not null,
    client varchar(40),
    remote_addr inet,
    request_id uuid not null,
    method varchar(20) not null,
    path varchar(300) not null,
    status smallint not null,
    latency_us integer not null,
    search_id uuid,
    product_type varchar(11),
    amount numeric(13, 2),
    term smallint,
    phone_hash bytea,
    phone_mask varchar(10),
    phone_key varchar(40),
    decision varchar(11),
    release integer,
    reasons smallint[],
    decided_at timestamptz,
    repeated boolean not null,
    request_sealed bytea,
    request_length integer not null,
    seal_key varchar(32),
    answer bytea not null,
    salt bytea,
    commitment bytea not null,
    primary key (id, received_at)
) partition by range (received_at);

create index integrations_journal_asked on integrations_journalentry (received_at) include (decision, product_type);
create index integrations_journal_search on integrations_journalentry (search_id) where search_id is not null;
create index integrations_journal_phone on integrations_journalentry (phone_hash) where phone_hash is not null;

create function integrations_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'The journal is append-only: % on % is refused.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete on integrations_journalentry
    for each row execute function integrations_refuse_change();
alter table integrations_journalentry enable always trigger append_only;

-- A trigger on TRUNCATE is not inherited: each partition gets its own.
create function integrations_refuse_truncate(partition regclass) returns void language plpgsql as $$
begin
    execute format('create trigger never_emptied before truncate on %s
        for each statement execute function integrations_refuse_change()', partition);
    execute format('alter table %s enable always trigger never_emptied', partition);
    -- The row trigger is cloned to a partition, its ALWAYS is not.
    if (select relkind from pg_class where oid = partition) = 'r' then
        execute format('alter table %s enable always trigger append_only', partition);
    end if;
end $$;

create function integrations_make_partition(first date, beyond date) returns void language plpgsql as $$
declare
    partition text := format('integrations_journalentry_%s', to_char(first, 'YYYY_MM'));
begin
    if to_regclass(partition) is null then
        execute format(
            'create table %I partition of integrations_journalentry for values from (%L) to (%L)',
            partition, first::timestamp at time zone 'UTC', beyond::timestamp at time zone 'UTC');
        perform integrations_refuse_truncate(partition::regclass);
    end if;
end $$;

create table integrations_journalentry_default partition of integrations_journalentry default;
select integrations_refuse_truncate('integrations_journalentry'), integrations_refuse_truncate('integrations_journalentry_default');
"""

REVERSE = """
drop table integrations_journalentry;
drop function integrations_make_partition(date, date);
drop function integrations_refuse_truncate(regclass);
drop function integrations_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, REVERSE)],
            state_operations=[
                migrations.CreateModel(
                name='JournalEntry',
                fields=[
                    ('id', models.UUIDField(primary_key=True, serialize=False)),
                    ('received_at', models.DateTimeField(verbose_name='received')),
                    ('kind', models.CharField(choices=[('approval', 'Enquiry'), ('poll', 'Poll'), ('unread', 'Unread request')], max_length=16, verbose_name='kind')),
                    ('client', models.CharField(max_length=40, null=True, verbose_name='client')),
                    ('remote_addr', models.GenericIPAddressField(null=True, verbose_name='from address')),
                    ('request_id', models.UUIDField(verbose_name='request id')),
                    ('method', models.CharField(max_length=20, verbose_name='method')),
                    ('path', models.CharField(max_length=300, verbose_name='path')),
                    ('status', models.SmallIntegerField(verbose_name='status')),
                    ('latency_us', models.IntegerField(help_text='From receipt until the entry was handed to the database.', verbose_name='latency, µs')),
                    ('search_id', models.UUIDField(null=True, verbose_name='search_id')),
                    ('product_type', models.CharField(choices=[('loan', 'Cash loan'), ('credit_card', 'Credit card')], max_length=11, null=True, verbose_name='product')),
                    ('amount', models.DecimalField(decimal_places=2, max_digits=13, null=True, verbose_name='amount, ₽')),
                    ('term', models.SmallIntegerField(null=True, verbose_name='term, months')),
                    ('phone_hash', models.BinaryField(null=True, verbose_name="phone's keyed hash")),
                    ('phone_mask', models.CharField(max_length=10, null=True, verbose_name='phone')),
                    ('phone_key', models.CharField(max_length=40, null=True, verbose_name='key of the hash')),
                    ('decision', models.CharField(choices=[('has_approve', 'Approved'), ('rejected', 'Rejected')], max_length=11, null=True, verbose_name='decision')),
                    ('release', models.IntegerField(null=True, verbose_name='release')),
                    ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), null=True, size=None, verbose_name='reasons')),
                    ('decided_at', models.DateTimeField(null=True, verbose_name='moment of the decision')),
                    ('repeated', models.BooleanField(verbose_name='answer repeated')),
                    ('request_sealed', models.BinaryField(null=True, verbose_name='request, sealed')),
                    ('request_length', models.IntegerField(verbose_name='length of the request, bytes')),
                    ('seal_key', models.CharField(max_length=32, null=True, verbose_name='key of the seal')),
                    ('answer', models.BinaryField(verbose_name='answer')),
                    ('salt', models.BinaryField(null=True, verbose_name='salt')),
                    ('commitment', models.BinaryField(verbose_name='commitment')),
                ],
                options={
                    'verbose_name': 'journal entry',
                    'verbose_name_plural': 'journal',
                    'ordering': ('-received_at', '-id'),
                },
            ),
            ],
        ),
    ]
