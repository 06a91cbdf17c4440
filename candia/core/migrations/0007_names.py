"""A thing is called by a name in each of the city's languages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0006_rule_runs")]

    operations = [
        migrations.AddField(
            "entity",
            "names",
            models.JSONField(blank=True, db_default={}, default=dict, verbose_name="names in other languages"),
        ),
    ]
