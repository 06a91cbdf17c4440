"""When a thing that moves was seen at its position."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0008_relations")]

    operations = [
        migrations.AddField("entity", "position_at", models.DateTimeField(blank=True, editable=False, null=True))
    ]
