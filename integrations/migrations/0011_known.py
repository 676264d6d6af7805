"""What is known of the person: beside each decision, and while an enquiry waits for one.

Analysts' views learn the reasons that this brings; where the catalogue decides in place of the scoring, offers are
shown with a reason of their own.
"""

from importlib import import_module

from django.db import migrations, models

FIRST_REASONS = import_module("integrations.migrations.0003_analysis").REASONS
FUNNEL = import_module("integrations.migrations.0007_funnel").VIEWS["funnel"][1]
REASONS = FIRST_REASONS | {
    10: ("stop_listed", "the person was on a stop list"),
    11: ("too_many_enquiries", "the same phone had asked too often in 24 hours"),
    12: ("not_granted", "neither a list nor the scoring granted it to the person, of which one had to"),
    13: ("refused_by_scoring", "the scoring service refused the person"),
    14: ("scoring_unavailable", "the scoring service, without which nothing is offered, did not answer in time"),
    15: ("limit_below_min", "the limit granted to the person is below its smallest amount"),
    16: ("rate_above_max", "the rate granted to the person is above its highest"),
    17: ("offered_without_scoring", "the offer was shown by the catalogue: the scoring did not answer in time"),
    18: ("refused_on_trial", "a phone of a test client that stands for a refusal"),
}


def reason_names(reasons):
    rows = ", ".join(f"({number}::smallint, '{code}', '{meaning}')" for number, (code, meaning) in reasons.items())
    return f"create or replace view analysis.reason_names as select * from (values {rows}) as named (reason, code, meaning)"


def funnel(shown):
    return f"create or replace view analysis.funnel as {FUNNEL}".replace("reason = 0", f"reason in {shown}")


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0010_exports_cut_off'),
    ]

    operations = [
        # The journal before the enquiries, as requests lock them: the other way round each would wait for the other.
        migrations.AddField(
            model_name='journalentry',
            name='known',
            field=models.TextField(null=True, verbose_name='known of the person'),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='attempts',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='known',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='phone_sealed',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='enquiry',
            name='seal_key',
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name='journalentry',
            name='kind',
            field=models.CharField(choices=[('approval', 'Enquiry'), ('poll', 'Poll'), ('unread', 'Unread request'), ('click', 'Click'), ('intake', 'News of applications'), ('token', 'Access token'), ('decided', 'Decided later'), ('opened', 'Request opened'), ('forgotten', 'Person forgotten'), ('purged', 'Retention ended'), ('exported', 'Journal exported')], max_length=16, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(condition=models.Q(('answer__isnull', True)), fields=['due_at'], name='enquiry_pending'),
        ),
        migrations.RunSQL(reason_names(REASONS), reason_names(FIRST_REASONS)),
        migrations.RunSQL(funnel("(0, 17)"), funnel("(0)")),
    ]
