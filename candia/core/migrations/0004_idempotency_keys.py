"""Forms that were carried out, by their keys, so that each is carried out once."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_alert_note")]

    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.CharField(max_length=120)),
                ("command", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=64)),
                ("content", models.CharField(max_length=64)),
                ("made", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "event",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.event"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("actor", "command", "key"), name="carried_out_once")
                ]
            },
        ),
    ]
