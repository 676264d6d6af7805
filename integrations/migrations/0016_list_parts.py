from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0015_batch_ends'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='listchunk',
            name='wrong',
        ),
    ]
