"""Proposals are numbered from a sequence, and titles are compared by how they sound."""

from django.db import migrations

# Greek as it sounds, in Latin letters: ποδηλατόδρομος, ποδιλατόδρομος and podilatodromos are one. Latin also
# because pg_trgm takes Greek letters for no letters where the database's locale is C.
sound = """
CREATE FUNCTION dialogue_sound(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT translate(
        replace(replace(replace(replace(replace(replace(
            public.candia_fold($1), 'ει', 'i'), 'οι', 'i'), 'αι', 'e'), 'ου', 'u'), 'ou', 'u'), 'th', 't'),
        'αβγδεζηθικλμνξοπρστυφχψωy', 'avgdezitiklmnxoprstifhpoi')
$$;
CREATE INDEX proposal_alike ON dialogue_proposal USING gin (dialogue_sound(heading) gin_trgm_ops);
"""


class Migration(migrations.Migration):
    dependencies = [("dialogue", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE dialogue_proposal_number", "DROP SEQUENCE dialogue_proposal_number"
        ),
        migrations.RunSQL(sound, "DROP INDEX proposal_alike; DROP FUNCTION dialogue_sound(text)"),
    ]
