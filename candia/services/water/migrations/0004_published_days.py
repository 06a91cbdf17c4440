"""What was published of a district's day is kept for good, with the meters that count in it."""

import django.db.models.deletion
from django.db import migrations, models

final = """
CREATE FUNCTION water_published_day_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'published days are final: % is refused', TG_OP;
END $$;
CREATE TRIGGER water_published_day_final BEFORE UPDATE ON water_publishedday
    FOR EACH ROW EXECUTE FUNCTION water_published_day_is_final();
"""


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def of_district(name):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=name, to="water.district")


class Migration(migrations.Migration):
    dependencies = [("water", "0003_households")]

    operations = [
        migrations.CreateModel(
            name="Counted",
            fields=[
                ("id", key()),
                ("meter", models.CharField(max_length=120)),
                ("usual", models.FloatField(default=0.0)),
                ("district", of_district("counted")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("meter", "district"), name="counted_once")]},
        ),
        migrations.CreateModel(
            name="PublishedDay",
            fields=[
                ("id", key()),
                ("day", models.DateField()),
                ("input_m3", models.FloatField()),
                ("metered_m3", models.FloatField()),
                ("losses_m3", models.FloatField()),
                ("share", models.FloatField(null=True)),
                ("night", models.FloatField(null=True)),
                ("meters", models.PositiveIntegerField()),
                ("meters_reporting", models.PositiveIntegerField()),
                ("estimated", models.BooleanField()),
                ("published", models.DateTimeField(auto_now_add=True)),
                ("district", of_district("days")),
            ],
            options={
                "ordering": ["day", "district"],
                "constraints": [models.UniqueConstraint(fields=("district", "day"), name="published_once")],
            },
        ),
        migrations.RunSQL(
            final,
            "DROP TRIGGER water_published_day_final ON water_publishedday;"
            "DROP FUNCTION water_published_day_is_final()",
        ),
    ]
