"""Looks at readings become the core's, each under its number, which events name."""

from django.db import migrations

MOVE = """
    INSERT INTO core_look (id, "of", person_id, reason, time)
    SELECT id, meter_id, person_id, reason, time FROM water_look;
    SELECT setval(pg_get_serial_sequence('core_look', 'id'), max(id)) FROM water_look HAVING count(*) > 0;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("water", "0005_names_of_districts"),
        ("core", "0012_looks"),
    ]

    operations = [
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.DeleteModel("Look"),
    ]
