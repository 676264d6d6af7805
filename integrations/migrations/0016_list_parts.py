from django.db import migrations


class Migration(migrations.Migration):
    contracts = "no release has had the column: the table came with 0012"

    dependencies = [
        ('integrations', '0015_batch_ends'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='listchunk',
            name='wrong',
        ),
    ]
