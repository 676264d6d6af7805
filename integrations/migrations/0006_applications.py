"""Clicks, applications at the bank, leads, and conversions for Yandex."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import integrations.models
from django.db import migrations, models


EVENTS = """
create trigger append_only before update or delete on integrations_applicationevent
    for each row execute function integrations_refuse_change_of_news();
create trigger never_emptied before truncate on integrations_applicationevent
    for each statement execute function integrations_refuse_change_of_news();
alter table integrations_applicationevent enable always trigger append_only;
alter table integrations_applicationevent enable always trigger never_emptied;
"""
REFUSE = """
create function integrations_refuse_change_of_news() returns trigger language plpgsql as $$
begin
    raise exception 'News of applications are append-only: % is refused.', tg_op
        using errcode = 'insufficient_privilege';
end $$;
"""
CHANGEABLE_EVENTS = """
drop trigger append_only on integrations_applicationevent;
drop trigger never_emptied on integrations_applicationevent;
drop function integrations_refuse_change_of_news();
"""
CLICKS = """
-- Of the journal's entries few are clicks, so the index costs an ordinary insert nothing.
create index integrations_journal_clicks on integrations_journalentry (received_at) where kind = 'click';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0005_exports'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConversionBatch',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=20, verbose_name='channel')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='made')),
                ('author', models.CharField(max_length=150, verbose_name='author')),
                ('start', models.DateTimeField(verbose_name='from')),
                ('end', models.DateTimeField(verbose_name='to')),
                ('states', models.CharField(max_length=60, verbose_name='states')),
                ('rows', models.IntegerField(verbose_name='conversions')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='taken back')),
                ('undone_by', models.CharField(blank=True, default='', max_length=150, verbose_name='taken back by')),
            ],
            options={
                'verbose_name': 'conversions for Yandex',
                'verbose_name_plural': 'conversions for Yandex',
                'ordering': ('-made_at',),
                'permissions': (('export_conversions', 'Can take out conversions for Yandex'),),
            },
        ),
        migrations.AddField(
            model_name='client',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('loan_approval', 'ask for offers'), ('applications', 'tell of applications')], max_length=20), blank=True, default=integrations.models.first_scopes, size=None, verbose_name='may'),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='journalentry',
                    name='kind',
                    field=models.CharField(choices=[('approval', 'Enquiry'), ('poll', 'Poll'), ('unread', 'Unread request'), ('click', 'Click'), ('intake', 'News of applications'), ('opened', 'Request opened'), ('forgotten', 'Person forgotten'), ('purged', 'Retention ended'), ('exported', 'Journal exported')], max_length=16, verbose_name='kind'),
                ),
            ],
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('ref', models.CharField(max_length=64, null=True, verbose_name='reference')),
                ('search_id', models.UUIDField(null=True, verbose_name='search_id')),
                ('offer', models.CharField(max_length=40, null=True, verbose_name='offer')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=13, null=True, verbose_name='amount, ₽')),
                ('term', models.SmallIntegerField(null=True, verbose_name='term, months')),
                ('rate', models.DecimalField(decimal_places=3, max_digits=6, null=True, verbose_name='rate, % p.a.')),
                ('reason', models.CharField(max_length=40, null=True, verbose_name='reason')),
                ('metrica_client_id', models.CharField(max_length=20, null=True, verbose_name='ClientID')),
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('client', models.CharField(max_length=40, verbose_name='client')),
                ('application_id', models.CharField(max_length=64, verbose_name='application')),
                ('state', models.CharField(choices=[('filed', 'filed'), ('approved', 'approved by the bank'), ('declined', 'declined'), ('issued', 'issued'), ('cancelled', 'cancelled')], max_length=9, verbose_name='state')),
                ('state_at', models.DateTimeField(verbose_name='in this state since')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='first heard of')),
                ('filed_at', models.DateTimeField(null=True, verbose_name='filed')),
                ('approved_at', models.DateTimeField(null=True, verbose_name='approved by the bank')),
                ('declined_at', models.DateTimeField(null=True, verbose_name='declined')),
                ('issued_at', models.DateTimeField(null=True, verbose_name='issued')),
                ('cancelled_at', models.DateTimeField(null=True, verbose_name='cancelled')),
                ('enquiry', models.UUIDField(db_index=True, null=True, verbose_name='enquiry')),
                ('release', models.IntegerField(null=True, verbose_name='release')),
                ('product_type', models.CharField(choices=[('loan', 'Cash loan'), ('credit_card', 'Credit card')], max_length=11, null=True, verbose_name='product')),
                ('asked_amount', models.DecimalField(decimal_places=2, max_digits=13, null=True, verbose_name='amount asked for, ₽')),
                ('asked_at', models.DateTimeField(null=True, verbose_name='asked')),
            ],
            options={
                'verbose_name': 'application at the bank',
                'verbose_name_plural': 'applications at the bank',
                'ordering': ('-made_at', '-id'),
                'indexes': [models.Index(fields=['made_at', 'id'], name='application_made'), models.Index(fields=['asked_at'], name='application_asked'), models.Index(fields=['state', 'state_at'], name='application_state'), models.Index(condition=models.Q(('enquiry__isnull', True)), fields=['made_at'], name='application_unmatched')],
                'constraints': [models.UniqueConstraint(fields=('client', 'application_id'), name='application_of_client')],
            },
        ),
        migrations.CreateModel(
            name='ApplicationEvent',
            fields=[
                ('ref', models.CharField(max_length=64, null=True, verbose_name='reference')),
                ('search_id', models.UUIDField(null=True, verbose_name='search_id')),
                ('offer', models.CharField(max_length=40, null=True, verbose_name='offer')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=13, null=True, verbose_name='amount, ₽')),
                ('term', models.SmallIntegerField(null=True, verbose_name='term, months')),
                ('rate', models.DecimalField(decimal_places=3, max_digits=6, null=True, verbose_name='rate, % p.a.')),
                ('reason', models.CharField(max_length=40, null=True, verbose_name='reason')),
                ('metrica_client_id', models.CharField(max_length=20, null=True, verbose_name='ClientID')),
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('application', models.UUIDField()),
                ('entry', models.UUIDField(verbose_name='journal entry')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('client', models.CharField(max_length=40, verbose_name='client')),
                ('application_id', models.CharField(max_length=64, verbose_name='application')),
                ('state', models.CharField(choices=[('filed', 'filed'), ('approved', 'approved by the bank'), ('declined', 'declined'), ('issued', 'issued'), ('cancelled', 'cancelled')], max_length=9, verbose_name='state')),
                ('occurred_at', models.DateTimeField(verbose_name='occurred')),
                ('effect', models.CharField(choices=[('accepted', 'accepted'), ('late', 'late'), ('repeated', 'repeated'), ('conflict', 'contradicts what was told before')], max_length=8, verbose_name='what became of it')),
                ('digest', models.BinaryField()),
            ],
            options={
                'verbose_name': 'news of an application',
                'verbose_name_plural': 'news of applications',
                'constraints': [models.UniqueConstraint(fields=('application', 'digest'), name='event_once')],
            },
        ),
        migrations.CreateModel(
            name='Lead',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('attempts', models.SmallIntegerField(default=0, verbose_name='attempts')),
                ('next_try_at', models.DateTimeField(null=True, verbose_name='next attempt')),
                ('delivered_at', models.DateTimeField(null=True, verbose_name='delivered')),
                ('failure', models.CharField(blank=True, default='', max_length=60, verbose_name='last failure')),
            ],
            options={
                'verbose_name': 'lead',
                'verbose_name_plural': 'leads',
                'ordering': ('-received_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('next_try_at__isnull', False)), fields=['next_try_at'], name='lead_due'), models.Index(fields=['received_at', 'id'], name='lead_received')],
            },
        ),
        migrations.CreateModel(
            name='LeadCursor',
            fields=[
                ('id', models.SmallAutoField(primary_key=True, serialize=False)),
                ('xact', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'how far leads were taken',
                'verbose_name_plural': 'how far leads were taken',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_lead_cursor')],
            },
        ),
        migrations.CreateModel(
            name='Conversion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20)),
                ('state', models.CharField(choices=[('filed', 'filed'), ('approved', 'approved by the bank'), ('declined', 'declined'), ('issued', 'issued'), ('cancelled', 'cancelled')], max_length=9)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrations.application')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conversions', to='integrations.conversionbatch')),
            ],
            options={
                'verbose_name': 'conversion',
                'verbose_name_plural': 'conversions',
                'constraints': [models.UniqueConstraint(fields=('channel', 'application', 'state'), name='conversion_once')],
            },
        ),
        migrations.RunSQL(REFUSE + EVENTS, CHANGEABLE_EVENTS),
        migrations.RunSQL(CLICKS, "drop index integrations_journal_clicks"),
    ]
