"""Titles are compared by how they sound with the core's own function, which search uses too."""

from django.db import migrations

change = """
DROP INDEX proposal_alike;
DROP FUNCTION dialogue_sound(text);
CREATE INDEX proposal_alike ON dialogue_proposal USING gin (candia_sound(heading) gin_trgm_ops);
"""
back = """
DROP INDEX proposal_alike;
CREATE FUNCTION dialogue_sound(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT public.candia_sound($1)
$$;
CREATE INDEX proposal_alike ON dialogue_proposal USING gin (dialogue_sound(heading) gin_trgm_ops);
"""


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0006_voices_to_participation"), ("core", "0014_search")]
    operations = [migrations.RunSQL(change, back)]
