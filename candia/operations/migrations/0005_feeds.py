"""How each feed does."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0014_search"),
        ("operations", "0004_maintenance"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedState",
            fields=[
                (
                    "entity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="core.entity",
                    ),
                ),
                ("feed", models.CharField(max_length=80, unique=True)),
                ("address", models.CharField(max_length=500)),
                ("every", models.DurationField()),
                ("fresh", models.DurationField()),
                ("begun", models.DateTimeField()),
                ("due", models.DateTimeField()),
                ("tried", models.DateTimeField(null=True)),
                ("succeeded", models.DateTimeField(null=True)),
                ("changed", models.DateTimeField(null=True)),
                ("etag", models.CharField(blank=True, max_length=200)),
                ("modified", models.CharField(blank=True, max_length=80)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("things", models.PositiveIntegerField(default=0)),
                ("observations", models.PositiveIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=20)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("unread", models.TextField(blank=True)),
                ("unread_times", models.PositiveIntegerField(default=0)),
                ("usual", models.JSONField(blank=True, default=dict)),
                (
                    "vanished",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
            ],
        ),
    ]
