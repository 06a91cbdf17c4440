import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0015_device_indexes"),
        ("devices", "0003_history_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="LorawanAddress",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lorawan",
                        serialize=False,
                        to="core.device",
                    ),
                ),
                ("dev_eui", models.CharField(max_length=16, unique=True)),
                ("f_port", models.PositiveSmallIntegerField()),
                (
                    "device_class",
                    models.CharField(
                        choices=[("A", "A: listens after it has spoken"), ("C", "C: always listens")],
                        max_length=1,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "order", "ticket", models.CharField(blank=True, db_default="", default="", max_length=36)
        ),
        migrations.AddField(
            "order", "trouble", models.CharField(blank=True, db_default="", default="", max_length=12)
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                condition=models.Q(("ticket", ""), _negated=True), fields=["ticket"], name="order_ticket"
            ),
        ),
    ]
