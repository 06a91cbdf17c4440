"""The database itself says of each proposal whether everyone may know of it."""

from django.db import migrations, models

STATUSES = [('draft', 'Draft'), ('open', 'Open for support'), ('accepted', 'Accepted'), ('not_now', 'Not now'), ('rejected', 'Not accepted'), ('withdrawn', 'Withdrawn')]


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0004_hidden_is_a_fact")]

    operations = [
        migrations.RemoveIndex("proposal", "proposal_status"),
        migrations.RemoveField("hiding", "status_before"),
        migrations.AddField(
            "proposal",
            "public",
            models.GeneratedField(
                expression=models.ExpressionWrapper(
                    models.Q(
                        ("hidden", False), ("status__in", ["accepted", "not_now", "open", "rejected", "withdrawn"])
                    ),
                    output_field=models.BooleanField(),
                ),
                output_field=models.BooleanField(),
                db_persist=True,
            ),
        ),
        migrations.AlterField("answer", "status", models.CharField(choices=STATUSES, max_length=12)),
        migrations.AlterField("proposal", "status", models.CharField(choices=STATUSES, default="draft", max_length=12)),
        migrations.AddIndex(
            "proposal", models.Index(fields=["public", "status", "-submitted"], name="proposal_public")
        ),
        migrations.AddConstraint(
            "hiding",
            models.UniqueConstraint(condition=models.Q(until=None), fields=("proposal",), name="hidden_once_at_a_time"),
        ),
    ]
