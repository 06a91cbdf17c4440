"""A whole area in maintenance."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0005_feeds"),
    ]

    operations = [
        migrations.CreateModel(
            name="MaintenanceArea",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("service", models.CharField(max_length=40)),
                ("zone", models.CharField(blank=True, max_length=60)),
                ("at", models.CharField(blank=True, max_length=120)),
                ("things", models.PositiveIntegerField(default=0)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("works", "Works on it"),
                            ("test", "A test"),
                            ("known", "A known fault, waiting for parts"),
                            ("out_of_use", "Out of use"),
                        ],
                        max_length=12,
                    ),
                ),
                ("by", models.CharField(max_length=120)),
                ("begun", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="maintenance",
            name="area",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="silenced",
                to="operations.maintenancearea",
            ),
        ),
    ]
