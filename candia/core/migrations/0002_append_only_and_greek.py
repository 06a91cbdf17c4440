"""Events can't be changed or deleted, and Greek text is searched without regard to accents."""

from django.db import migrations

from candia.core import extensions

append_only = """
CREATE FUNCTION core_event_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER core_event_final BEFORE UPDATE OR DELETE ON core_event
    FOR EACH ROW EXECUTE FUNCTION core_event_is_final();
"""

greek = """
CREATE TEXT SEARCH CONFIGURATION candia_greek (COPY = greek);
ALTER TEXT SEARCH CONFIGURATION candia_greek
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, greek_stem;
CREATE FUNCTION candia_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT translate(lower(public.unaccent('public.unaccent', $1)), 'ς', 'σ') $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RunSQL(
            append_only, "DROP TRIGGER core_event_final ON core_event; DROP FUNCTION core_event_is_final()"
        ),
        migrations.RunPython(extensions.create, migrations.RunPython.noop),
        migrations.RunSQL(
            greek, "DROP FUNCTION candia_fold(text); DROP TEXT SEARCH CONFIGURATION candia_greek"
        ),
    ]
