"""Proposals are numbered from a sequence, and titles are compared by their letters."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE dialogue_proposal_number", "DROP SEQUENCE dialogue_proposal_number"
        ),
        migrations.RunSQL(
            "CREATE INDEX proposal_alike ON dialogue_proposal USING gin (candia_fold(heading) gin_trgm_ops)",
            "DROP INDEX proposal_alike",
        ),
    ]
