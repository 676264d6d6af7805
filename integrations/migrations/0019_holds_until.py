"""Until when a stored answer holds, where it rests on terms that a list grants to a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0018_tally_hours")]

    operations = [migrations.AddField("enquiry", "holds_until", models.DateTimeField(null=True))]
