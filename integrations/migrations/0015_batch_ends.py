"""Where each batch ends, so that the batch of an entry is found without reading them all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0014_on_trial")]

    operations = [
        migrations.AddIndex(
            model_name="batch", index=models.Index(fields=["last_xact", "last_id"], name="batch_last")
        ),
    ]
