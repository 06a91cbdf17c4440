"""What is published is found by its words, by the way they sound in Greek or Latin letters, and misspelt."""

import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import migrations, models
from django.db.models import F, Func

# Greek as it sounds, in Latin letters: ποδηλατόδρομος, ποδιλατόδρομος and podilatodromos are one, Κνωσσός, Κνωσός and
# knossos another. Latin also because pg_trgm takes Greek letters for no letters where the database's locale is C.
# Letters first, so that the rules for pairs hold for Greek and for Greek in Latin letters alike.
sound = r"""
CREATE FUNCTION candia_sound(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT regexp_replace(translate(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(
            translate(
                replace(replace(public.candia_fold($1), 'ξ', 'ks'), 'ψ', 'ps'),
                'αβγδεζηθικλμνοπρστυφχωwbcqx', 'avgdezitiklmnoprstyfhoovkkh'
            ),
            'th', 't'), 'ch', 'h'), 'kh', 'h'), 'ph', 'f'),
            'ou', 'u'), 'oy', 'u'), 'ai', 'e'), 'ei', 'i'), 'oi', 'i'), 'yi', 'i'),
            'au', 'av'), 'ay', 'av'), 'eu', 'ev'), 'ey', 'ev'),
            'mp', 'v'), 'nt', 'd'), 'gk', 'g'),
        'yj', 'ii'), '(.)\1+', '\1', 'g')
$$;
"""


def spoken(column):
    return Func(F(column), function="candia_sound", output_field=models.TextField())


def folded(column):
    return Func(F(column), function="candia_fold", output_field=models.TextField())


class Migration(migrations.Migration):
    dependencies = [("core", "0013_crew")]
    operations = [
        migrations.RunSQL(sound, "DROP FUNCTION candia_sound(text)"),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.CharField(max_length=160, primary_key=True, serialize=False)),
                ("kind", models.CharField(db_index=True, max_length=60)),
                ("names", models.JSONField(default=dict)),
                ("title", models.TextField()),
                ("text", models.TextField(blank=True)),
                (
                    "sound",
                    models.GeneratedField(
                        expression=spoken("title"), output_field=models.TextField(), db_persist=True
                    ),
                ),
                (
                    "words",
                    models.GeneratedField(
                        expression=SearchVector("title", weight="A", config="candia_greek")
                        + SearchVector(folded("title"), weight="A", config="simple")
                        + SearchVector(spoken("title"), weight="A", config="simple")
                        + SearchVector("text", weight="C", config="candia_greek")
                        + SearchVector(spoken("text"), weight="C", config="simple"),
                        output_field=SearchVectorField(),
                        db_persist=True,
                    ),
                ),
                (
                    "entity",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="core.entity",
                    ),
                ),
            ],
            options={
                "indexes": [
                    GinIndex(fields=["words"], name="search_words"),
                    GinIndex(OpClass(F("sound"), name="gin_trgm_ops"), name="search_sound"),
                ],
            },
        ),
    ]
