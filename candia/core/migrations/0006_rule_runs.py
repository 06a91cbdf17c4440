"""How the newest run of each rule went, and what it could not judge."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0004_idempotency_keys")]

    operations = [
        migrations.CreateModel(
            name="RuleRun",
            fields=[
                ("rule", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("time", models.DateTimeField()),
                ("things", models.PositiveIntegerField()),
                ("unsure", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Unjudged",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=80)),
                ("since", models.DateTimeField()),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="core.entity"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("rule", "entity"), name="unjudged_once")]
            },
        ),
    ]
