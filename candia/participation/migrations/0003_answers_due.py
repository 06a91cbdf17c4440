"""What the city owes an answer, and by when, of whichever kind a thing is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participation", "0002_appeals")]

    operations = [
        migrations.CreateModel(
            name="AnswerDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("due", models.DateField(null=True)),
                ("answered", models.DateTimeField(null=True)),
                ("released", models.DateTimeField(null=True)),
                ("reminded", models.PositiveSmallIntegerField(default=0)),
                ("entity", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="answer_due", to="core.entity")),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("answered", None), ("released", None)), fields=["due"], name="participation_answer_due")
                ],
            },
        ),
    ]
