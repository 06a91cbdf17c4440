"""What was hidden while dialogue kept it is told who hid it, as participation's own migration tells the others."""

from importlib import import_module

from django.db import migrations

fill = import_module("candia.participation.migrations.0002_appeals").FILL


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0008_pictures_to_attachments"), ("participation", "0002_appeals")]
    operations = [migrations.RunSQL(fill, migrations.RunSQL.noop)]
