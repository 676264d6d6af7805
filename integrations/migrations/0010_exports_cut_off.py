"""An export that was cut off is told of in the journal: what it was to be is kept from its beginning on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0009_connection")]

    operations = [
        migrations.RunSQL(
            "alter table integrations_export add column told jsonb not null default '{}'",
            "alter table integrations_export drop column told",
        ),
    ]
