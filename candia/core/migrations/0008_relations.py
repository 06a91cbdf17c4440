"""Things stand to one another: what came from what, is funded by, part of, at or instead of it."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("came_from", "Came from"),
    ("funded_by", "Funded by"),
    ("part_of", "Part of"),
    ("stands_at", "Stands at"),
    ("replaces", "Replaces"),
]


def thing(name):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=name, to="core.entity")


class Migration(migrations.Migration):
    dependencies = [("core", "0007_names")]

    operations = [
        migrations.CreateModel(
            name="Relation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=20)),
                ("since", models.DateTimeField(auto_now_add=True)),
                ("origin", thing("relations")),
                ("target", thing("back_relations")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("origin", "kind", "target"), name="related_once"),
                    models.CheckConstraint(
                        condition=~models.Q(origin=models.F("target")), name="not_to_itself"
                    ),
                ]
            },
        ),
    ]
