"""Things that are worked on wake nobody for a time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0014_search"), ("operations", "0003_work_orders")]

    operations = [
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
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
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="core.entity"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended", None)), fields=("entity",), name="in_maintenance_once"
                    )
                ],
            },
        ),
    ]
