"""The table of Django's database cache, in which the rate limits of signing in are counted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE people_cache ("
            "cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);"
            "CREATE INDEX people_cache_expires ON people_cache (expires);",
            "DROP TABLE people_cache;",
        )
    ]
