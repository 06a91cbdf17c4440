"""A district's English name stands where every thing's names in other languages do."""

from django.db import migrations

MOVE = """
UPDATE core_entity SET names = names || jsonb_build_object('en', name_en)
FROM water_district WHERE entity_ptr_id = id AND name_en <> ''
"""
BACK = """
UPDATE water_district SET name_en = coalesce(names->>'en', '')
FROM core_entity WHERE entity_ptr_id = id
"""


class Migration(migrations.Migration):
    dependencies = [("water", "0004_published_days"), ("core", "0007_names")]

    operations = [
        migrations.RunSQL(MOVE, BACK),
        migrations.RemoveField("district", "name_en"),
    ]
