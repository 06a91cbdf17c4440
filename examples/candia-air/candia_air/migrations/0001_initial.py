import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0014_search")]

    operations = [
        migrations.CreateModel(
            name="Station",
            fields=[
                (
                    "entity_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="core.entity",
                    ),
                ),
                ("model", models.CharField(blank=True, max_length=80, verbose_name="model")),
            ],
            bases=("core.entity",),
        ),
    ]
