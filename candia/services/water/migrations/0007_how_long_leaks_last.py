"""Leaks that stand are told by how long they have run by now: the rule had seen two days of it when it opened them."""

from django.db import migrations

FILL = """
    UPDATE core_alert
    SET text = 'Water has run without a pause for {lasting}, at least {least} L in every hour: {daily} L a day.',
        began = coalesce(began, opened - interval '48 hours')
    WHERE rule = 'water.continuous_flow';
"""


class Migration(migrations.Migration):

    dependencies = [
        ("water", "0006_looks_to_core"),
        ("core", "0016_alerts_grow"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
