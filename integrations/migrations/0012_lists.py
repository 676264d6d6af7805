import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import integrations.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0011_known'),
    ]

    operations = [
        migrations.AlterField(
            model_name='client',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('loan_approval', 'ask for offers'), ('applications', 'tell of applications'), ('lists', 'load and switch lists of people')], max_length=20), blank=True, default=integrations.models.first_scopes, size=None, verbose_name='may'),
        ),
        migrations.AlterField(
            model_name='journalentry',
            name='kind',
            field=models.CharField(choices=[('approval', 'Enquiry'), ('poll', 'Poll'), ('unread', 'Unread request'), ('click', 'Click'), ('intake', 'News of applications'), ('token', 'Access token'), ('decided', 'Decided later'), ('lists', 'Call about lists of people'), ('opened', 'Request opened'), ('forgotten', 'Person forgotten'), ('purged', 'Retention ended'), ('exported', 'Journal exported'), ('list_loaded', 'List of people loaded'), ('list_switched', 'List of people switched'), ('list_asked', 'Lists of people asked')], max_length=16, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='ListedPerson',
            fields=[
                ('pk', models.CompositePrimaryKey('version', 'phone_hash', 'line', blank=True, editable=False, primary_key=True, serialize=False)),
                ('version', models.IntegerField()),
                ('phone_hash', models.BinaryField()),
                ('line', models.IntegerField()),
                ('product_type', models.CharField(blank=True, choices=[('loan', 'Cash loan'), ('credit_card', 'Credit card')], max_length=11)),
                ('offer', models.CharField(blank=True, max_length=40)),
                ('amount_max', models.DecimalField(decimal_places=2, max_digits=13, null=True)),
                ('rate', models.DecimalField(decimal_places=3, max_digits=6, null=True)),
                ('approval', models.CharField(blank=True, choices=[('pre_approved', 'pre-approved'), ('full_approved', 'fully approved')], max_length=13)),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'listed person',
                'verbose_name_plural': 'listed people',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_max__gt', 0), ('rate__gte', 0), ('rate__lte', 999)), name='listed_terms')],
            },
        ),
        migrations.CreateModel(
            name='ListVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('state', models.CharField(choices=[('loading', 'being loaded'), ('checking', 'being checked'), ('ready', 'checked'), ('failed', 'has mistakes'), ('emptied', 'people deleted')], default='loading', max_length=8, verbose_name='state')),
                ('loaded_by', models.CharField(max_length=150, verbose_name='loaded by')),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='begun')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('source', models.CharField(max_length=100, verbose_name='from')),
                ('note', models.CharField(blank=True, default='', max_length=300, verbose_name='note')),
                ('rows', models.PositiveIntegerField(default=0, verbose_name='lines')),
                ('expected', models.PositiveIntegerField(null=True)),
                ('repeated', models.PositiveIntegerField(default=0, verbose_name='lines that repeat others')),
                ('wrong', models.PositiveIntegerField(default=0, verbose_name='mistakes')),
                ('mistakes', models.JSONField(default=list, verbose_name='mistakes')),
                ('added', models.PositiveIntegerField(null=True, verbose_name='added')),
                ('changed', models.PositiveIntegerField(null=True, verbose_name='changed')),
                ('removed', models.PositiveIntegerField(null=True, verbose_name='removed')),
                ('compared_with', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integrations.listversion', verbose_name='compared with version')),
            ],
            options={
                'verbose_name': 'version of a list',
                'verbose_name_plural': 'versions of lists',
                'ordering': ('-begun_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='PersonList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9-]{0,39}\\Z', 'Use small Latin letters, digits and hyphens: salary-clients.')], verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('purpose', models.CharField(choices=[('prequalified', 'prequalified people'), ('stop', 'stop list')], max_length=12, verbose_name='purpose')),
                ('switched_at', models.DateTimeField(null=True, verbose_name='switched')),
                ('switched_by', models.CharField(blank=True, default='', max_length=150, verbose_name='switched by')),
                ('live', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integrations.listversion', verbose_name='live version')),
                ('previous', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integrations.listversion', verbose_name='version before')),
            ],
            options={
                'verbose_name': 'list of people',
                'verbose_name_plural': 'lists of people',
                'ordering': ('purpose', 'code'),
                'permissions': (('load_list', 'Can load lists of people'), ('switch_list', 'Can switch lists of people, and take them back'), ('ask_lists', 'Can ask whether a person is on a list')),
            },
        ),
        migrations.AddField(
            model_name='listversion',
            name='person_list',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='integrations.personlist', verbose_name='list'),
        ),
        migrations.CreateModel(
            name='ListChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('digest', models.BinaryField()),
                ('rows', models.PositiveIntegerField()),
                ('wrong', models.PositiveIntegerField()),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chunks', to='integrations.listversion')),
            ],
            options={
                'verbose_name': 'part of a version',
                'verbose_name_plural': 'parts of versions',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('version', 'number'), name='chunk_of_version')],
            },
        ),
        migrations.AddConstraint(
            model_name='personlist',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[a-z0-9][a-z0-9-]{0,39}\\Z')), name='list_code_format'),
        ),
        migrations.AddConstraint(
            model_name='listversion',
            constraint=models.UniqueConstraint(fields=('person_list', 'number'), name='version_of_list'),
        ),
    ]
