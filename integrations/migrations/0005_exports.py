"""Exports of the journal: an entry says who took what, and how far one has come can be seen meanwhile."""

from django.db import migrations, models

PROGRESS = """
-- Of exports that are being made: removed with the last row, and by the next export where one was killed.
create table integrations_export (
    id uuid primary key,
    rows integer not null default 0,
    begun_at timestamptz not null default now()
);
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0004_proof")]

    operations = [
        migrations.RunSQL(PROGRESS, "drop table integrations_export"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="journalentry",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("approval", "Enquiry"),
                            ("poll", "Poll"),
                            ("unread", "Unread request"),
                            ("opened", "Request opened"),
                            ("forgotten", "Person forgotten"),
                            ("purged", "Retention ended"),
                            ("exported", "Journal exported"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
            ],
        ),
    ]
